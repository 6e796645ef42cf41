/* The calls that are put in front of glibc's: count, fail where told to, keep what a cut would take,
 * then the system call itself. */
#include "tests/faults/shim/shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool ready;
static signed char below[65536]; /* descriptors of files below the folder */

static bool ours(int fd)
{
	return ready && fd >= 0 && fd < (int)sizeof below && below[fd] != 0;
}

static int failed(int code)
{
	errno = code;
	return -1;
}

/* ---- files -------------------------------------------------------------------------------- */

static int open_at(int dir, const char *path, int flags, mode_t mode)
{
	if (!ready || !shim_below(path))
		return (int)syscall(SYS_openat, dir, path, flags, mode);
	int code = shim_fail(CALL_OPEN);
	if (code != 0)
		return failed(code);
	shim_lock();
	struct stat st;
	bool made = (flags & O_CREAT) != 0 && stat(path, &st) != 0;
	int fd = (int)syscall(SYS_openat, dir, path, flags & ~O_TRUNC, mode);
	if (fd >= 0 && fd < (int)sizeof below) {
		below[fd] = 1;
		if (shim_tracks())
			shim_opened(fd, path, made);
		if ((flags & O_TRUNC) != 0 && !made) {
			if (shim_tracks() && shim_file_of(fd) != NULL)
				shim_will_truncate(shim_file_of(fd), 0);
			syscall(SYS_ftruncate, fd, (off_t)0);
		}
	}
	shim_unlock();
	return fd;
}

static mode_t mode_of(int flags, va_list args)
{
	return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(args, mode_t) : 0;
}

#define OPEN(name, ...) \
	int name(__VA_ARGS__, int flags, ...); \
	int name(__VA_ARGS__, int flags, ...) \
	{ \
		va_list args; \
		va_start(args, flags); \
		mode_t mode = mode_of(flags, args); \
		va_end(args);

OPEN(open, const char *path)
	return open_at(AT_FDCWD, path, flags, mode);
}
OPEN(open64, const char *path)
	return open_at(AT_FDCWD, path, flags, mode);
}

int close(int fd)
{
	if (ours(fd)) {
		shim_lock();
		below[fd] = 0;
		shim_closed(fd);
		shim_unlock();
	}
	return (int)syscall(SYS_close, fd);
}

/* `at` below 0: where the file stands. */
static ssize_t write_at(int fd, const void *data, size_t len, off_t at)
{
	if (ours(fd)) {
		int code = shim_fail(CALL_WRITE);
		if (code == SHIM_SHORT && len > 1)
			len /= 2;
		else if (code > 0)
			return failed(code);
		if (shim_tracks()) {
			shim_lock();
			struct shim_file *f = shim_file_of(fd);
			if (f != NULL)
				shim_will_write(f, at >= 0 ? at : lseek(fd, 0, SEEK_CUR), len);
			ssize_t n = at < 0 ? syscall(SYS_write, fd, data, len) : syscall(SYS_pwrite64, fd, data, len, at);
			shim_unlock();
			return n;
		}
	}
	return at < 0 ? syscall(SYS_write, fd, data, len) : syscall(SYS_pwrite64, fd, data, len, at);
}

ssize_t write(int fd, const void *data, size_t len)
{
	return write_at(fd, data, len, -1);
}

ssize_t pwrite64(int fd, const void *data, size_t len, off_t at)
{
	return write_at(fd, data, len, at);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
	return write_at(fd, data, len, at);
}

static int truncate_to(int fd, off_t size)
{
	if (ours(fd)) {
		int code = shim_fail(CALL_TRUNCATE);
		if (code > 0)
			return failed(code);
		if (shim_tracks()) {
			shim_lock();
			if (shim_file_of(fd) != NULL)
				shim_will_truncate(shim_file_of(fd), size);
			int rc = (int)syscall(SYS_ftruncate, fd, size);
			shim_unlock();
			return rc;
		}
	}
	return (int)syscall(SYS_ftruncate, fd, size);
}

int ftruncate(int fd, off_t size)
{
	return truncate_to(fd, size);
}

int ftruncate64(int fd, off_t size)
{
	return truncate_to(fd, size);
}

