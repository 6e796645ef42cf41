#include "lib/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/check.h"

/* System calls of which the Nth fails. A write takes three bytes at most, so that the
 * loop around it is tested as well. */
static int calls, fail_at, fail_errno;

static bool fails(void)
{
	if (++calls != fail_at)
		return false;
	errno = fail_errno;
	return true;
}

static int test_open(const char *path, int flags, mode_t mode)
{
	return fails() ? -1 : open(path, flags, mode);
}

static ssize_t test_write(int fd, const void *data, size_t len)
{
	return fails() ? -1 : write(fd, data, len < 3 ? len : 3);
}

static int test_fsync(int fd)
{
	return fails() ? -1 : fsync(fd);
}

static int test_rename(const char *from, const char *to)
{
	return fails() ? -1 : rename(from, to);
}

static int test_close(int fd)
{
	close(fd); /* as Linux does it, also when it reports an error */
	errno = 0;
	return fails() ? -1 : 0;
}

static const struct file_ops ops = { test_open, test_write, test_fsync, test_rename, test_close };

static ssize_t test_write_none(int fd, const void *data, size_t len)
{
	(void)fd, (void)data, (void)len;
	return 0;
}

static char dir[64];

static const char *path(const char *name)
{
	static char out[2][512];
	static int turn;
	turn = !turn;
	snprintf(out[turn], sizeof out[turn], "%s/%s", dir, name);
	return out[turn];
}

static const char *content(const char *name)
{
	static struct buf b;
	struct err err;
	buf_free(&b);
	buf_init(&b, 0);
	return file_read(path(name), 1000, &b, &err) == 0 ? buf_str(&b) : "(unreadable)";
}

static int entries(void)
{
	int n = 0;
	DIR *d = opendir(dir);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2; /* . and .. */
}

/* A run with no fault tells how many calls there are; then each of them fails once. */
static void every_fault(bool existing)
{
	struct err err = { 0 };
	calls = fail_at = 0;
	fail_errno = EIO;
	CHECK_INT(file_write_atomic(path("f"), "new content", 11, 0600, &ops, &err), 0);
	int total = calls;
	/* Folder opened, file opened, 4 writes of 3 bytes, fsync, close, rename, fsync and
	 * close of the folder. */
	CHECK_INT(total, 11);
	int told = 0, kept = 0;
	for (fail_at = 1; fail_at <= total; fail_at++) {
		unlink(path("f"));
		if (existing)
			CHECK_INT(file_write_atomic(path("f"), "old", 3, 0600, NULL, &err), 0);
		calls = 0;
		err = (struct err){ 0 };
		int rc = file_write_atomic(path("f"), "new content", 11, 0600, &ops, &err);
		bool renamed = strcmp(content("f"), "new content") == 0;
		told += rc == LAT_IOERR && err.code == LAT_IOERR
		        && strstr(err.text, "Input/output error") != NULL;
		kept += strcmp(content("f"), existing ? "old" : "(unreadable)") == 0;
		CHECK(rc != 0 || renamed);
		CHECK_INT(entries(), existing || renamed);
	}
	CHECK_INT(told, total - 1); /* all but closing the folder, at which nothing can be lost */
	CHECK_INT(kept, total - 2); /* after the rename the new file is there: fsync of the folder */
	fail_at = 0;
	unlink(path("f"));
}

