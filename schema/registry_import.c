/* Vantages that imports bring: rows like a probe's, with a source and without a token. */
#include <string.h>

#include "schema/registry_db.h"

int registry_import_refuse(const char *name, struct err *err)
{
	if (name == NULL || !vantage_imported(name))
		return 0;
	return err_set(err, LAT_DATAERR, "probe %.80s: names that begin so are import's, and have no token", name);
}

/* Whose is the name? An enrolled probe's source is NULL. */
static int check_source(struct registry *r, const struct probe_row *row, struct err *err)
{
	struct store_db_bind b = {.st = r->db->stmt[Q_IMPORT_SOURCE]};
	bool there = false;

	store_db_bind_text(&b, row->name);
	int status = store_db_bound(r->db, &b, err);
	if (status == 0)
		status = store_db_step(r->db, b.st, &there, err);
	const char *source = there ? store_db_text(b.st, 0) : row->source;
	if (status == 0 && (source == NULL || strcmp(source, row->source) != 0))
		status = err_set(err, LAT_DATAERR, "%s: %s is the name of %s", r->db->path, row->name,
		                 source == NULL ? "an enrolled probe" : "a vantage of another format");
	store_db_reset(b.st);
	return status;
}

static int add(struct registry *r, const struct probe_row *row, struct err *err)
{
	struct store_db_bind b = {.st = r->db->stmt[Q_IMPORT_ADD]};
	int status = check_source(r, row, err);

	if (status != 0)
		return status;
	store_db_bind_text(&b, row->name);
	store_db_bind_text(&b, row->country);
	store_db_bind_text(&b, row->country == NULL ? NULL : row->city);
	store_db_bind_real(&b, row->lat);
	store_db_bind_real(&b, row->lon);
	store_db_bind_text(&b, row->asn);
	store_db_bind_text(&b, network_name(row->network));
	store_db_bind_text(&b, row->country == NULL ? NULL : row->place_source);
	store_db_bind_int(&b, row->enrolled_us);
	store_db_bind_text(&b, row->source);
	bool by_geo = row->country != NULL && row->place_source != NULL && strcmp(row->place_source, "geo") == 0;
	store_db_bind_but(&b, by_geo && row->geo_built_s > 0 ? row->geo_built_s : US_NONE, US_NONE);
	return registry_run(r, &b, err);
}

static int check(const struct probe_row *row, struct err *err)
{
	if (row->name == NULL || !sample_name_ok(row->name) || !vantage_imported(row->name)
	    || row->source == NULL || (unsigned)row->network >= NETWORKS)
		return err_set(err, LAT_DATAERR, "vantage \"%.80s\": not one of an import",
		               row->name == NULL ? "" : row->name);
	return registry_check_place(row->name, row->country, row->lat, row->lon, err);
}

int registry_import_vantages(struct registry *r, const struct probe_row *rows, size_t n, struct err *err)
{
	int status = 0;

	for (size_t i = 0; status == 0 && i < n; i++)
		status = check(&rows[i], err);
	if (status != 0 || n == 0 || (status = store_db_begin(r->db, true, err)) != 0)
		return status;
	for (size_t i = 0; status == 0 && i < n; i++)
		status = add(r, &rows[i], err);
	return registry_end(r, status, err);
}
