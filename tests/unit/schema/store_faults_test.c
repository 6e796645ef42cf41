/* A disk that fails: a VFS of our own stands between SQLite and the file system, and makes the
 * Nth write or sync fail, for each N there is; and memory that SQLite doesn't get. Whatever
 * happens, nothing is acknowledged that isn't there, nothing is there in part, and the store
 * goes on when the disk does. */
#include <sqlite3.h>

#include "schema/registry.h"
#include "schema/store.h"
#include "tests/check.h"
#include "tests/unit/schema/store_fixture.h"

#define HOUR FIXTURE_HOUR

static struct err err;

/* ---- the disk ------------------------------------------------------------------------- */

enum fault { FAULT_NONE, FAULT_FULL, FAULT_WRITE, FAULT_SYNC, FAULTS };

static const char *const fault_names[] = {"none", "disk full", "write error", "sync error"};

static struct { enum fault fault; int countdown, met; bool lasting; sqlite3_vfs *real; } disk;

/* Is it the turn of this call? Then it fails, and the next ones too if the fault is a lasting one. */
static bool fails(bool sync)
{
	if (disk.fault == FAULT_NONE || (disk.fault == FAULT_SYNC) != sync)
		return false;
	if (disk.countdown > 0) {
		disk.countdown--;
		return false;
	}
	if (disk.met > 0 && !disk.lasting)
		return false;
	disk.met++;
	return true;
}

/* SQLite gives us the memory of our file with that of the real one behind it. */
struct shim_file { sqlite3_file base; };

static sqlite3_file *real_file(sqlite3_file *f)
{
	return (sqlite3_file *)((struct shim_file *)f + 1);
}

static int shim_close(sqlite3_file *f) { return real_file(f)->pMethods->xClose(real_file(f)); }
static int shim_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	return real_file(f)->pMethods->xRead(real_file(f), p, n, at);
}
static int shim_truncate(sqlite3_file *f, sqlite3_int64 n)
{
	return real_file(f)->pMethods->xTruncate(real_file(f), n);
}
static int shim_size(sqlite3_file *f, sqlite3_int64 *n)
{
	return real_file(f)->pMethods->xFileSize(real_file(f), n);
}
static int shim_lock(sqlite3_file *f, int l) { return real_file(f)->pMethods->xLock(real_file(f), l); }
static int shim_unlock(sqlite3_file *f, int l) { return real_file(f)->pMethods->xUnlock(real_file(f), l); }
static int shim_reserved(sqlite3_file *f, int *r)
{
	return real_file(f)->pMethods->xCheckReservedLock(real_file(f), r);
}
static int shim_control(sqlite3_file *f, int op, void *arg)
{
	return real_file(f)->pMethods->xFileControl(real_file(f), op, arg);
}
static int shim_sector(sqlite3_file *f) { return real_file(f)->pMethods->xSectorSize(real_file(f)); }
static int shim_device(sqlite3_file *f)
{
	return real_file(f)->pMethods->xDeviceCharacteristics(real_file(f));
}
static int shim_map(sqlite3_file *f, int page, int size, int extend, void volatile **p)
{
	return real_file(f)->pMethods->xShmMap(real_file(f), page, size, extend, p);
}
static int shim_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
	return real_file(f)->pMethods->xShmLock(real_file(f), at, n, flags);
}
static void shim_barrier(sqlite3_file *f) { real_file(f)->pMethods->xShmBarrier(real_file(f)); }
static int shim_unmap(sqlite3_file *f, int gone)
{
	return real_file(f)->pMethods->xShmUnmap(real_file(f), gone);
}

static int shim_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	if (!fails(false))
		return real_file(f)->pMethods->xWrite(real_file(f), p, n, at);
	if (n > 1 && disk.met % 2 == 1) /* a part of it is written, as disks do */
		real_file(f)->pMethods->xWrite(real_file(f), p, n / 2, at);
	return disk.fault == FAULT_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int shim_sync(sqlite3_file *f, int flags)
{
	return fails(true) ? SQLITE_IOERR_FSYNC : real_file(f)->pMethods->xSync(real_file(f), flags);
}

