/* The SQLite store as a file: what is opened and what is refused, readers beside writers and
 * without them, damage, and what it costs on the disk. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "schema/registry.h"
#include "schema/store.h"
#include "tests/check.h"
#include "tests/unit/schema/store_fixture.h"

#define HOUR FIXTURE_HOUR

static struct err err;
static char *folder;

static const char *path(const char *name)
{
	return fixture_path(folder, name);
}

/* Run SQL as the sqlite3 shell would; `out` gets the first column of the last row. */
static void shell(const char *file, const char *sql, char *out, size_t size)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	const char *rest = sql;

	if (out != NULL)
		out[0] = '\0';
	CHECK_INT(sqlite3_open(file, &db), SQLITE_OK);
	while (*rest != '\0' && sqlite3_prepare_v2(db, rest, -1, &st, &rest) == SQLITE_OK) {
		int rc = SQLITE_DONE;
		while (st != NULL && (rc = sqlite3_step(st)) == SQLITE_ROW)
			if (out != NULL)
				snprintf(out, size, "%s",
				         sqlite3_column_text(st, 0) ? (const char *)sqlite3_column_text(st, 0)
				                                    : "NULL");
		CHECK_INT(rc, SQLITE_DONE);
		sqlite3_finalize(st);
		st = NULL;
	}
	CHECK_STR(rest, "");
	sqlite3_close(db);
}

static void write_file(const char *name, const void *data, size_t len)
{
	FILE *f = fopen(path(name), "w");

	CHECK(f != NULL && fwrite(data, 1, len, f) == len && fclose(f) == 0);
}

static void copy_file(const char *from, const char *to)
{
	char data[8192];
	size_t len;
	FILE *in = fopen(from, "r"), *out = fopen(to, "w");

	CHECK(in != NULL && out != NULL);
	while ((len = fread(data, 1, sizeof data, in)) > 0)
		CHECK(fwrite(data, 1, len, out) == len);
	fclose(in);
	CHECK(fclose(out) == 0);
}

/* Opening must fail so, with a text that begins with the path. */
static void expect_refusal(const char *name, enum store_mode mode, int code, const char *says)
{
	struct store *s = NULL;

	CHECK_INT(store_open_sqlite(&s, path(name), mode, &err), code);
	CHECK(s == NULL);
	CHECK(strncmp(err.text, path(name), strlen(path(name))) == 0);
	CHECK_CONTAINS(err.text, says);
	struct registry *r = NULL;
	CHECK_INT(registry_open(&r, path(name), mode, &err), code);
	CHECK(r == NULL);
}

static struct store *opened(const char *name, enum store_mode mode)
{
	struct store *s = NULL;
	int status = store_open_sqlite(&s, path(name), mode, &err);

	if (status != 0) {
		check_fail(__FILE__, __LINE__, err.text);
		exit(check_done());
	}
	return s;
}

static void add_batches(struct store *s, uint64_t from, uint64_t count, int samples)
{
	for (uint64_t i = from; i < from + count; i++) {
		int64_t started_us = HOUR + (int64_t)i * 60 * US_PER_S;
		struct batch *b = fixture_batch(i, i % 2 ? "mumbai-1" : "lagos-1", started_us);
		for (int j = 0; j < samples; j++)
			fixture_sample(b, "www", b->started_us + j * US_PER_S);
		struct store_batch sb = fixture_push(b);
		CHECK_INT(store_append(s, &sb, 1, &err), 0);
		CHECK_INT(sb.result, STORE_ADDED);
		fixture_free(b);
	}
}

static int add_attempts(void *ctx, const struct store_cell *c, struct err *e)
{
	(void)e;
	*(uint64_t *)ctx += c->cell->attempts;
	return 0;
}

static uint64_t attempts(struct store *s)
{
	struct store_window w = {0, INT64_MAX, US_PER_HOUR, 0};
	uint64_t n = 0;

	CHECK_INT(store_scan_cells(s, &w, add_attempts, &n, &err), 0);
	return n;
}

/* ---- opening --------------------------------------------------------------------------- */

