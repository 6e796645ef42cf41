/* Files: whole reads with a limit, writes that are there whole or not at all.
 * The system calls that can lose data go through `struct file_ops`, so that a
 * test can make the Nth of them fail. */
#ifndef LATLAS_LIB_FILE_H
#define LATLAS_LIB_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/attr.h"
#include "lib/buf.h"
#include "lib/err.h"

struct file_ops {
	int (*open)(const char *path, int flags, mode_t mode);
	ssize_t (*write)(int fd, const void *data, size_t len);
	int (*fsync)(int fd);
	int (*rename)(const char *from, const char *to);
	int (*close)(int fd);
};
extern const struct file_ops file_ops_system;

/* Read all of `path` (at most `limit` bytes) to the end of `out`, which after an error
 * is as it was. LAT_NOINPUT if it isn't there, LAT_DATAERR if it is larger (or than the
 * limit of `out`), LAT_SOFTWARE if out of memory, LAT_IOERR else. */
int file_read(const char *path, size_t limit, struct buf *out, struct err *err) LAT_MUST_CHECK;

/* Write all of `data` to an open file, whatever one write(2) takes. `ops` may be NULL (the system's).
 * 0, or -1 and errno (EIO where a write took nothing). */
int file_write_all(int fd, const void *data, size_t len, const struct file_ops *ops) LAT_MUST_CHECK;

/* Write `path` so that a crash leaves the old file or the new one, never a part:
 * temporary file in the same folder (".NAME.PID.N.tmp"), write, fsync, rename, fsync of
 * the folder. A crash may leave the temporary. `mode` goes through the umask; a symbolic
 * link is replaced, not followed. `ops` may be NULL (the system's). LAT_IOERR on
 * failure: the old file is there, and no temporary; only if it was the last fsync that
 * failed the new file is there, and may be the old one again after a crash. */
int file_write_atomic(const char *path, const void *data, size_t len, mode_t mode,
                      const struct file_ops *ops, struct err *err) LAT_MUST_CHECK;

/* What root makes in a folder that is somebody else's becomes that one's, who could do nothing with it
 * otherwise: root looks after a spool that a user of its own fills. Both above and below do so. Here
 * for a file `fd` that was just made in the folder `dir`; nothing where we aren't root. */
void file_give(int dir, int fd);
/* The folder that `path` is in, as a new string: "." where none is written, "/" of the root's. By the
 * text alone: "a/" is in "a". NULL: out of memory. */
char *file_folder(const char *path) LAT_MUST_CHECK;

/* `path` as it is if it begins with "/", else behind the current folder: for what is written down and
 * must be good wherever it is read. Links and ".." stay. LAT_USAGE if it doesn't fit in `size`, LAT_IOERR
 * if there is no current folder. */
int file_absolute(const char *path, char *out, size_t size, struct err *err) LAT_MUST_CHECK;

/* mkdir -p; all that are made get `mode` (through the umask), and the folder that each is in is
 * synced. An existing folder is fine. LAT_IOERR. */
int file_mkdirs(const char *path, mode_t mode, struct err *err) LAT_MUST_CHECK;

#endif