static const sqlite3_io_methods shim_methods = {
	.iVersion = 2,
	.xClose = shim_close,
	.xRead = shim_read,
	.xWrite = shim_write,
	.xTruncate = shim_truncate,
	.xSync = shim_sync,
	.xFileSize = shim_size,
	.xLock = shim_lock,
	.xUnlock = shim_unlock,
	.xCheckReservedLock = shim_reserved,
	.xFileControl = shim_control,
	.xSectorSize = shim_sector,
	.xDeviceCharacteristics = shim_device,
	.xShmMap = shim_map,
	.xShmLock = shim_shm_lock,
	.xShmBarrier = shim_barrier,
	.xShmUnmap = shim_unmap,
};

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	(void)vfs;
	f->pMethods = NULL;
	int rc = disk.real->xOpen(disk.real, name, real_file(f), flags, out);
	if (real_file(f)->pMethods != NULL)
		f->pMethods = &shim_methods;
	return rc;
}

static sqlite3_vfs shim;

static void install_disk(void)
{
	disk.real = sqlite3_vfs_find(NULL);
	shim = *disk.real;
	shim.zName = "failing";
	shim.pNext = NULL;
	shim.xOpen = shim_open;
	shim.szOsFile = (int)sizeof(struct shim_file) + disk.real->szOsFile;
	sqlite3_vfs_register(&shim, 1);
}

static void break_disk(enum fault fault, int after, bool lasting)
{
	disk.fault = fault;
	disk.countdown = after;
	disk.met = 0;
	disk.lasting = lasting;
}

/* ---- memory ------------------------------------------------------------------------------- */

static struct { sqlite3_mem_methods real; bool scarce; int countdown, met; } memory;

/* Is it the turn of this allocation? From then on, all of them fail. */
static bool refused(void)
{
	if (!memory.scarce || memory.countdown-- > 0)
		return false;
	memory.met++;
	return true;
}

static void *scarce_malloc(int size)
{
	return refused() ? NULL : memory.real.xMalloc(size);
}

static void *scarce_realloc(void *p, int size)
{
	return refused() ? NULL : memory.real.xRealloc(p, size);
}

/* Before anything else is asked of SQLite. */
static bool install_memory(void)
{
	if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory.real) != SQLITE_OK)
		return false;
	sqlite3_mem_methods methods = memory.real;
	methods.xMalloc = scarce_malloc;
	methods.xRealloc = scarce_realloc;
	return sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK;
}

/* ---- what is in the store ----------------------------------------------------------------- */

static struct batch *make(uint64_t number)
{
	struct batch *b =
		fixture_batch(number, number % 2 ? "mumbai-1" : "lagos-1", HOUR + (int64_t)number * US_PER_S);
	static const char *const edges[] = {"e0", "e1", "e2", "e3",  "e4",  "e5", "e6",
	                                    "e7", "e8", "e9", "e10", "e11", "e12"};

	for (uint64_t i = 0; i < 20; i++)
		fixture_sample(b, "www", b->started_us + (int64_t)i)->edge = edges[(number + i) % 13];
	fixture_audit(b, "www", NULL, b->started_us)->sha256 = b->uuid;
	return b;
}

static int add_attempts(void *ctx, const struct store_cell *c, struct err *e)
{
	(void)e;
	*(int64_t *)ctx += (int64_t)c->cell->attempts;
	return 0;
}

static int count_sample(void *ctx, const struct store_sample *s, struct err *e)
{
	(void)s, (void)e;
	++*(int64_t *)ctx;
	return 0;
}

/* Exactly the batches [1, n] are there, whole: in totals, raw, and in cells. */
static void expect_batches(struct store *s, int64_t n)
{
	struct store_window w = {0, INT64_MAX, US_PER_HOUR, 0};
	struct store_totals t = {0};
	int64_t raw = 0, cells = 0;

	CHECK_INT(store_totals(s, &t, &err), 0);
	CHECK_INT(t.batches, n);
	CHECK_INT(t.samples, 20 * n);
	CHECK_INT(store_scan_samples(s, 0, INT64_MAX, count_sample, &raw, &err), 0);
	CHECK_INT(raw, 20 * n);
	CHECK_INT(store_scan_cells(s, &w, add_attempts, &cells, &err), 0);
	CHECK_INT(cells, 20 * n);
}

