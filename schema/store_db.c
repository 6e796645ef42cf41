#include "schema/store_db.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/attr.h"
#include "lib/buf.h"
#include "schema/store_file.h"

/* How long to wait for another process's lock. A writer holds it for milliseconds. */
#define WAIT_US (10 * US_PER_S)          /* for another's lock, unless told otherwise */
#define LOOK_NS (10 * US_PER_MS * 1000)  /* between looks at it: often, since SQLite has no queue */
/* 10000 pages between checkpoints: the p99 of a commit is a quarter of that at 1000. */
#define CHECKPOINT_PAGES 10000
/* What remains of the log after a burst. Above a checkpoint's own size, so that in everyday
 * work the file is written over, not cut and grown again. */
#define JOURNAL_LIMIT (INT64_C(128) << 20)
/* Pages are of 8 KiB: `cell` lies in the tree of its key, where a page keeps at most a
 * quarter of itself a row and moves the rest to a page of its own. With 4 KiB a cell of
 * 1,100 bytes took 3,700 on disk, with 8 KiB 1,270; with 16 KiB little less, and commits
 * of one batch write more. */
#define CACHE_KIB 32768

/* The limit of 4095 characters in a string is that of compilers of 1999. */
#pragma GCC diagnostic ignored "-Woverlength-strings"
/* migrations[v] makes version v + 1 of version v. Never change one that was released. */
static const char *const migrations[] = {
#include "schema/store.sql.inc"
#include "schema/registry.sql.inc"
#include "schema/views.sql.inc"
	,
#include "schema/store_v2.sql.inc"
	,
#include "schema/store_v3.sql.inc"
#include "schema/views_v3.sql.inc"
	,
#include "schema/store_v4.sql.inc"
	,
#include "schema/store_v5.sql.inc"
};
_Static_assert(LAT_COUNT(migrations) == STORE_DB_VERSION, "one migration for each version");

/* ---- errors ------------------------------------------------------------------ */

static int code_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
	case SQLITE_FORMAT:
		return LAT_DATAERR;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return LAT_UNAVAILABLE;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_READONLY:
	case SQLITE_IOERR:
	case SQLITE_FULL:
	case SQLITE_NOLFS:
	case SQLITE_PROTOCOL:
	case SQLITE_TOOBIG:
		return LAT_IOERR;
	default:
		return LAT_SOFTWARE;
	}
}

