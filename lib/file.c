#include "lib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_TEMPORARIES 1000 /* names tried before we give up */

static int system_open(const char *path, int flags, mode_t mode)
{
	return open(path, flags, mode);
}

const struct file_ops file_ops_system = {
	.open = system_open, .write = write, .fsync = fsync, .rename = rename, .close = close,
};

/* ---- reading ------------------------------------------------------------------- */

static int read_all(int fd, const char *path, size_t limit, struct buf *out, struct err *err)
{
	size_t start = out->len;
	for (;;) {
		size_t have = out->len - start;
		/* Ask for one byte more than is allowed, to tell "full" from "too large". */
		size_t ask = limit - have < 65536 ? limit - have + 1 : 65536;
		char chunk[65536];
		ssize_t n = read(fd, chunk, ask < sizeof chunk ? ask : sizeof chunk);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set_errno(err, LAT_IOERR, "%s: cannot read", path);
		if (n == 0)
			return 0;
		if ((size_t)n > limit - have)
			return err_set(err, LAT_DATAERR, "%s: larger than the limit of %zu bytes",
			               path, limit);
		if (!buf_add(out, chunk, (size_t)n)) {
			if (out->limit != 0 && (size_t)n > out->limit - out->len)
				return err_set(err, LAT_DATAERR, "%s: larger than the limit of %zu bytes",
				               path, out->limit);
			return err_nomem(err);
		}
	}
}

int file_read(const char *path, size_t limit, struct buf *out, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		bool absent = errno == ENOENT || errno == ENOTDIR;
		return err_set_errno(err, absent ? LAT_NOINPUT : LAT_IOERR, "%s: cannot open", path);
	}
	size_t start = out->len;
	int rc = read_all(fd, path, limit, out, err);
	close(fd);
	if (rc != 0 && out->data != NULL) {
		out->len = start;
		out->data[start] = '\0';
	}
	return rc;
}

/* ---- writing ------------------------------------------------------------------- */

void file_give(int dir, int fd)
{
	struct stat folder, made;
	if (geteuid() != 0 || fstat(dir, &folder) != 0 || fstat(fd, &made) != 0)
		return;
	if (folder.st_uid != 0 && made.st_uid == 0 && fchown(fd, folder.st_uid, folder.st_gid) != 0)
		return; /* a root that may not: it stays root's */
}

char *file_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	if (slash == NULL)
		return strdup(".");
	if (slash == path)
		return strdup("/");
	return strndup(path, (size_t)(slash - path));
}

/* Create ".NAME.PID.N.tmp" beside `path`. The name starts with a dot and ends in .tmp,
 * so that whoever lists the folder can tell it from a file that is whole. Returns the
 * file descriptor and the name in *temporary (caller frees), or -1 and errno. */
static int create_temporary(const char *path, mode_t mode, const struct file_ops *ops, char **temporary)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;
	size_t folder = (size_t)(name - path);
	for (int i = 0; i < MAX_TEMPORARIES; i++) {
		/* 200: leaves room for the rest below NAME_MAX. */
		if (asprintf(temporary, "%.*s.%.200s.%ld.%d.tmp", (int)folder, path, name,
		             (long)getpid(), i) < 0) {
			*temporary = NULL;
			errno = ENOMEM;
			return -1;
		}
		int fd = ops->open(*temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
		if (fd >= 0)
			return fd;
		int why = errno;
		free(*temporary);
		*temporary = NULL;
		errno = why;
		if (why != EEXIST && why != EINTR)
			return -1;
	}
	return -1;
}