static int append(struct store *s, uint64_t from, size_t n, enum store_result want)
{
	struct batch *b[8];
	struct store_batch sb[8];

	for (size_t i = 0; i < n; i++) {
		b[i] = make(from + i);
		sb[i] = fixture_push(b[i]);
	}
	int status = store_append(s, sb, n, &err);
	for (size_t i = 0; i < n; i++) {
		if (status == 0)
			CHECK_INT(sb[i].result, want);
		fixture_free(b[i]);
	}
	return status;
}

static const char *integrity(const char *path)
{
	static char text[200];
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;

	snprintf(text, sizeof text, "could not be checked");
	if (sqlite3_open(path, &db) == SQLITE_OK
	    && sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &st, NULL) == SQLITE_OK
	    && sqlite3_step(st) == SQLITE_ROW)
		snprintf(text, sizeof text, "%s", sqlite3_column_text(st, 0));
	sqlite3_finalize(st);
	sqlite3_close(db);
	return text;
}

/* ---- cases --------------------------------------------------------------------------------- */

/* The disk fails at the Nth write (or sync) of an append, for every N until one succeeds. */
static void appends(const char *folder, enum fault fault, bool lasting)
{
	const char *path = fixture_path(folder, lasting ? "append-lasting.db" : "append.db");
	char name[100];
	struct store *s;
	int64_t there = 3;
	int failures = 0;

	snprintf(name, sizeof name, "append, %s%s: all or nothing, then as before", fault_names[fault],
	         lasting ? ", lasting" : "");
	check_end_case();
	CHECK_CASE(name);
	CHECK_INT(store_open_sqlite(&s, path, STORE_CREATE, &err), 0);
	CHECK_INT(append(s, 1, 3, STORE_ADDED), 0);
	for (int n = 0; n < 300; n++) {
		break_disk(fault, n, lasting);
		int status = append(s, (uint64_t)there + 1, 4, STORE_ADDED);
		bool hit = disk.met > 0;
		break_disk(FAULT_NONE, 0, false);
		failures += status != 0;
		if (status == 0)
			there += 4;
		else
			CHECK(hit && (status == LAT_IOERR));
		expect_batches(s, there);
		if (status == 0 && !hit)
			break;
	}
	CHECK(failures >= 1);
	CHECK_INT(append(s, 1, 3, STORE_DUPLICATE), 0);
	store_close(s);
	CHECK_STR(integrity(path), "ok");
	CHECK_INT(store_open_sqlite(&s, path, STORE_READ, &err), 0);
	expect_batches(s, there);
	store_close(s);
	check_end_case();
	unlink(path);
}

/* The same while folding: each batch is in its cells once, whatever failed. */
static void folds(const char *folder, enum fault fault)
{
	const char *path = fixture_path(folder, "fold.db");
	char name[100];
	struct store *s;
	size_t left = 1;
	int failures = 0;

	snprintf(name, sizeof name, "fold, %s: once each", fault_names[fault]);
	check_end_case();
	CHECK_CASE(name);
	CHECK_INT(store_open_sqlite(&s, path, STORE_CREATE, &err), 0);
	for (uint64_t i = 0; i < 10; i++)
		CHECK_INT(append(s, 8 * i + 1, 8, STORE_ADDED), 0);
	for (int n = 0; n < 300 && left > 0; n++) {
		break_disk(fault, n, true);
		int status = store_fold(s, SIZE_MAX, &left, &err);
		break_disk(FAULT_NONE, 0, false);
		failures += status != 0;
		if (status != 0) {
			left = 1;
			CHECK_INT(status, LAT_IOERR);
		}
		expect_batches(s, 80);
	}
	CHECK(failures >= 1);
	CHECK_INT(left, 0);
	store_close(s);
	CHECK_STR(integrity(path), "ok");
	check_end_case();
	unlink(path);
}