static void refusals(void)
{
	char junk[100000];

	CHECK_CASE("no such file");
	expect_refusal("none.db", STORE_READ, LAT_NOINPUT, "no such database");
	expect_refusal("none.db", STORE_WRITE, LAT_NOINPUT, "no such database");
	CHECK(access(path("none.db"), F_OK) != 0);
	expect_refusal("no/folder/none.db", STORE_CREATE, LAT_IOERR,
	               "unable to open database file: No such file");
	struct store *s;
	CHECK_INT(store_open_sqlite(&s, "", STORE_CREATE, &err), LAT_NOINPUT);

	CHECK_CASE("a folder, a device");
	CHECK_INT(mkdir(path("folder.db"), 0700), 0);
	expect_refusal("folder.db", STORE_READ, LAT_DATAERR, "is a folder");
	expect_refusal("folder.db", STORE_CREATE, LAT_DATAERR, "is a folder");
	CHECK_INT(store_open_sqlite(&s, "/dev/null", STORE_READ, &err), LAT_DATAERR);

	CHECK_CASE("a file that is no database");
	memset(junk, 'x', sizeof junk);
	write_file("small.db", "hello\n", 6);
	write_file("junk.db", junk, sizeof junk);
	for (int mode = STORE_READ; mode <= STORE_CREATE; mode++) {
		expect_refusal("small.db", (enum store_mode)mode, LAT_DATAERR, "is not a SQLite database");
		expect_refusal("junk.db", (enum store_mode)mode, LAT_DATAERR, "is not a SQLite database");
	}
	struct stat st;
	CHECK(stat(path("junk.db"), &st) == 0 && st.st_size == sizeof junk);

	CHECK_CASE("another application's database");
	shell(path("other.db"), "CREATE TABLE t(x); PRAGMA application_id = 7", NULL, 0);
	shell(path("plain.db"), "CREATE TABLE t(x)", NULL, 0);
	shell(path("versioned.db"), "PRAGMA user_version = 6", NULL, 0);
	for (int mode = STORE_READ; mode <= STORE_CREATE; mode++) {
		expect_refusal("other.db", (enum store_mode)mode, LAT_DATAERR,
		               "another application (application_id 0x00000007");
		expect_refusal("plain.db", (enum store_mode)mode, LAT_DATAERR, "another application");
		expect_refusal("versioned.db", (enum store_mode)mode, LAT_DATAERR, "another application");
	}
	char mode_now[20];
	shell(path("other.db"), "PRAGMA journal_mode", mode_now, sizeof mode_now);
	CHECK_STR(mode_now, "delete"); /* we changed nothing */

	CHECK_CASE("a newer latlas's");
	store_close(opened("newer.db", STORE_CREATE));
	shell(path("newer.db"), "PRAGMA user_version = 6", NULL, 0);
	for (int mode = STORE_READ; mode <= STORE_CREATE; mode++)
		expect_refusal("newer.db", (enum store_mode)mode, LAT_DATAERR,
		               "of version 6, made by a newer latlas");

	CHECK_CASE("an empty file becomes a database only when asked to");
	write_file("empty.db", "", 0);
	expect_refusal("empty.db", STORE_READ, LAT_DATAERR, "is empty");
	expect_refusal("empty.db", STORE_WRITE, LAT_DATAERR, "is empty");
	store_close(opened("empty.db", STORE_CREATE));
	store_close(opened("empty.db", STORE_READ));

	CHECK_CASE("our mark without our tables");
	shell(path("hollow.db"), "PRAGMA application_id = 1818326124; PRAGMA user_version = 1", NULL, 0);
	expect_refusal("hollow.db", STORE_READ, LAT_DATAERR, "is damaged");
}

static void settings(void)
{
	char text[40];

	CHECK_CASE("what is created is ours, in WAL, with large pages, and stays when opened again");
	struct store *s = opened("a.db", STORE_CREATE);
	add_batches(s, 1, 3, 2);
	store_close(s);
	shell(path("a.db"), "PRAGMA application_id", text, sizeof text);
	CHECK_STR(text, "1818326124"); /* "latl" */
	shell(path("a.db"), "PRAGMA user_version", text, sizeof text);
	CHECK_STR(text, "5");
	CHECK(access(path("a.db.v1-backup"), F_OK) != 0); /* there was nothing before */
	shell(path("a.db"), "PRAGMA journal_mode", text, sizeof text);
	CHECK_STR(text, "wal");
	shell(path("a.db"), "PRAGMA page_size", text, sizeof text);
	CHECK_STR(text, "8192");
	shell(path("a.db"),
	      "SELECT sum(strict) = count(*) FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE "
	      "'sqlite%'",
	      text, sizeof text);
	CHECK_STR(text, "1");
	s = opened("a.db", STORE_CREATE);
	CHECK_INT(attempts(s), 6);
	add_batches(s, 4, 1, 2);
	CHECK_INT(attempts(s), 8);
	store_close(s);
	shell(path("a.db"), "SELECT count(*) FROM series", text, sizeof text);
	CHECK_STR(text, "1"); /* interned across handles */
	shell(path("a.db"), "PRAGMA integrity_check", text, sizeof text);
	CHECK_STR(text, "ok");
	shell(path("a.db"), "PRAGMA foreign_key_check", text, sizeof text);
	CHECK_STR(text, "");

	CHECK_CASE("a reader can't write");
	s = opened("a.db", STORE_READ);
	struct batch *b = fixture_batch(99, "p", HOUR);
	struct store_batch sb = fixture_push(b);
	size_t left;
	CHECK_INT(store_append(s, &sb, 1, &err), LAT_IOERR);
	CHECK_INT(store_fold(s, 1, &left, &err), LAT_IOERR);
	CHECK_INT(attempts(s), 8);
	fixture_free(b);
	store_close(s);

	CHECK_CASE("a relative path, and names that SQLite would take for something else");
	char before[512];
	CHECK(getcwd(before, sizeof before) != NULL && chdir(folder) == 0);
	static const char *const names[] = {":memory:", "file:x.db?mode=memory", "-x.db"};
	for (size_t i = 0; i < 3; i++) {
		CHECK_INT(store_open_sqlite(&s, names[i], STORE_CREATE, &err), 0);
		store_close(s);
		CHECK(access(path(names[i]), F_OK) == 0);
	}
	CHECK(chdir(before) == 0);
}

