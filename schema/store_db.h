/* The SQLite file: opening it so that it is known to be ours and safe, migrating it,
 * its statements, its transactions, and one wording for its errors. The store and the
 * registry each have a handle of their own on one file.
 *
 * A handle is for one thread at a time, and must not be carried through fork(2).
 *
 * The statements of a user live in an SQL file, each behind a line "-- name: NAME"; all
 * are prepared when the file is opened, in the order of the names given, and found by
 * their index:
 *
 *     enum { Q_FIND, Q_ADD, QUERIES };
 *     static const char *const names[] = {[Q_FIND] = "find", [Q_ADD] = "add"};
 *     static const struct store_db_queries queries = {sql, names, QUERIES, NULL};
 *     ...
 *     if ((status = store_db_open(&db, path, STORE_WRITE, &queries, err)) != 0)
 *             return status;
 *     sqlite3_stmt *st = db->stmt[Q_FIND];
 *     sqlite3_bind_int64(st, 1, id);
 *     if ((status = store_db_step(db, st, &row, err)) == 0 && row)
 *             use(sqlite3_column_int64(st, 0));
 *     store_db_reset(st);
 */
#ifndef LATLAS_SCHEMA_STORE_DB_H
#define LATLAS_SCHEMA_STORE_DB_H

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "schema/store.h"

#define STORE_DB_APPLICATION_ID 0x6c61746c /* "latl" */
#define STORE_DB_VERSION 5                 /* user_version; store_db.c has the migrations */
#define STORE_DB_BACKUP ".v%d-backup"      /* behind the path: what was there before a migration */
#define STORE_DB_PAGE 8192                 /* why: see store_db.c */

/* An aggregate that the SQL file calls, for its steps alone: its value is NULL. */
struct store_db_function {
	const char *name;
	int arguments;
	void (*step)(sqlite3_context *context, int arguments, sqlite3_value **values);
};

struct store_db_queries {
	const char *sql;          /* the text of the SQL file */
	const char *const *names;
	size_t count;
	const struct store_db_function *functions; /* NULL: none; the last has no name */
};

struct store_db {
	sqlite3 *sqlite;
	char *path;
	enum store_mode mode;
	sqlite3_stmt **stmt;      /* by index of the queries */
	size_t statements;
	sqlite3_stmt *begin_read, *begin_write, *commit, *rollback;
	struct mono wait_began;   /* for a lock */
	atomic_int_least64_t wait_until_ns; /* on the monotonic clock; 0: not told */
};

/* Open `path`; with STORE_CREATE a file that isn't there (or is empty) becomes a database.
 * A database of an older version is migrated, unless it is opened to read; a copy of it as
 * it was stays beside it (DB.v1-backup), and where that can't be made it is left alone.
 *   LAT_NOINPUT      no such file
 *   LAT_DATAERR      not a database, another application's, of a newer version, damaged
 *   LAT_UNAVAILABLE  locked by another process for longer than ten seconds (or store_db_wait_until)
 *   LAT_IOERR        reading or writing failed, or is not permitted
 * Each text begins with the path. */
int store_db_open(struct store_db **out, const char *path, enum store_mode mode,
                  const struct store_db_queries *queries, struct err *err) LAT_MUST_CHECK;
void store_db_close(struct store_db *db);
/* As store_wait_until. */
void store_db_wait_until(struct store_db *db, struct mono until);

/* Run `st` one step: *row says whether there is a row. Any other result than a row or the
 * end is an error, so that a scan is never silently short. */
int store_db_step(struct store_db *db, sqlite3_stmt *st, bool *row, struct err *err) LAT_MUST_CHECK;
/* Run `st`, which returns no rows, to its end, and reset it. */
int store_db_run(struct store_db *db, sqlite3_stmt *st, struct err *err) LAT_MUST_CHECK;
/* Reset `st` and forget its bindings. (The error of the last step, which sqlite3_reset
 * repeats, has been told by then.) */
void store_db_reset(sqlite3_stmt *st);

/* Bind the parameters of a statement one after the other. The first error is kept and told by
 * store_db_bound():
 *
 *     struct store_db_bind b = {.st = st};
 *     store_db_bind_int(&b, id);
 *     store_db_bind_text(&b, name);
 *     status = store_db_bound(db, &b, err);
 *
 * Texts and blobs are not copied: they must outlive the statement's run. */
struct store_db_bind { sqlite3_stmt *st; int at, rc; };
void store_db_bind_int(struct store_db_bind *b, int64_t n);
void store_db_bind_but(struct store_db_bind *b, int64_t n, int64_t absent); /* NULL if n is `absent` */
void store_db_bind_real(struct store_db_bind *b, double x);                 /* NULL for NAN */
void store_db_bind_text(struct store_db_bind *b, const char *text);         /* NULL for NULL */
void store_db_bind_blob(struct store_db_bind *b, const void *data, size_t len);
void store_db_bind_pointer(struct store_db_bind *b, void *p, const char *type); /* sqlite3_bind_pointer(3) */
int store_db_bound(struct store_db *db, const struct store_db_bind *b, struct err *err) LAT_MUST_CHECK;

/* A column, or `absent` where it is NULL. */
static inline int64_t store_db_int(sqlite3_stmt *st, int column, int64_t absent)
{
	int64_t n = sqlite3_column_int64(st, column); /* 0 for NULL: most need no second call */

	return n == 0 && absent != 0 && sqlite3_column_type(st, column) == SQLITE_NULL ? absent : n;
}
/* NULL where it is NULL, or when out of memory; good until the next step. */
const char *store_db_text(sqlite3_stmt *st, int column);

/* A transaction that may write (write = true; the lock is taken at once, and a handle that was
 * opened to read is refused) or one that only reads, and sees one state of the file. */
int store_db_begin(struct store_db *db, bool write, struct err *err) LAT_MUST_CHECK;
/* If this fails, everything since store_db_begin is undone, and the handle stays good, after a sync
 * that failed too: the kernel then drops the pages that it could not write and says nothing of them
 * again, but SQLite counts frames of the log only once they are synced, and a later transaction writes
 * the same places anew (a checkpoint likewise counts as done only then). Nothing need be opened again;
 * tests/faults/collector_calls_test shows it, with the power cut afterwards. */
int store_db_commit(struct store_db *db, struct err *err) LAT_MUST_CHECK;
/* End a transaction without keeping anything (nothing happens where there is none); resets
 * every statement. Should SQLite not be able to roll back, the next store_db_begin tries again, and
 * fails if it must. */
void store_db_rollback(struct store_db *db);

/* The steps of store_db_open() that store_file.c needs alone. Connect: of `db`, zeroed, path and mode
 * are set; nothing about the file is checked, and only `sqlite` is to be closed. Execute:
 * statements without rows. */
int store_db_connect(struct store_db *db, struct err *err) LAT_MUST_CHECK;
int store_db_execute(struct store_db *db, const char *sql, struct err *err) LAT_MUST_CHECK;

/* Describe the last error of the handle: "PATH: what SQLite says". Returns the code. */
int store_db_error(struct store_db *db, struct err *err);

#endif