static int sync_file(int fd, long number)
{
	if (!ours(fd))
		return (int)syscall(number, fd);
	int code = shim_fail(CALL_SYNC);
	if (!shim_tracks())
		return code > 0 ? failed(code) : (int)syscall(number, fd);
	shim_lock();
	if (shim_cut_here())
		shim_cut();
	shim_synced(fd, code <= 0); /* the disk is the shim's: it need not be waited for */
	shim_unlock();
	return code > 0 ? failed(code) : 0;
}

int fsync(int fd)
{
	return sync_file(fd, SYS_fsync);
}

int fdatasync(int fd)
{
	return sync_file(fd, SYS_fdatasync);
}

/* ---- the folder --------------------------------------------------------------------------- */

static int rename_to(const char *from, const char *to, unsigned flags)
{
	if (!ready || !shim_below(to))
		return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
	int code = shim_fail(CALL_RENAME);
	if (code > 0)
		return failed(code);
	shim_lock();
	if (shim_tracks())
		shim_will_rename(from, to);
	int rc = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
	int why = errno;
	if (rc != 0 && shim_tracks())
		shim_undo_last();
	shim_unlock();
	errno = why;
	return rc;
}

int rename(const char *from, const char *to)
{
	return rename_to(from, to, 0);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	if (from_dir != AT_FDCWD || to_dir != AT_FDCWD)
		return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
	return rename_to(from, to, flags);
}

int mkdir(const char *path, mode_t mode)
{
	shim_lock();
	int rc = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode), why = errno;
	if (rc == 0 && ready && shim_tracks() && shim_below(path))
		shim_made_folder(path);
	shim_unlock();
	errno = why;
	return rc;
}

int unlink(const char *path)
{
	if (!ready || !shim_below(path))
		return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
	int code = shim_fail(CALL_UNLINK);
	if (code > 0)
		return failed(code);
	shim_lock();
	if (shim_tracks())
		shim_will_unlink(path);
	int rc = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
	int why = errno;
	if (rc != 0 && shim_tracks())
		shim_undo_last();
	shim_unlock();
	errno = why;
	return rc;
}

/* ---- memory ------------------------------------------------------------------------------- */

static bool no_memory(void)
{
	if (!ready || shim_fail(CALL_MALLOC) == 0)
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return no_memory() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return no_memory() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	return no_memory() ? NULL : __libc_realloc(old, size);
}

/* ---- SQLite ------------------------------------------------------------------------------- */

/* A program that doesn't link SQLite never comes here. */
int sqlite3_wal_autocheckpoint(void *db, int pages);
int sqlite3_wal_autocheckpoint(void *db, int pages)
{
	const char *told = getenv("LATLAS_SHIM_CHECKPOINT");
	void *next = dlsym(RTLD_NEXT, "sqlite3_wal_autocheckpoint");
	int (*set)(void *, int);
	if (next == NULL)
		abort();
	memcpy(&set, &next, sizeof set); /* ISO C has no conversion */
	if (told != NULL)
		shim_log("checkpoints");
	return set(db, told == NULL ? pages : atoi(told));
}

/* ---- its own thread, for signals ------------------------------------------------------------ */

static void *watch(void *arg)
{
	sigset_t set;
	int sig;
	(void)arg;
	sigfillset(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGPWR);
	while (sigwait(&set, &sig) == 0) {
		if (sig == SIGPWR) {
			shim_lock();
			shim_cut();
		}
		shim_arm(sig == SIGUSR1);
	}
	return NULL;
}

static void at_exit(void)
{
	if (shim_cut_at_end()) {
		fflush(NULL); /* what it has said is out */
		shim_lock();
		shim_cut();
	}
	shim_log("ends");
}

__attribute__((constructor)) static void start(void)
{
	pthread_t thread;
	sigset_t all, before;
	if (getenv("LATLAS_SHIM_DIR") == NULL)
		return;
	shim_fail_init();
	shim_power_init();
	atexit(at_exit);
	/* What the thread waits for must be blocked everywhere; SIGTERM and the rest in the thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	if (pthread_create(&thread, NULL, watch, NULL) != 0)
		abort();
	sigaddset(&before, SIGUSR1);
	sigaddset(&before, SIGUSR2);
	sigaddset(&before, SIGPWR);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	ready = true;
}
