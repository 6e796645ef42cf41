#include "probe/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/file.h"

/* Root who tries a configuration makes the lock for the user whose rounds need it. */
static void give(const char *folder, int lock)
{
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0) {
		file_give(dir, lock);
		close(dir);
	}
}

int lock_take(const char *folder, int *fd, struct err *err)
{
	char path[4096];
	*fd = -1;
	int rc = file_mkdirs(folder, 0750, err);
	if (rc != 0)
		return rc;
	if ((size_t)snprintf(path, sizeof path, "%s/lock", folder) >= sizeof path)
		return err_set(err, LAT_IOERR, "%s: too long a path", folder);
	int lock = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (lock < 0)
		return err_set_errno(err, LAT_IOERR, "%s: cannot open", path);
	give(folder, lock);
	if (flock(lock, LOCK_EX | LOCK_NB) == 0) {
		*fd = lock;
		return 0;
	}
	int why = errno;
	close(lock);
	errno = why;
	return why == EWOULDBLOCK ? 0 : err_set_errno(err, LAT_IOERR, "%s: cannot lock", path);
}

void lock_release(int fd)
{
	if (fd >= 0)
		close(fd);
}