/* ---- readers and writers ----------------------------------------------------------------- */

struct meddler { struct store *writer; uint64_t n, next; };

/* While a scan runs, the writer adds batches and folds everything. */
static int meddle(void *ctx, const struct store_cell *c, struct err *e)
{
	struct meddler *m = ctx;
	size_t left;

	m->n += c->cell->attempts;
	if (m->writer == NULL)
		return 0;
	add_batches(m->writer, m->next, 2, 5); /* of both probes: one has been told by now */
	m->next += 2;
	return store_fold(m->writer, SIZE_MAX, &left, e);
}

static void readers(void)
{
	struct store_window w = {0, INT64_MAX, US_PER_HOUR, FIXTURE_ALL};
	size_t left;

	CHECK_CASE("a reader beside a writer sees one state a scan, and the new one at the next");
	struct store *writer = opened("r.db", STORE_CREATE), *reader = opened("r.db", STORE_READ);
	CHECK_INT(attempts(reader), 0);
	add_batches(writer, 1, 200, 2);
	CHECK_INT(store_fold(writer, 100, &left, &err), 0);
	CHECK_INT(left, 100);
	struct meddler m = {writer, 0, 1000};
	CHECK_INT(store_scan_cells(reader, &w, meddle, &m, &err), 0);
	CHECK(m.next > 1002);
	CHECK_INT(m.n, 400);
	CHECK_INT(attempts(reader), 400 + 5 * (m.next - 1000));
	struct store_totals t;
	CHECK_INT(store_totals(reader, &t, &err), 0);
	CHECK_INT(t.unfolded, 0);

	CHECK_CASE("two writers in turn");
	struct store *second = opened("r.db", STORE_WRITE);
	add_batches(writer, 5000, 1, 1);
	add_batches(second, 6000, 1, 1);
	add_batches(writer, 7000, 1, 1);
	struct batch *b = fixture_batch(5000, "lagos-1", HOUR + INT64_C(5000) * 60 * US_PER_S);
	struct store_batch sb = fixture_push(b);
	CHECK_INT(store_append(second, &sb, 1, &err), 0);
	CHECK_INT(sb.result, STORE_DUPLICATE);
	fixture_free(b);
	CHECK_INT(attempts(second), 403 + 5 * (m.next - 1000));

	CHECK_CASE("what was committed is found without the process that did it");
	copy_file(path("r.db"), path("dead.db")); /* as a machine that lost power leaves it */
	copy_file(path("r.db-wal"), path("dead.db-wal"));
	struct store *dead = opened("dead.db", STORE_READ);
	CHECK_INT(attempts(dead), 403 + 5 * (m.next - 1000));
	store_close(dead);
	store_close(reader);
	store_close(second);
	store_close(writer);

	CHECK_CASE("a reader without a writer");
	reader = opened("r.db", STORE_READ);
	CHECK_INT(attempts(reader), 403 + 5 * (m.next - 1000));
	store_close(reader);
	CHECK(unlink(path("r.db-shm")) == 0 && unlink(path("r.db-wal")) == 0); /* the file alone was copied */
	reader = opened("r.db", STORE_READ);
	CHECK_INT(attempts(reader), 403 + 5 * (m.next - 1000));
	store_close(reader);
}

