/* The spool: order, room, rejection, and what a failing system call leaves behind. */
#include "probe/spool.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/attr.h"
#include "tests/check.h"

static char folder[] = "/tmp/latlas-spool-XXXXXX";
static struct err err;

static bool exists(const char *name)
{
	char path[4200];
	struct stat st;
	snprintf(path, sizeof path, "%s/%s", folder, name);
	return stat(path, &st) == 0;
}

static void put(const char *name, const char *text)
{
	char path[4200];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	CHECK_INT(file_write_atomic(path, text, strlen(text), 0600, NULL, &err), 0);
}

static int add(struct spool *s, int64_t started, unsigned part, const char *uuid, size_t bytes)
{
	struct buf text;
	buf_init(&text, 0);
	for (size_t i = 0; i < bytes; i++)
		buf_addc(&text, 'x');
	int rc = spool_add(s, started, part, uuid, &text, &err);
	buf_free(&text);
	return rc;
}

/* system calls that fail when told to */
static int fail_at, calls;
static bool failing(void) { return ++calls == fail_at; }
static ssize_t short_write(int fd, const void *data, size_t len)
{
	if (failing()) {
		errno = ENOSPC;
		return -1;
	}
	return write(fd, data, len > 100 ? 100 : len); /* never all at once */
}
static int bad_fsync(int fd)
{
	if (failing()) {
		errno = EIO;
		return -1;
	}
	return fsync(fd);
}
static int bad_rename(const char *from, const char *to)
{
	if (failing()) {
		errno = EIO;
		return -1;
	}
	return rename(from, to);
}

/* libc's, which give EIO when told to: after so many names of a folder; for a file of this name. */
static int names_left = -1;
static const char *bad_name;

struct dirent *readdir(DIR *dir)
{
	static struct dirent *(*next)(DIR *);
	void *found = dlsym(RTLD_NEXT, "readdir");
	memcpy(&next, &found, sizeof next); /* C has no cast for it */
	if (names_left == 0) {
		errno = EIO;
		return NULL;
	}
	names_left -= names_left > 0;
	return next(dir);
}

int fstatat(int dir, const char *name, struct stat *st, int flags)
{
	static int (*next)(int, const char *, struct stat *, int);
	void *found = dlsym(RTLD_NEXT, "fstatat");
	memcpy(&next, &found, sizeof next);
	if (bad_name != NULL && strcmp(name, bad_name) == 0) {
		errno = EIO;
		return -1;
	}
	return next(dir, name, st, flags);
}

static void order(void)
{
	struct spool s;
	struct buf text;
	CHECK_CASE("a spool is made, and takes batches");
	CHECK_INT(spool_open(&s, folder, 1 << 20, &err), 0);
	CHECK(exists("rejected"));
	CHECK_INT(s.files.len, 0);
	CHECK_INT(add(&s, 2000, 0, "00000000-0000-4000-8000-000000000002", 10), 0);
	CHECK_INT(add(&s, 1000, 1, "00000000-0000-4000-8000-000000000001", 20), 0);
	CHECK_INT(add(&s, 1000, 0, "ffffffff-0000-4000-8000-000000000001", 30), 0);
	CHECK_INT(add(&s, 1795379785106055, 0, "00000000-0000-4000-8000-000000000000", 40), 0);
	CHECK_CASE("oldest first, in the order of their parts, also after it was opened again");
	for (int again = 0; again < 2; again++) {
		CHECK_INT(s.files.len, 4);
		CHECK_INT(s.bytes, 100);
		CHECK_INT(s.files.at[0].bytes, 30);
		CHECK_INT(s.files.at[1].bytes, 20);
		CHECK_INT(s.files.at[2].bytes, 10);
		CHECK_INT(s.files.at[3].bytes, 40);
		spool_close(&s);
		put(".01-000-x.ndjson.77.0.tmp", "half a batch of a round that was killed");
		put("plan.json", "{}");
		put("state.json", "{}");
		put("lock", "");
		CHECK_INT(spool_open(&s, folder, 1 << 20, &err), 0);
	}
	CHECK_CASE("temporary files of a killed round are removed");
	CHECK(!exists(".01-000-x.ndjson.77.0.tmp"));
	CHECK(exists("plan.json"));
	CHECK_CASE("what was put in comes out");
	buf_init(&text, 0);
	CHECK_INT(spool_read(&s, 1, &text, &err), 0);
	CHECK_STR(buf_str(&text), "xxxxxxxxxxxxxxxxxxxx");
	buf_free(&text);
	CHECK_CASE("acknowledged is gone, rejected is kept apart");
	char name[SPOOL_NAME + 16];
	snprintf(name, sizeof name, "rejected/%s", s.files.at[0].name);
	CHECK_INT(spool_reject(&s, 0, &err), 0);
	CHECK(exists(name));
	CHECK_INT(spool_remove(&s, 0, &err), 0);
	CHECK_INT(s.files.len, 2);
	CHECK_INT(s.bytes, 50);
	CHECK_CASE("room: rejected files first, then the oldest, which are counted");
	int64_t dropped = 0, rejected = 0;
	s.limit_bytes = 100; /* 50 of batches, 30 rejected */
	CHECK_INT(spool_make_room(&s, 20, &dropped, &rejected, &err), 0);
	CHECK_INT(dropped, 0);
	CHECK(exists(name));
	CHECK_INT(spool_make_room(&s, 21, &dropped, &rejected, &err), 0);
	CHECK_INT(dropped, 0);
	CHECK(!exists(name));
	CHECK_INT(spool_make_room(&s, 51, &dropped, &rejected, &err), 0);
	CHECK_INT(dropped, 1);
	CHECK_INT(s.files.len, 1);
	CHECK_INT(s.files.at[0].bytes, 40); /* the younger one */
	CHECK_INT(spool_make_room(&s, 1000, &dropped, &rejected, &err), 0);
	CHECK_INT(dropped, 2);
	CHECK_INT(s.files.len, 0);
	spool_close(&s);
}