int main(void)
{
	struct err err = { 0 };
	struct buf b;
	buf_init(&b, 0);
	snprintf(dir, sizeof dir, "/tmp/latlas-file-test-XXXXXX");
	if (mkdtemp(dir) == NULL) {
		CHECK_CASE("a folder to work in");
		CHECK_SKIP("cannot make one in /tmp");
		return check_done();
	}

	CHECK_CASE("written, then read");
	CHECK_INT(file_write_atomic(path("f"), "a\0b\n", 4, 0600, NULL, &err), 0);
	CHECK_INT(file_read(path("f"), 4, &b, &err), 0);
	CHECK(b.len == 4 && memcmp(b.data, "a\0b\n", 4) == 0);
	struct stat st;
	CHECK(stat(path("f"), &st) == 0 && (st.st_mode & 07777) == 0600);
	CHECK_INT(entries(), 1);

	CHECK_CASE("reading appends");
	CHECK_INT(file_read(path("f"), 4, &b, &err), 0);
	CHECK_INT(b.len, 8);

	CHECK_CASE("larger than the limit: DATAERR, the buffer as it was");
	CHECK_INT(file_read(path("f"), 3, &b, &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "limit of 3 bytes");
	CHECK_INT(b.len, 8);
	struct buf small;
	buf_init(&small, 2);
	CHECK_INT(file_read(path("f"), 100, &small, &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "limit of 2 bytes");
	buf_free(&small);

	CHECK_CASE("a large file comes whole, over many reads");
	char *large = malloc(300000);
	for (int i = 0; i < 300000; i++)
		large[i] = (char)(i * 7 % 251);
	CHECK_INT(file_write_atomic(path("f"), large, 300000, 0644, NULL, &err), 0);
	buf_clear(&b);
	CHECK_INT(file_read(path("f"), 300000, &b, &err), 0);
	CHECK(b.len == 300000 && memcmp(b.data, large, 300000) == 0);
	CHECK_INT(file_read(path("f"), 299999, &b, &err), LAT_DATAERR);
	CHECK(b.len == 300000 && b.data[300000] == '\0');
	free(large);

	CHECK_CASE("not there: NOINPUT; a folder: IOERR");
	CHECK_INT(file_read(path("nothing"), 10, &b, &err), LAT_NOINPUT);
	CHECK_CONTAINS(err.text, "nothing: cannot open: No such file");
	CHECK_INT(file_read(path("f/g"), 10, &b, &err), LAT_NOINPUT);
	CHECK_INT(file_read(dir, 10, &b, &err), LAT_IOERR);

	CHECK_CASE("an empty file");
	CHECK_INT(file_write_atomic(path("f"), NULL, 0, 0600, NULL, &err), 0);
	buf_clear(&b);
	CHECK_INT(file_read(path("f"), 0, &b, &err), 0);
	CHECK_INT(b.len, 0);
	unlink(path("f"));

	CHECK_CASE("the Nth call fails: the old file stays, nothing is left behind");
	every_fault(true);

	CHECK_CASE("the Nth call fails: where no file was, none is");
	every_fault(false);

	CHECK_CASE("an interrupted call is made again");
	fail_errno = EINTR;
	for (fail_at = 1; fail_at <= 12; fail_at++) {
		calls = 0;
		if (fail_at == 9) /* rename is never interrupted */
			continue;
		CHECK_INT(file_write_atomic(path("f"), "new content", 11, 0600, &ops, &err), 0);
		CHECK_STR(content("f"), "new content");
		CHECK_INT(entries(), 1);
	}
	fail_at = 0;

	CHECK_CASE("a write that takes nothing is an error, not a loop");
	struct file_ops none = file_ops_system;
	none.write = test_write_none;
	CHECK_INT(file_write_atomic(path("f"), "x", 1, 0600, &none, &err), LAT_IOERR);
	CHECK_STR(content("f"), "new content");
	CHECK_INT(entries(), 1);

	CHECK_CASE("a temporary that a crash left does not stand in the way");
	char left[128];
	snprintf(left, sizeof left, ".f.%ld.0.tmp", (long)getpid());
	CHECK(symlink("f", path(left)) == 0);
	CHECK_INT(file_write_atomic(path("f"), "newer", 5, 0600, NULL, &err), 0);
	CHECK_STR(content("f"), "newer");
	unlink(path(left));
	CHECK_INT(entries(), 1);

	CHECK_CASE("a name as long as names may be");
	char name[256];
	memset(name, 'n', 255);
	name[255] = '\0';
	CHECK_INT(file_write_atomic(path(name), "x", 1, 0600, NULL, &err), 0);
	CHECK_STR(content(name), "x");
	unlink(path(name));

	CHECK_CASE("no folder: IOERR that names it");
	CHECK_INT(file_write_atomic(path("no/f"), "x", 1, 0600, NULL, &err), LAT_IOERR);
	CHECK_CONTAINS(err.text, "/no: cannot open the folder: No such file");

	CHECK_CASE("the working folder");
	CHECK(chdir(dir) == 0);
	CHECK_INT(file_write_atomic("f", "here", 4, 0600, NULL, &err), 0);
	CHECK_STR(content("f"), "here");
	CHECK(chdir("/") == 0);

	CHECK_CASE("an open file: all of it, three bytes at a time; an interruption is none");
	int fd = open(path("f"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	calls = 0, fail_at = 2, fail_errno = EINTR;
	CHECK_INT(file_write_all(fd, "abcdefgh", 8, &ops), 0);
	CHECK_STR(content("f"), "abcdefgh");
	calls = 0, fail_at = 2, fail_errno = ENOSPC;
	CHECK_INT(file_write_all(fd, "ijklmnop", 8, &ops), -1);
	CHECK_INT(errno, ENOSPC);
	CHECK_STR(content("f"), "abcdefghijk");
	CHECK_INT(file_write_all(fd, "x", 1, &none), -1);
	CHECK_INT(errno, EIO);
	CHECK_INT(file_write_all(fd, "l", 1, NULL), 0);
	CHECK_INT(file_write_all(fd, "", 0, NULL), 0);
	CHECK_STR(content("f"), "abcdefghijkl");
	close(fd);

	CHECK_CASE("the folder of a path, by its text");
	static const char *const folders[][2] = {{"f", "."}, {"/f", "/"}, {"/", "/"}, {"a/f", "a"},
	                                         {"/a/b/f", "/a/b"}, {"./f", "."}, {"a/", "a"}, {"", "."}};
	for (size_t i = 0; i < LAT_COUNT(folders); i++) {
		char *folder = file_folder(folders[i][0]);
		CHECK_STR(folder, folders[i][1]);
		free(folder);
	}

	CHECK_CASE("folders with their parents, again without harm");
	CHECK_INT(file_mkdirs(path("a/b//c/"), 0700, &err), 0);
	CHECK_INT(file_mkdirs(path("a/b/c"), 0700, &err), 0);
	CHECK(stat(path("a/b/c"), &st) == 0 && S_ISDIR(st.st_mode));
	CHECK_INT(file_mkdirs("/", 0700, &err), 0);

	CHECK_CASE("a file where a folder should be");
	CHECK_INT(file_mkdirs(path("f/x"), 0700, &err), LAT_IOERR);
	CHECK_CONTAINS(err.text, "/f: is there and is not a folder");
	CHECK_INT(file_mkdirs(path("f"), 0700, &err), LAT_IOERR);

	CHECK_CASE("a path that is good wherever it is read");
	char whole[64], tight[8];
	CHECK(chdir("/usr") == 0);
	CHECK_INT(file_absolute("a/../b", whole, sizeof whole, &err), 0);
	CHECK_STR(whole, "/usr/a/../b");
	CHECK_INT(file_absolute("/etc/x", whole, sizeof whole, &err), 0);
	CHECK_STR(whole, "/etc/x");
	CHECK_INT(file_absolute("abc", tight, sizeof tight, &err), LAT_USAGE); /* "/usr/abc" has eight */
	CHECK_CONTAINS(err.text, "longer than 7 bytes");
	CHECK_INT(file_absolute("ab", tight, sizeof tight, &err), 0);
	CHECK_STR(tight, "/usr/ab");
	CHECK(chdir("/") == 0);
	CHECK_INT(file_absolute("a", whole, sizeof whole, &err), 0);
	CHECK_STR(whole, "/a");

	CHECK_CASE("what root makes in a folder of somebody else's is that one's");
	if (geteuid() != 0 || chown(dir, 12345, 54321) != 0) {
		CHECK_SKIP("only root can give files away");
	} else {
		CHECK_INT(file_write_atomic(path("f"), "x", 1, 0600, NULL, &err), 0);
		CHECK_INT(file_mkdirs(path("g/h/"), 0700, &err), 0);
		static const char *const made[] = { "f", "g", "g/h" };
		for (size_t i = 0; i < LAT_COUNT(made); i++) {
			CHECK(stat(path(made[i]), &st) == 0);
			CHECK_INT(st.st_uid, 12345);
			CHECK_INT(st.st_gid, 54321);
		}
		CHECK(chown(path("g"), 0, 0) == 0);
		CHECK_INT(file_mkdirs(path("g/d"), 0700, &err), 0);
		CHECK(stat(path("g/d"), &st) == 0 && st.st_uid == 0);
		CHECK(chown(dir, 0, 0) == 0);
		rmdir(path("g/d"));
		rmdir(path("g/h"));
		rmdir(path("g"));
	}

	rmdir(path("a/b/c"));
	rmdir(path("a/b"));
	rmdir(path("a"));
	unlink(path("f"));
	CHECK_INT(rmdir(dir), 0);
	buf_free(&b);
	return check_done();
}