/* In a process of its own (argv: "--nobody FILE"): open as a user who may write nothing. */
static int as_nobody(const char *file)
{
	struct store *s = NULL;
	struct store_totals t = {0};
	int status =
		setgid(65534) != 0 || setuid(65534) != 0 ? 99 : store_open_sqlite(&s, file, STORE_READ, &err);

	if (status == 0)
		status = store_totals(s, &t, &err);
	store_close(s);
	printf("%d %d %s", status, (int)t.samples, err.text);
	return 0;
}

/* What came of it. (A new program, since an open handle must not go through fork.) */
static void read_as_nobody(const char *file, char *out, size_t size)
{
	int fd[2], status;

	out[0] = '\0';
	fflush(stdout);
	if (pipe(fd) != 0)
		return;
	pid_t pid = fork();
	if (pid == 0) {
		if (dup2(fd[1], STDOUT_FILENO) >= 0)
			execl("/proc/self/exe", "store_sqlite_test", "--nobody", file, (char *)NULL);
		_exit(98);
	}
	close(fd[1]);
	ssize_t n = read(fd[0], out, size - 1);
	out[n > 0 ? n : 0] = '\0';
	close(fd[0]);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void read_only_folder(void)
{
	char text[1300];

	CHECK_CASE("a reader who may not write in the folder");
	if (getuid() != 0) {
		CHECK_SKIP("only root can become somebody else");
		return;
	}
	CHECK_INT(mkdir(path("ro"), 0755), 0);
	CHECK_INT(chmod(folder, 0755), 0);
	struct store *s = opened("ro/a.db", STORE_CREATE);
	add_batches(s, 1, 3, 2);
	CHECK(chmod(path("ro/a.db"), 0644) == 0 && chmod(path("ro/a.db-wal"), 0644) == 0
	      && chmod(path("ro/a.db-shm"), 0644) == 0);
	read_as_nobody(path("ro/a.db"), text, sizeof text); /* beside the writer */
	CHECK_STR(text, "0 6 ");
	store_close(s);
	read_as_nobody(path("ro/a.db"), text, sizeof text); /* after it */
	CHECK_STR(text, "0 6 ");

	CHECK_CASE("the same where SQLite's files are missing: one line that says so");
	CHECK(unlink(path("ro/a.db-shm")) == 0 && unlink(path("ro/a.db-wal")) == 0);
	read_as_nobody(path("ro/a.db"), text, sizeof text);
	CHECK_CONTAINS(text, "74 0 ");
	CHECK_CONTAINS(text, "ro/a.db: cannot be read here: SQLite needs");
	CHECK(chmod(path("ro/a.db"), 0600) == 0);
	read_as_nobody(path("ro/a.db"), text, sizeof text);
	CHECK_CONTAINS(text, "74 0 ");
	CHECK_CONTAINS(text, "ro/a.db: Permission denied");
}

/* ---- damage ------------------------------------------------------------------------------- */

static int count_sample(void *ctx, const struct store_sample *s, struct err *e)
{
	(void)s, (void)e;
	++*(int *)ctx;
	return 0;
}

static void expect_damage(const char *file, const char *sql, const char *says)
{
	struct store_window w = {0, INT64_MAX, US_PER_HOUR, FIXTURE_ALL};
	int n = 0;

	copy_file(path("whole.db"), path(file));
	shell(path(file), sql, NULL, 0);
	struct store *s = opened(file, STORE_WRITE);
	int status = store_scan_cells(s, &w, add_attempts, &(uint64_t){0}, &err);
	if (status == 0)
		status = store_scan_samples(s, 0, INT64_MAX, count_sample, &n, &err);
	CHECK_INT(status, LAT_DATAERR);
	CHECK_CONTAINS(err.text, path(file));
	CHECK_CONTAINS(err.text, "is damaged");
	CHECK_CONTAINS(err.text, says);
	store_close(s);
}

static void expect_no_fold(const char *name, const char *sql, const char *says)
{
	char text[40];
	size_t left;

	copy_file(path("whole.db"), path(name));
	shell(path(name), sql, NULL, 0);
	struct store *s = opened(name, STORE_WRITE);
	CHECK_INT(store_fold(s, SIZE_MAX, &left, &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, path(name));
	CHECK_CONTAINS(err.text, says);
	store_close(s);
	shell(path(name), "SELECT count(*) FROM unfolded", text, sizeof text);
	CHECK_STR(text, "50");
	shell(path(name), "SELECT sum(attempts) FROM cell", text, sizeof text);
	CHECK_STR(text, "1000"); /* those folded before: 50 batches of 20 */
}

static void damage(void)
{
	CHECK_CASE("damage is an error, never a short result");
	struct store *s = opened("whole.db", STORE_CREATE);
	size_t left;
	add_batches(s, 1, 100, 20);
	CHECK_INT(store_fold(s, 50, &left, &err), 0);
	store_close(s);
	expect_damage("d1.db", "DELETE FROM sample WHERE id = (16384 * 100) + 7",
	              "has 20 samples, 19 are there");
	expect_damage("d2.db", "UPDATE sample SET series = 999 WHERE id = (16384 * 60) + 7",
	              "there is no series 999");
	expect_damage("d3.db", "PRAGMA foreign_keys = OFF; DELETE FROM string WHERE text = '0.1.0'",
	              "there is no string");
	expect_damage("d4.db", "UPDATE cell SET data = x'0102' WHERE hour = (SELECT max(hour) FROM cell)",
	              "the cell of probe 1, hour ");
	expect_damage("d5.db", "UPDATE cell SET data = x''", "cell");

	CHECK_CASE("and folds nothing, wherever in a row of batches it is: the even ones wait");
	expect_no_fold("f1.db", "DELETE FROM sample WHERE id = (16384 * 100) + 7",
	               "batch 100 has 20 samples, 19 are there");
	expect_no_fold("f2.db", "DELETE FROM sample WHERE id >> 14 = 52", "batch 52 has 20 samples, 0 are there");
	expect_no_fold("f3.db", "DELETE FROM sample WHERE id >> 14 = 100", "batch 100 has 20 samples, 0 are there");
	expect_no_fold("f4.db", "UPDATE sample SET id = id + 30 WHERE id = (16384 * 70) + 19",
	               "batch 70 has 20 samples, 19 are there");
	expect_no_fold("f5.db",
	               "PRAGMA foreign_keys = OFF; UPDATE sample SET error = 777 WHERE id = (16384 * 80) + 3",
	               "there is no string 777");

	CHECK_CASE("overwritten pages too");
	copy_file(path("whole.db"), path("torn.db"));
	struct stat st;
	CHECK(stat(path("torn.db"), &st) == 0 && st.st_size > 10 * 8192);
	int fd = open(path("torn.db"), O_WRONLY);
	for (off_t page = 1; page < st.st_size / 8192; page++) /* all but the first */
		CHECK_INT(pwrite(fd, "\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee", 16,
		                 page * 8192),
		          16);
	close(fd);
	expect_refusal("torn.db", STORE_READ, LAT_DATAERR, "is damaged");
}

/* ---- on the disk ---------------------------------------------------------------------------- */

/* The planet's usual batch: 20 samples of a round. Issue: at most 110 bytes a raw sample. */
static void cost(void)
{
	enum { BATCHES = 2000, SAMPLES = 20 };
	struct rng r;

	CHECK_CASE("a raw sample takes at most 110 bytes on the disk, its batch included");
	struct store *s = opened("cost.db", STORE_CREATE);
	rng_seed(&r, 7);
	struct stat before, after;
	CHECK_INT(stat(path("cost.db"), &before), 0);
	for (uint64_t i = 0; i < BATCHES; i++) {
		struct batch *b = fixture_batch(i, i % 2 ? "mumbai-1" : "frankfurt-1",
		                                HOUR + (int64_t)i * 30 * US_PER_S);
		b->round_ok = 20;
		for (int j = 0; j < SAMPLES; j++) {
			struct sample *x = fixture_sample(b, j % 2 ? "www" : "origin",
			                                  b->started_us + rng_below(&r, 20 * US_PER_S));
			x->dns_us = 1000 + rng_below(&r, 50000);
			x->tcp_us = 1000 + rng_below(&r, 200000);
			x->tls_us = 1000 + rng_below(&r, 200000);
			x->wait_us = 1000 + rng_below(&r, 200000);
			x->body_us = 100000 + rng_below(&r, 900000);
			x->min_rtt_us = 1000 + rng_below(&r, 200000);
			x->bytes = 1000000;
		}
		struct store_batch sb = fixture_push(b);
		for (int j = 0; j < 32; j++)
			sb.digest[j] = (uint8_t)rng_next(&r);
		CHECK_INT(store_append(s, &sb, 1, &err), 0);
		fixture_free(b);
	}
	store_close(s); /* the log goes into the file */
	CHECK_INT(stat(path("cost.db"), &after), 0);
	double each = (double)(after.st_size - before.st_size) / (BATCHES * SAMPLES);
	printf("# %.1f bytes a sample\n", each);
	CHECK(each > 40 && each <= 110);
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--nobody") == 0)
		return as_nobody(argv[2]);
	if ((folder = fixture_folder()) == NULL)
		return 1;
	refusals();
	settings();
	readers();
	read_only_folder();
	damage();
	cost();
	int status = check_done();
	fixture_remove(folder);
	return status;
}