/* Make the Nth system call fail, for every N: the batch is there whole, or not at all. */
static void faults(void)
{
	struct file_ops ops = file_ops_system;
	ops.write = short_write;
	ops.fsync = bad_fsync;
	ops.rename = bad_rename;
	CHECK_CASE("a failing system call leaves a whole batch or none, and no temporary");
	struct spool first;
	struct buf old;
	int failures = 0, n = 0;
	CHECK_INT(spool_open(&first, folder, 1 << 20, &err), 0);
	CHECK_INT(add(&first, 4000, 0, "00000000-0000-4000-8000-00000000000e", 700), 0);
	for (bool whole = false; !whole && n < 50;) {
		struct spool s;
		fail_at = ++n;
		calls = 0;
		CHECK_INT(spool_open(&s, folder, 1 << 20, &err), 0);
		s.ops = &ops;
		int rc = add(&s, 5000, 0, "00000000-0000-4000-8000-00000000000f", 1000);
		whole = rc == 0;
		failures += rc != 0;
		if (rc != 0)
			CHECK_INT(rc, LAT_IOERR);
		spool_close(&s);
		CHECK_INT(spool_open(&s, folder, 1 << 20, &err), 0);
		/* Only the fsync of the folder fails with the file already in its place. */
		CHECK(s.files.len == 1 || s.files.len == 2);
		for (size_t i = 0; i < s.files.len; i++) {
			buf_init(&old, 0);
			CHECK_INT(spool_read(&s, i, &old, &err), 0);
			CHECK_INT(old.len, i == 0 ? 700 : 1000);
			buf_free(&old);
		}
		while (s.files.len > 1)
			CHECK_INT(spool_remove(&s, 1, &err), 0);
		spool_close(&s);
	}
	CHECK_INT(spool_remove(&first, 0, &err), 0);
	spool_close(&first);
	/* ten writes of 100 bytes, two fsyncs and a rename can fail */
	CHECK_INT(failures, 13);
}

/* One byte of what was written is another one now. */
static void flip(const char *name, long at)
{
	char path[4200];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "r+");
	CHECK(f != NULL && fseek(f, at, SEEK_SET) == 0 && fputc('y', f) == 'y' && fclose(f) == 0);
}

static void strange(void)
{
	struct spool s;
	struct buf text;
	CHECK_CASE("a byte that is not what was written is seen, wherever it is");
	CHECK_INT(spool_open(&s, folder, 1 << 20, &err), 0);
	for (long at = 0; at < 100; at += 33) {
		CHECK_INT(add(&s, 5500, 0, "00000000-0000-4000-8000-00000000000d", 100), 0);
		flip(s.files.at[0].name, at);
		buf_init(&text, 0);
		CHECK_INT(spool_read(&s, 0, &text, &err), LAT_DATAERR);
		CHECK_CONTAINS(err.text, "not what was written");
		buf_free(&text);
		CHECK_INT(spool_remove(&s, 0, &err), 0);
	}
	spool_close(&s);
	CHECK_CASE("a file of an older version has no hash in its name, and is read");
	put("00000000000005600-000-00000000-0000-4000-8000-00000000000c.ndjson", "old");
	CHECK_INT(spool_open(&s, folder, 1 << 20, &err), 0);
	buf_init(&text, 0);
	CHECK_INT(spool_read(&s, 0, &text, &err), 0);
	CHECK_STR(buf_str(&text), "old");
	buf_free(&text);
	CHECK_INT(spool_remove(&s, 0, &err), 0);
	spool_close(&s);
	CHECK_CASE("a file larger than any batch can't be one");
	CHECK_INT(spool_open(&s, folder, 1 << 30, &err), 0);
	CHECK_INT(add(&s, 6000, 0, "00000000-0000-4000-8000-00000000000e", (4 << 20) + 1), 0);
	buf_init(&text, 0);
	CHECK_INT(spool_read(&s, 0, &text, &err), LAT_DATAERR);
	buf_free(&text);
	CHECK_INT(spool_remove(&s, 0, &err), 0);
	spool_close(&s);
	CHECK_CASE("a folder that cannot be made is an error that names it");
	CHECK_INT(spool_open(&s, "/proc/nowhere/spool", 1 << 20, &err), LAT_IOERR);
	CHECK_CONTAINS(err.text, "/proc/nowhere");
}

