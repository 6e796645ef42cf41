/* Places of addresses in the SQLite store. */
#include <math.h>

#include "schema/store_sqlite.h"

static int put_one(struct store_sqlite *s, const struct store_place *p, struct err *err)
{
	struct store_db_bind b = {.st = s->db->stmt[Q_PLACE_PUT]};
	int64_t addr;
	int status = store_intern_string(s, p->addr, &addr, err);

	if (status != 0)
		return status;
	store_db_bind_int(&b, addr);
	store_db_bind_text(&b, p->country);
	store_db_bind_text(&b, p->city);
	store_db_bind_real(&b, p->lat);
	store_db_bind_real(&b, p->lon);
	store_db_bind_text(&b, p->asn);
	store_db_bind_but(&b, p->built_s, US_NONE);
	store_db_bind_int(&b, p->found_us);
	if ((status = store_db_bound(s->db, &b, err)) == 0)
		status = store_db_run(s->db, b.st, err);
	return status;
}

int store_places_put(struct store *store, const struct store_place *places, size_t n, struct err *err)
{
	struct store_sqlite *s = (struct store_sqlite *)store;
	int status = store_db_begin(s->db, true, err);

	if (status != 0)
		return status;
	for (size_t i = 0; status == 0 && i < n; i++)
		status = put_one(s, &places[i], err);
	if (status == 0)
		status = store_db_commit(s->db, err);
	else
		store_db_rollback(s->db);
	if (status != 0)
		store_intern_forget(&s->intern);
	return status;
}

static double real(sqlite3_stmt *st, int column)
{
	return sqlite3_column_type(st, column) == SQLITE_NULL ? (double)NAN
	                                                      : sqlite3_column_double(st, column);
}

int store_places_scan(struct store *store, store_place_fn *fn, void *ctx, struct err *err)
{
	enum { ADDR, COUNTRY, CITY, LAT, LON, AS_NUMBER, BUILT, FOUND };
	struct store_sqlite *s = (struct store_sqlite *)store;
	sqlite3_stmt *st = s->db->stmt[Q_PLACE_ALL];
	bool row;
	int status = store_db_begin(s->db, false, err);

	if (status != 0)
		return status;
	while ((status = store_db_step(s->db, st, &row, err)) == 0 && row) {
		struct store_place told = {.addr = store_db_text(st, ADDR),
		                           .country = store_db_text(st, COUNTRY),
		                           .city = store_db_text(st, CITY),
		                           .lat = real(st, LAT),
		                           .lon = real(st, LON),
		                           .asn = store_db_text(st, AS_NUMBER),
		                           .built_s = store_db_int(st, BUILT, US_NONE),
		                           .found_us = sqlite3_column_int64(st, FOUND)};
		status = told.addr == NULL ? err_nomem(err) : fn(ctx, &told, err);
		if (status != 0)
			break;
	}
	store_db_rollback(s->db); /* only read; resets the statement */
	return status;
}
