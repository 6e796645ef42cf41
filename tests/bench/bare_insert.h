/* The bare insert that the store and the collector are measured by: rows of the store's columns, a
 * thousand a transaction, by nothing but SQLite. */
#ifndef LATLAS_TESTS_BENCH_BARE_INSERT_H
#define LATLAS_TESTS_BENCH_BARE_INSERT_H

#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/rng.h"

static inline void must_sqlite(sqlite3 *db, int rc)
{
	if (rc != SQLITE_OK && rc != SQLITE_DONE && rc != SQLITE_ROW) {
		fprintf(stderr, "bench: %s\n", sqlite3_errmsg(db));
		exit(1);
	}
}

static inline sqlite3 *open_bare(const char *path)
{
	sqlite3 *db = NULL;
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;

	must_sqlite(NULL, sqlite3_open_v2(path, &db, flags, NULL));
	return db;
}

static inline void run_bare(sqlite3 *db, const char *sql)
{
	must_sqlite(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

static inline sqlite3_stmt *prepare_bare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st = NULL;

	must_sqlite(db, sqlite3_prepare_v2(db, sql, -1, &st, NULL));
	return st;
}

/* A row of 23 columns like the store's, in transactions of 1000, its id the only key; seconds. */
static inline double bare_insert(const char *path, int64_t rows)
{
	sqlite3 *db = open_bare(path);
	struct rng r;

	rng_seed(&r, 1);
	run_bare(db, "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
	             "PRAGMA wal_autocheckpoint = 10000; PRAGMA cache_size = -32768");
	run_bare(db, "CREATE TABLE s(id INTEGER PRIMARY KEY, c1 INTEGER, c2 INTEGER, c3 INTEGER, c4 INTEGER, "
	             "c5 INTEGER, c6 INTEGER, c7 INTEGER, c8 INTEGER, c9 INTEGER, c10 INTEGER, c11 INTEGER, "
	             "c12 INTEGER, c13 INTEGER, c14 INTEGER, c15 INTEGER, c16 INTEGER, c17 INTEGER, "
	             "c18 INTEGER, c19 INTEGER, c20 INTEGER, c21 INTEGER, c22 TEXT) STRICT");
	sqlite3_stmt *st =
		prepare_bare(db, "INSERT INTO s VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
	struct mono from = mono_now();
	for (int64_t i = 0; i < rows; i++) {
		if (i % 1000 == 0)
			run_bare(db, i == 0 ? "BEGIN" : "COMMIT; BEGIN");
		const int64_t values[] = {
			i / 20 << 14 | i % 20, rng_below(&r, 20000000), i % 20 + 1, -1, -1, -1, -1,
			rng_below(&r, 50000), rng_below(&r, 200000), rng_below(&r, 200000),
			rng_below(&r, 200000), rng_below(&r, 900000), rng_below(&r, 200000),
			35, 0, 200, 1000000, 60, 2, 7, 8, -1, -1,
		};
		for (int c = 0; c < 23; c++)
			must_sqlite(db, values[c] < 0 ? sqlite3_bind_null(st, c + 1)
			                              : sqlite3_bind_int64(st, c + 1, values[c]));
		must_sqlite(db, sqlite3_step(st));
		sqlite3_reset(st);
	}
	run_bare(db, "COMMIT");
	double seconds = (double)mono_diff_us(from, mono_now()) / 1e6;
	sqlite3_finalize(st);
	sqlite3_close(db);
	return seconds;
}

#endif