/* Batches that cannot be seen must not look like batches that are not there. */
static void unseen(void)
{
	struct spool s;
	char name[SPOOL_NAME];
	CHECK_CASE("a folder that cannot be read to its end is an error");
	CHECK_INT(spool_open(&s, folder, 1 << 20, &err), 0);
	CHECK_INT(add(&s, 7000, 0, "00000000-0000-4000-8000-00000000000a", 10), 0);
	CHECK_INT(add(&s, 7001, 0, "00000000-0000-4000-8000-00000000000b", 20), 0);
	memcpy(name, s.files.at[0].name, sizeof name);
	spool_close(&s);
	for (names_left = 4; names_left >= 0; names_left--) {
		int left = names_left;
		CHECK_INT(spool_open(&s, folder, 1 << 20, &err), LAT_IOERR);
		CHECK_CONTAINS(err.text, "cannot read the folder");
		CHECK_INT(s.files.len, 0);
		names_left = left;
	}
	CHECK_CASE("a file that cannot be looked at is in the list");
	bad_name = name;
	CHECK_INT(spool_open(&s, folder, 1 << 20, &err), 0);
	bad_name = NULL;
	CHECK_INT(s.files.len, 2);
	CHECK_INT(s.bytes, 20);
	CHECK(spool_has(&s, name));
	CHECK(!spool_has(&s, "00000000000007000"));
	CHECK(!spool_has(&s, ""));
	while (s.files.len > 0)
		CHECK_INT(spool_remove(&s, 0, &err), 0);
	CHECK(!spool_has(&s, name));
	spool_close(&s);
}

static void crowded(void)
{
	struct spool s;
	char path[4200];
	int64_t dropped = 0, rejected = 0;
	CHECK_CASE("room is made of what can be dropped, and what cannot is told of");
	CHECK_INT(spool_open(&s, folder, 1 << 20, &err), 0);
	for (int64_t at = 8000; at < 8003; at++)
		CHECK_INT(add(&s, at, 0, "00000000-0000-4000-8000-00000000000a", 100), 0);
	/* A folder in the oldest one's place: no unlink() takes it away. */
	snprintf(path, sizeof path, "%s/%s", folder, s.files.at[0].name);
	CHECK_INT(unlink(path), 0);
	CHECK_INT(mkdir(path, 0700), 0);
	s.limit_bytes = 300;
	CHECK_INT(spool_make_room(&s, 0, &dropped, &rejected, &err), 0);
	CHECK_INT(spool_make_room(&s, 50, &dropped, &rejected, &err), LAT_IOERR);
	CHECK_CONTAINS(err.text, s.files.at[0].name);
	CHECK_INT(dropped, 1);
	CHECK_INT(s.files.len, 2);
	CHECK_INT(rmdir(path), 0);
	CHECK_CASE("also where rejected/ cannot be read");
	names_left = 0;
	CHECK_INT(spool_make_room(&s, 150, &dropped, &rejected, &err), LAT_IOERR);
	names_left = -1;
	CHECK_CONTAINS(err.text, "rejected: cannot read the folder");
	CHECK_INT(dropped, 2);
	CHECK_INT(spool_remove(&s, 0, &err), 0);
	spool_close(&s);
}

int main(void)
{
	char path[4200];
	if (mkdtemp(folder) == NULL)
		return 1;
	order();
	faults();
	strange();
	unseen();
	crowded();
	static const char *const left[] = { "plan.json", "state.json", "lock" };
	for (size_t i = 0; i < LAT_COUNT(left); i++) {
		snprintf(path, sizeof path, "%s/%s", folder, left[i]);
		unlink(path);
	}
	snprintf(path, sizeof path, "%s/rejected", folder);
	rmdir(path);
	CHECK_CASE("nothing is left behind");
	CHECK_INT(rmdir(folder), 0);
	return check_done();
}