/* SQLite gets no memory from the Nth request on: while appending, folding, scanning. */
static void starved(const char *folder)
{
	const char *path = fixture_path(folder, "starved.db");
	struct store *s;
	int64_t there = 0, cells;
	size_t left;
	int failures = 0;

	CHECK_CASE("no memory for SQLite at any moment: an error, then as before");
	CHECK_INT(store_open_sqlite(&s, path, STORE_CREATE, &err), 0);
	for (int n = 0; n < 5000; n++) {
		struct store_window w = {0, INT64_MAX, US_PER_HOUR, 0};
		memory.countdown = n;
		memory.met = 0;
		memory.scarce = true;
		int added = append(s, (uint64_t)there + 1, 2, STORE_ADDED);
		int status = store_fold(s, SIZE_MAX, &left, &err);
		int scanned = store_scan_cells(s, &w, add_attempts, (cells = 0, &cells), &err);
		memory.scarce = false;
		there += added == 0 ? 2 : 0;
		CHECK(added == 0 || added == LAT_SOFTWARE);
		CHECK(status == 0 || status == LAT_SOFTWARE);
		CHECK(scanned == 0 ? cells == 20 * there : scanned == LAT_SOFTWARE);
		failures += added != 0 || status != 0 || scanned != 0;
		expect_batches(s, there);
		if (memory.met == 0)
			break;
	}
	CHECK(memory.met == 0 && failures >= 5);
	store_close(s);
	CHECK_STR(integrity(path), "ok");
}

static void registries(const char *folder)
{
	const char *path = fixture_path(folder, "registry.db");
	struct registry *r;
	int failures = 0;

	CHECK_CASE("enrol on a full disk: a token counts only once its probe is there");
	CHECK_INT(registry_open(&r, path, STORE_CREATE, &err), 0);
	for (int n = 0; n < 100; n++) {
		struct probe_row row = {.name = "lagos-1", .lat = NAN, .lon = NAN};
		uint8_t hash[REGISTRY_TOKEN_HASH] = {7};
		registry_tokens tokens = {0};
		int64_t version;
		break_disk(FAULT_FULL, n, true);
		int status = registry_enroll(r, &row, hash, &err);
		break_disk(FAULT_NONE, 0, false);
		failures += status != 0;
		CHECK_INT(registry_tokens_load(r, &tokens, &err), 0);
		CHECK_INT(tokens.len, status == 0);
		CHECK_INT(registry_token_version(r, &version, &err), 0);
		CHECK_INT(version, status == 0);
		vec_free(&tokens);
		if (status == 0)
			break;
	}
	CHECK(failures >= 1);
	registry_close(r);
	CHECK_STR(integrity(path), "ok");
}

/* A database is made whole or not at all, and the next attempt succeeds. */
static void creation(const char *folder)
{
	int failures = 0;

	CHECK_CASE("creating on a full disk: whole or not at all");
	for (int n = 0; n < 200; n++) {
		char name[40];
		struct store *s = NULL;
		snprintf(name, sizeof name, "create-%d.db", n);
		const char *path = fixture_path(folder, name);
		break_disk(FAULT_FULL, n, true);
		int status = store_open_sqlite(&s, path, STORE_CREATE, &err);
		bool hit = disk.met > 0;
		break_disk(FAULT_NONE, 0, false);
		store_close(s);
		failures += status != 0;
		if (status != 0)
			CHECK_INT(status, LAT_IOERR);
		CHECK_INT(store_open_sqlite(&s, path, STORE_CREATE, &err), 0);
		CHECK_INT(append(s, 1, 2, STORE_ADDED), 0);
		expect_batches(s, 2);
		store_close(s);
		if (!hit)
			break;
	}
	CHECK(failures >= 2);
}

int main(void)
{
	char *folder = fixture_folder();

	if (folder == NULL || !install_memory())
		return 1;
	install_disk();
	for (int fault = FAULT_FULL; fault < FAULTS; fault++) {
		appends(folder, (enum fault)fault, false);
		appends(folder, (enum fault)fault, true);
		folds(folder, (enum fault)fault);
	}
	starved(folder);
	registries(folder);
	creation(folder);
	int status = check_done();
	fixture_remove(folder);
	return status;
}