int store_db_error(struct store_db *db, struct err *err)
{
	int rc = sqlite3_extended_errcode(db->sqlite);
	int os = sqlite3_system_errno(db->sqlite);

	switch (rc & 0xff) {
	case SQLITE_NOTADB:
		return err_set(err, LAT_DATAERR, "%s: is not a SQLite database", db->path);
	case SQLITE_CORRUPT:
		return err_set(err, LAT_DATAERR, "%s: is damaged: %s", db->path, sqlite3_errmsg(db->sqlite));
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		if (atomic_load(&db->wait_until_ns) != 0)
			return err_set(err, LAT_UNAVAILABLE, "%s: locked by another process", db->path);
		return err_set(err, LAT_UNAVAILABLE, "%s: locked by another process for more than %d s",
		               db->path, (int)(WAIT_US / US_PER_S));
	case SQLITE_NOMEM:
		return err_nomem(err);
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
		/* A reader shares the log's index (-shm) with writers, and makes it where it isn't. */
		if (db->mode == STORE_READ)
			return err_set(err, LAT_IOERR,
			               "%s: cannot be read here: SQLite needs %s-wal and %s-shm beside it "
			               "and may not make them in this folder (copy the database to a folder "
			               "of your own)",
			               db->path, db->path, db->path);
		break;
	}
	if (os != 0 && ((rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_CANTOPEN))
		return err_set(err, code_of(rc), "%s: %s: %s", db->path, sqlite3_errmsg(db->sqlite),
		               strerror(os));
	return err_set(err, code_of(rc), "%s: %s", db->path, sqlite3_errmsg(db->sqlite));
}

int store_db_execute(struct store_db *db, const char *sql, struct err *err)
{
	return sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : store_db_error(db, err);
}

/* ---- statements -------------------------------------------------------------- */

int store_db_step(struct store_db *db, sqlite3_stmt *st, bool *row, struct err *err)
{
	int rc = sqlite3_step(st);

	*row = rc == SQLITE_ROW;
	if (rc == SQLITE_ROW || rc == SQLITE_DONE)
		return 0;
	int status = store_db_error(db, err);
	sqlite3_reset(st);
	return status;
}

void store_db_reset(sqlite3_stmt *st)
{
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
}

int store_db_run(struct store_db *db, sqlite3_stmt *st, struct err *err)
{
	bool row;
	int status = store_db_step(db, st, &row, err);

	store_db_reset(st);
	return status;
}

static void bound(struct store_db_bind *b, int rc)
{
	if (b->rc == SQLITE_OK)
		b->rc = rc;
}

void store_db_bind_int(struct store_db_bind *b, int64_t n)
{
	bound(b, sqlite3_bind_int64(b->st, ++b->at, n));
}

void store_db_bind_but(struct store_db_bind *b, int64_t n, int64_t absent)
{
	b->at++;
	bound(b, n == absent ? sqlite3_bind_null(b->st, b->at) : sqlite3_bind_int64(b->st, b->at, n));
}

void store_db_bind_real(struct store_db_bind *b, double x)
{
	bound(b, sqlite3_bind_double(b->st, ++b->at, x)); /* SQLite stores NAN as NULL */
}

void store_db_bind_text(struct store_db_bind *b, const char *text)
{
	bound(b, sqlite3_bind_text(b->st, ++b->at, text, -1, SQLITE_STATIC));
}

void store_db_bind_blob(struct store_db_bind *b, const void *data, size_t len)
{
	bound(b, sqlite3_bind_blob64(b->st, ++b->at, data, len, SQLITE_STATIC));
}

void store_db_bind_pointer(struct store_db_bind *b, void *p, const char *type)
{
	bound(b, sqlite3_bind_pointer(b->st, ++b->at, p, type, NULL));
}

int store_db_bound(struct store_db *db, const struct store_db_bind *b, struct err *err)
{
	if (b->rc == SQLITE_OK)
		return 0;
	return b->rc == SQLITE_NOMEM ? err_nomem(err)
	                             : err_set(err, LAT_SOFTWARE, "%s: %s", db->path, sqlite3_errstr(b->rc));
}

const char *store_db_text(sqlite3_stmt *st, int column)
{
	return (const char *)sqlite3_column_text(st, column);
}

/* The statement behind "-- name: NAME\n", up to the next one. */
static const char *find_query(const char *sql, const char *name)
{
	static const char mark[] = "-- name: ";
	size_t len = strlen(name);

	for (const char *at = strstr(sql, mark); at != NULL; at = strstr(at, mark)) {
		at += sizeof mark - 1;
		if (strncmp(at, name, len) == 0 && at[len] == '\n')
			return at + len + 1;
	}
	return NULL;
}

static void no_value(sqlite3_context *context)
{
	sqlite3_result_null(context);
}

static int add_functions(struct store_db *db, const struct store_db_function *f, struct err *err)
{
	for (; f != NULL && f->name != NULL; f++)
		if (sqlite3_create_function_v2(db->sqlite, f->name, f->arguments, SQLITE_UTF8 | SQLITE_DIRECTONLY,
		                               NULL, NULL, f->step, no_value, NULL) != SQLITE_OK)
			return store_db_error(db, err);
	return 0;
}

static int prepare_all(struct store_db *db, const struct store_db_queries *queries, struct err *err)
{
	int status = add_functions(db, queries->functions, err);

	if (status != 0)
		return status;
	db->stmt = calloc(queries->count, sizeof *db->stmt);
	if (db->stmt == NULL)
		return err_nomem(err);
	db->statements = queries->count;
	for (size_t i = 0; i < queries->count; i++) {
		const char *sql = find_query(queries->sql, queries->names[i]);
		if (sql == NULL)
			return err_set(err, LAT_SOFTWARE, "%s: no query named %s", db->path,
			               queries->names[i]);
		/* Only the first statement of the text is prepared: up to its semicolon. */
		int rc = sqlite3_prepare_v3(db->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, &db->stmt[i],
		                            NULL);
		if (rc != SQLITE_OK) {
			status = store_db_error(db, err);
			err_prefix(err, "%s", queries->names[i]);
			return status;
		}
	}
	return 0;
}

/* ---- transactions ------------------------------------------------------------ */

/* Prepared beforehand: ending a transaction must not need memory that isn't there. */
static int prepare_transactions(struct store_db *db, struct err *err)
{
	const struct { sqlite3_stmt **st; const char *sql; } all[] = {
		{&db->begin_read, "BEGIN"},
		{&db->begin_write, "BEGIN IMMEDIATE"},
		{&db->commit, "COMMIT"},
		{&db->rollback, "ROLLBACK"},
	};

	for (size_t i = 0; i < LAT_COUNT(all); i++)
		if (sqlite3_prepare_v3(db->sqlite, all[i].sql, -1, SQLITE_PREPARE_PERSISTENT, all[i].st, NULL)
		    != SQLITE_OK)
			return store_db_error(db, err);
	return 0;
}

int store_db_begin(struct store_db *db, bool write, struct err *err)
{
	if (write && db->mode == STORE_READ) /* SQLite would only say so at the first change */
		return err_set(err, LAT_IOERR, "%s: was opened to be read only", db->path);
	store_db_rollback(db); /* nothing to do, unless the last one could not be rolled back */
	return store_db_run(db, write ? db->begin_write : db->begin_read, err);
}

void store_db_rollback(struct store_db *db)
{
	for (size_t i = 0; i < db->statements; i++)
		store_db_reset(db->stmt[i]);
	if (sqlite3_get_autocommit(db->sqlite))
		return; /* some errors (a full disk among them) have rolled back already */
	sqlite3_step(db->rollback);
	sqlite3_reset(db->rollback);
}

int store_db_commit(struct store_db *db, struct err *err)
{
	int status = store_db_run(db, db->commit, err);

	if (status != 0)
		store_db_rollback(db);
	return status;
}

/* ---- opening ----------------------------------------------------------------- */

/* The first column of the first row of `sql`. */
static int read_int(struct store_db *db, const char *sql, int64_t *out, struct err *err)
{
	sqlite3_stmt *st = NULL;
	bool row = false;
	int status = 0;

	if (sqlite3_prepare_v2(db->sqlite, sql, -1, &st, NULL) != SQLITE_OK)
		return store_db_error(db, err);
	status = store_db_step(db, st, &row, err);
	*out = row ? sqlite3_column_int64(st, 0) : 0;
	sqlite3_finalize(st);
	return status;
}

/* Set a pragma and believe it only when it reads back as it should. */
static int set_pragma(struct store_db *db, const char *set, const char *get, int64_t want, struct err *err)
{
	int64_t got;
	int status = store_db_execute(db, set, err);

	if (status != 0 || (status = read_int(db, get, &got, err)) != 0)
		return status;
	if (got != want)
		return err_set(err, LAT_IOERR, "%s: \"%s\" had no effect: %" PRId64 " instead of %" PRId64,
		               db->path, set, got, want);
	return 0;
}

static int set_wal(struct store_db *db, struct err *err)
{
	sqlite3_stmt *st = NULL;
	bool row = false;

	if (sqlite3_prepare_v2(db->sqlite, "PRAGMA journal_mode = WAL", -1, &st, NULL) != SQLITE_OK)
		return store_db_error(db, err);
	int status = store_db_step(db, st, &row, err);
	const char *mode = row ? (const char *)sqlite3_column_text(st, 0) : NULL;
	if (status == 0 && (mode == NULL || strcmp(mode, "wal") != 0))
		status = err_set(err, LAT_IOERR,
		                 "%s: no write-ahead log possible here (journal mode %s); "
		                 "a network file system can't hold the database",
		                 db->path, mode == NULL ? "unknown" : mode);
	sqlite3_finalize(st);
	return status;
}

/* Before SQLite sees it: what it would describe badly, or make where nothing was. */
static int check_file(const char *path, enum store_mode mode, struct err *err)
{
	struct stat st;

	if (stat(path, &st) != 0) {
		if (errno == ENOENT && mode == STORE_CREATE)
			return 0;
		if (errno == ENOENT)
			return err_set(err, LAT_NOINPUT, "%s: no such database", path);
		return err_set_errno(err, LAT_IOERR, "%s", path);
	}
	if (S_ISDIR(st.st_mode))
		return err_set(err, LAT_DATAERR, "%s: is a folder, not a database", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, LAT_DATAERR, "%s: is not a regular file", path);
	if (access(path, mode == STORE_READ ? R_OK : R_OK | W_OK) != 0)
		return err_set_errno(err, LAT_IOERR, "%s", path);
	return 0;
}

/* SQLite's own timeout can't be changed while it is waited. */
static int wait_for_lock(void *ctx, int looks)
{
	struct store_db *db = ctx;
	struct mono now = mono_now();
	struct timespec pause = {.tv_nsec = looks == 0 ? LOOK_NS / 10 : LOOK_NS};
	int64_t until = atomic_load(&db->wait_until_ns);

	if (looks == 0)
		db->wait_began = now;
	if (mono_diff_us(db->wait_began, now) >= WAIT_US || (until != 0 && now.ns >= until))
		return 0;
	nanosleep(&pause, NULL);
	return 1;
}

void store_db_wait_until(struct store_db *db, struct mono until)
{
	atomic_store(&db->wait_until_ns, until.ns);
}

int store_db_connect(struct store_db *db, struct err *err)
{
	static const struct { int option, value; } config[] = {
		{SQLITE_DBCONFIG_DEFENSIVE, 1},      /* the file may come from somebody else */
		{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
		{SQLITE_DBCONFIG_DQS_DML, 0},        /* "x" is a name, never a string */
		{SQLITE_DBCONFIG_DQS_DDL, 0},
	};
	int flags = db->mode == STORE_READ ? SQLITE_OPEN_READONLY
	            : db->mode == STORE_WRITE ? SQLITE_OPEN_READWRITE
	                                      : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	/* "./": SQLite would take ":memory:" and "file:" at the beginning for something else. */
	char *name = sqlite3_mprintf("%s%s", db->path[0] == '/' ? "" : "./", db->path);

	if (name == NULL)
		return err_nomem(err);
	int rc =
		sqlite3_open_v2(name, &db->sqlite, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	sqlite3_free(name);
	if (db->sqlite == NULL)
		return err_nomem(err);
	if (rc != SQLITE_OK)
		return store_db_error(db, err);
	if (sqlite3_busy_handler(db->sqlite, wait_for_lock, db) != SQLITE_OK)
		return store_db_error(db, err);
	for (size_t i = 0; i < LAT_COUNT(config); i++)
		if (sqlite3_db_config(db->sqlite, config[i].option, config[i].value, (int *)NULL)
		    != SQLITE_OK)
			return store_db_error(db, err);
	return 0;
}

/* Whose file is it? *version 0: it is empty, so nobody's. */
static int identify(struct store_db *db, int64_t *version, struct err *err)
{
	int64_t application, objects;
	int status;

	if ((status = read_int(db, "PRAGMA application_id", &application, err)) != 0
	    || (status = read_int(db, "PRAGMA user_version", version, err)) != 0
	    || (status = read_int(db, "SELECT count(*) FROM sqlite_schema", &objects, err)) != 0)
		return status;
	if (application == 0 && *version == 0 && objects == 0)
		return 0;
	if (application != STORE_DB_APPLICATION_ID)
		return err_set(err, LAT_DATAERR,
		               "%s: is a SQLite database of another application (application_id 0x%08x, "
		               "latlas's is 0x%08x)",
		               db->path, (unsigned)application, (unsigned)STORE_DB_APPLICATION_ID);
	if (*version > STORE_DB_VERSION)
		return err_set(err, LAT_DATAERR,
		               "%s: is of version %" PRId64 ", made by a newer latlas; this one knows "
		               "versions up to %d",
		               db->path, *version, STORE_DB_VERSION);
	if (*version < 1 || objects == 0)
		return err_set(err, LAT_DATAERR,
		               "%s: is damaged: version %" PRId64 ", %" PRId64 " tables and views", db->path,
		               *version, objects);
	return 0;
}

/* ---- migrations ---------------------------------------------------------------- */

static store_migration_fn *migration_told;

void store_on_migration(store_migration_fn *fn)
{
	migration_told = fn;
}

/* A copy of the database as it is, by a handle of its own: ours holds the lock under which the
 * migration will run, so that no batch is in the one and not in the other. Whoever may not read
 * the one may not read the other. */
static int back_up(const struct store_db *db, int version, struct err *err)
{
	struct buf name = {0};
	struct stat st;
	int status = 0;

	if (!buf_addf(&name, "%s" STORE_DB_BACKUP, db->path, version))
		status = err_nomem(err);
	else if (stat(db->path, &st) != 0)
		status = err_set_errno(err, LAT_IOERR, "%s", db->path);
	else if (migration_told != NULL)
		migration_told(db->path, version, STORE_DB_VERSION, name.data);
	if (status == 0)
		status = store_file_copy(db->path, name.data, st.st_mode & 0777, true, err);
	if (status != 0)
		err_prefix(err, "%s: a copy before the migration from version %d", db->path, version);
	buf_free(&name);
	return status;
}

/* From `version` to the newest, whole or not at all. */
static int migrate(struct store_db *db, struct err *err)
{
	char stamp[96];
	int64_t version;
	int status = store_db_begin(db, true, err);

	if (status != 0)
		return status;
	/* Again, now that nobody else can: another process may have been faster. */
	status = identify(db, &version, err);
	if (status == 0 && version > 0 && version < STORE_DB_VERSION)
		status = back_up(db, (int)version, err);
	for (int64_t v = version; status == 0 && v < STORE_DB_VERSION; v++)
		status = store_db_execute(db, migrations[v], err);
	snprintf(stamp, sizeof stamp, "PRAGMA application_id = %d; PRAGMA user_version = %d",
	         STORE_DB_APPLICATION_ID, STORE_DB_VERSION);
	if (status == 0)
		status = store_db_execute(db, stamp, err);
	if (status == 0)
		return store_db_commit(db, err);
	store_db_rollback(db);
	return status;
}

static int set_up_writer(struct store_db *db, int64_t version, struct err *err)
{
	char text[64];
	int on = 1, status;

	if (sqlite3_db_readonly(db->sqlite, "main") != 0)
		return err_set(err, LAT_IOERR, "%s: cannot be written", db->path);
	if (version == 0) { /* has an effect only before the first page is there */
		snprintf(text, sizeof text, "PRAGMA page_size = %d", STORE_DB_PAGE);
		if ((status = store_db_execute(db, text, err)) != 0)
			return status;
	}
	if ((status = set_wal(db, err)) != 0
	    || (status = set_pragma(db, "PRAGMA synchronous = FULL", "PRAGMA synchronous", 2, err)) != 0
	    || (status = set_pragma(db, "PRAGMA foreign_keys = ON", "PRAGMA foreign_keys", 1, err)) != 0)
		return status;
	snprintf(text, sizeof text, "PRAGMA journal_size_limit = %" PRId64, JOURNAL_LIMIT);
	if ((status = store_db_execute(db, text, err)) != 0)
		return status;
	/* The log and its index stay when the last writer closes (the log is emptied), so that a
	 * reader who may not make files in this folder finds them. */
	if (sqlite3_wal_autocheckpoint(db->sqlite, CHECKPOINT_PAGES) != SQLITE_OK
	    || sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_PERSIST_WAL, &on) != SQLITE_OK)
		return store_db_error(db, err);
	return version < STORE_DB_VERSION ? migrate(db, err) : 0;
}

static int set_up(struct store_db *db, const struct store_db_queries *queries, struct err *err)
{
	char text[64];
	int64_t version;
	int status;

	if ((status = store_db_connect(db, err)) != 0 || (status = prepare_transactions(db, err)) != 0
	    || (status = identify(db, &version, err)) != 0)
		return status;
	if (version == 0 && db->mode != STORE_CREATE)
		return err_set(err, LAT_DATAERR, "%s: is empty, not a latlas database", db->path);
	if (version < STORE_DB_VERSION && db->mode == STORE_READ)
		return err_set(err, LAT_DATAERR,
		               "%s: is of the old version %" PRId64 "; latlas-collector serve brings it to %d",
		               db->path, version, STORE_DB_VERSION);
	if (db->mode != STORE_READ && (status = set_up_writer(db, version, err)) != 0)
		return status;
	snprintf(text, sizeof text, "PRAGMA cache_size = -%d", CACHE_KIB);
	if ((status = store_db_execute(db, text, err)) != 0)
		return status;
	return prepare_all(db, queries, err);
}

int store_db_open(struct store_db **out, const char *path, enum store_mode mode,
                  const struct store_db_queries *queries, struct err *err)
{
	int status;

	*out = NULL;
	if (path == NULL || path[0] == '\0')
		return err_set(err, LAT_NOINPUT, "no database named");
	if ((status = check_file(path, mode, err)) != 0)
		return status;
	struct store_db *db = calloc(1, sizeof *db);
	if (db == NULL)
		return err_nomem(err);
	db->mode = mode;
	db->path = strdup(path);
	status = db->path == NULL ? err_nomem(err) : set_up(db, queries, err);
	if (status != 0) {
		store_db_close(db);
		return status;
	}
	*out = db;
	return 0;
}

void store_db_close(struct store_db *db)
{
	if (db == NULL)
		return;
	for (size_t i = 0; i < db->statements; i++)
		sqlite3_finalize(db->stmt[i]);
	free(db->stmt);
	sqlite3_finalize(db->begin_read);
	sqlite3_finalize(db->begin_write);
	sqlite3_finalize(db->commit);
	sqlite3_finalize(db->rollback);
	if (db->sqlite != NULL)
		sqlite3_close(db->sqlite);
	free(db->path);
	free(db);
}
