#include "schema/store_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/file.h"
#include "schema/store_db.h"

static int make_empty(const char *path, mode_t mode, struct err *err)
{
	if (unlink(path) != 0 && errno != ENOENT)
		return err_set_errno(err, LAT_IOERR, "%s", path);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set_errno(err, LAT_IOERR, "%s", path);
	int rc = fchmod(fd, mode);
	if (rc != 0)
		err_set_errno(err, LAT_IOERR, "%s", path);
	close(fd);
	return rc == 0 ? 0 : LAT_IOERR;
}

/* SQLite 3.40 waits for the disk when it has copied, but VACUUM's manual doesn't promise it. */
static int sync_path(const char *path, int flags, struct err *err)
{
	int fd = open(path, flags | O_CLOEXEC);
	int rc = fd < 0 ? -1 : fsync(fd);

	if (rc != 0)
		err_set_errno(err, LAT_IOERR, "%s", path);
	if (fd >= 0)
		close(fd);
	return rc == 0 ? 0 : LAT_IOERR;
}

static int sync_folder_of(const char *path, struct err *err)
{
	char *folder = file_folder(path);
	int status = folder == NULL ? err_nomem(err) : sync_path(folder, O_RDONLY | O_DIRECTORY, err);

	free(folder);
	return status;
}

static int copy_into(const char *path, const char *copy, struct err *err)
{
	struct store_db db = {.path = (char *)path, .mode = STORE_WRITE};
	char *sql = sqlite3_mprintf("VACUUM INTO %Q", copy);
	int status = sql == NULL ? err_nomem(err) : store_db_connect(&db, err);

	if (status == 0)
		status = store_db_execute(&db, sql, err);
	sqlite3_close(db.sqlite);
	sqlite3_free(sql);
	return status;
}

/* rename(2) that doesn't replace, where the file system can (the caller has looked, too). */
static int move(const char *from, const char *to, bool replace)
{
	if (replace)
		return rename(from, to);
	int rc = renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
	return rc != 0 && (errno == EINVAL || errno == ENOSYS) ? rename(from, to) : rc;
}

int store_file_copy(const char *path, const char *to, mode_t mode, bool replace, struct err *err)
{
	struct buf copy = {0};
	int status = buf_addf(&copy, "%s.tmp", to) ? 0 : err_nomem(err);

	if (status == 0 && (status = make_empty(copy.data, mode, err)) == 0
	    && (status = copy_into(path, copy.data, err)) == 0
	    && (status = sync_path(copy.data, O_RDWR, err)) == 0) {
		if (move(copy.data, to, replace) != 0)
			status = err_set_errno(err, LAT_IOERR, "%s", to);
		else if ((status = sync_folder_of(to, err)) != 0 && !replace)
			unlink(to); /* it may be gone with the power, and would stand in the next one's way */
	}
	if (status != 0 && copy.len != 0)
		unlink(copy.data);
	buf_free(&copy);
	return status;
}

/* Does anything stand in the copy's way? */
static int check_place(const char *path, const char *to, bool replace, struct err *err)
{
	struct stat db, there;
	struct buf wal = {0};
	int status = 0;

	if (stat(path, &db) != 0)
		return err_set_errno(err, LAT_IOERR, "%s", path);
	if (stat(to, &there) == 0) {
		if (there.st_dev == db.st_dev && there.st_ino == db.st_ino)
			return err_set(err, LAT_USAGE, "%s: is the database itself", to);
		if (!S_ISREG(there.st_mode))
			return err_set(err, LAT_IOERR, "%s: is there and is no regular file", to);
		if (!replace)
			return err_set(err, LAT_IOERR, "%s: is there already", to);
	}
	if (!buf_addf(&wal, "%s-wal", to))
		status = err_nomem(err);
	else if (access(wal.data, F_OK) == 0)
		status = err_set(err, LAT_IOERR, "%s: is there: %s is, or was, a database in use", wal.data, to);
	buf_free(&wal);
	return status;
}

/* Is `path` a database of ours? No statements: all that opening checks. */
static int open_checked(struct store_db **db, const char *path, enum store_mode mode, struct err *err)
{
	static const struct store_db_queries none = {"", NULL, 0, NULL};

	return store_db_open(db, path, mode, &none, err);
}

int store_file_backup(const char *path, const char *to, bool replace, struct err *err)
{
	struct store_db *db = NULL;
	int status = open_checked(&db, path, STORE_READ, err);

	if (status == 0)
		status = check_place(path, to, replace, err);
	store_db_close(db);
	return status == 0 ? store_file_copy(path, to, 0600, replace, err) : status;
}

static int size_of(const char *path, int64_t *bytes, struct err *err)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return err_set_errno(err, LAT_IOERR, "%s", path);
	*bytes = st.st_size;
	return 0;
}

int store_file_vacuum(const char *path, int64_t *before, int64_t *after, struct err *err)
{
	struct store_db *db = NULL;
	int status = open_checked(&db, path, STORE_WRITE, err);

	if (status == 0)
		status = size_of(path, before, err);
	if (status == 0)
		status = store_db_execute(db, "VACUUM", err);
	/* The new pages are in the log; the file shrinks when they are brought over. */
	if (status == 0)
		status = store_db_execute(db, "PRAGMA wal_checkpoint(TRUNCATE)", err);
	store_db_close(db);
	return status == 0 ? size_of(path, after, err) : status;
}