int file_write_all(int fd, const void *data, size_t len, const struct file_ops *ops)
{
	if (ops == NULL)
		ops = &file_ops_system;
	for (const char *at = data; len != 0;) {
		ssize_t n = ops->write(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (n == 0)
				errno = EIO;
			return -1;
		}
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

static int sync_fd(int fd, const struct file_ops *ops)
{
	int rc;
	do
		rc = ops->fsync(fd);
	while (rc != 0 && errno == EINTR);
	return rc;
}

/* Everything up to and with the rename. On failure the temporary is gone. */
static int replace(const char *path, int dir, const void *data, size_t len, mode_t mode,
                   const struct file_ops *ops, struct err *err)
{
	char *temporary;
	int fd = create_temporary(path, mode, ops, &temporary);
	if (fd < 0)
		return err_set_errno(err, LAT_IOERR, "%s: cannot create a temporary file beside it", path);
	file_give(dir, fd);
	int rc = 0;
	if (file_write_all(fd, data, len, ops) != 0)
		rc = err_set_errno(err, LAT_IOERR, "%s: cannot write", temporary);
	else if (sync_fd(fd, ops) != 0)
		rc = err_set_errno(err, LAT_IOERR, "%s: cannot fsync", temporary);
	/* Whatever close says, Linux has closed it: it is never tried twice. */
	if (ops->close(fd) != 0 && errno != EINTR && rc == 0)
		rc = err_set_errno(err, LAT_IOERR, "%s: cannot close", temporary);
	if (rc == 0 && ops->rename(temporary, path) != 0)
		rc = err_set_errno(err, LAT_IOERR, "%s: cannot rename the temporary file to it", path);
	if (rc != 0)
		unlink(temporary);
	free(temporary);
	return rc;
}

int file_write_atomic(const char *path, const void *data, size_t len, mode_t mode,
                      const struct file_ops *ops, struct err *err)
{
	if (ops == NULL)
		ops = &file_ops_system;
	char *folder = file_folder(path);
	if (folder == NULL)
		return err_nomem(err);
	/* The folder is opened first: what can fail should fail before the old file is gone. */
	int dir;
	do
		dir = ops->open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	while (dir < 0 && errno == EINTR);
	if (dir < 0) {
		int rc = err_set_errno(err, LAT_IOERR, "%s: cannot open the folder", folder);
		free(folder);
		return rc;
	}
	int rc = replace(path, dir, data, len, mode, ops, err);
	/* EINVAL: a file system that does not know fsync on folders. */
	if (rc == 0 && sync_fd(dir, ops) != 0 && errno != EINVAL)
		rc = err_set_errno(err, LAT_IOERR, "%s: cannot fsync the folder", folder);
	ops->close(dir);
	free(folder);
	return rc;
}

/* ---- folders ------------------------------------------------------------------- */

static void give_folder(int parent, const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0) {
		file_give(parent, fd);
		close(fd);
	}
}

/* A new folder is a change of the folder that it is in: without that one's fsync the power may take it,
 * and whatever was synced in it, away. One that may be changed but not read can't be synced. */
static int settle(const char *path, struct err *err)
{
	char *copy = strdup(path);
	if (copy == NULL)
		return err_nomem(err);
	for (size_t len = strlen(copy); len > 1 && copy[len - 1] == '/';)
		copy[--len] = '\0';
	char *folder = file_folder(copy);
	int dir = -1, rc = folder == NULL ? err_nomem(err) : 0;
	if (rc == 0) {
		dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir >= 0)
			give_folder(dir, copy);
		if (dir < 0 ? errno != EACCES : sync_fd(dir, &file_ops_system) != 0 && errno != EINVAL)
			rc = err_set_errno(err, LAT_IOERR, "%s: cannot fsync the folder", folder);
	}
	if (dir >= 0)
		close(dir);
	free(folder);
	free(copy);
	return rc;
}

static int make_one(const char *path, mode_t mode, struct err *err)
{
	if (mkdir(path, mode) == 0)
		return settle(path, err);
	int why = errno;
	struct stat st;
	if (stat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return 0;
		return err_set(err, LAT_IOERR, "%s: is there and is not a folder", path);
	}
	errno = why;
	return err_set_errno(err, LAT_IOERR, "%s: cannot make the folder", path);
}

int file_absolute(const char *path, char *out, size_t size, struct err *err)
{
	char folder[PATH_MAX] = "";
	bool rooted = path[0] == '/';
	if (!rooted && getcwd(folder, sizeof folder) == NULL)
		return err_set_errno(err, LAT_IOERR, "the current folder");
	const char *between = rooted || strcmp(folder, "/") == 0 ? "" : "/";
	if ((size_t)snprintf(out, size, "%s%s%s", folder, between, path) >= size)
		return err_set(err, LAT_USAGE, "%.64s...: longer than %zu bytes", path, size - 1);
	return 0;
}

int file_mkdirs(const char *path, mode_t mode, struct err *err)
{
	char *copy = strdup(path);
	if (copy == NULL)
		return err_nomem(err);
	int rc = 0;
	for (char *p = copy + (copy[0] == '/'); rc == 0 && *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (p != copy && p[-1] != '\0')
			rc = make_one(copy, mode, err);
		*p = '/';
	}
	if (rc == 0)
		rc = make_one(copy, mode, err);
	free(copy);
	return rc;
}
