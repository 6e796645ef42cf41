#include "tests/faults/shim/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SECTOR 512
#define FILES 64
#define FDS 65536
#define CHANGES 256

/* What the disk has of a sector whose newest content it doesn't have. `doomed`: a sync of it failed. */
struct sector { int64_t at; bool doomed; unsigned char old[SECTOR]; };

struct shim_file {
	dev_t dev;
	ino_t ino;
	int fd;               /* the shim's own; never closed, as that would drop SQLite's locks */
	off_t synced_size;
	struct sector *sectors;
	size_t count, cap;
	int32_t *slot;        /* hash of sectors by number: index + 1 */
	size_t slots;
};

/* A change of a folder (`dev`, `ino`) that no sync of it has made durable. */
struct change {
	enum { MADE, RENAMED, UNLINKED, MADE_FOLDER } kind;
	dev_t dev;
	ino_t ino;
	char path[512], from[512], saved[520];
};

static struct {
	pthread_mutex_t lock;
	bool tracks, cuts;
	long cut_at, syncs;
	int block;           /* 0: drop all */
	uint64_t seed;
	struct shim_file files[FILES];
	size_t count;
	signed char of[FDS]; /* index + 1 */
	struct change changes[CHANGES];
	size_t changed;
	long saved;
} power = {.lock = PTHREAD_MUTEX_INITIALIZER};

bool shim_tracks(void)
{
	return power.tracks;
}

void shim_lock(void)
{
	pthread_mutex_lock(&power.lock);
}

void shim_unlock(void)
{
	pthread_mutex_unlock(&power.lock);
}

static uint64_t mix(uint64_t x)
{
	x += power.seed * UINT64_C(0x9e3779b97f4a7c15) + UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* ---- sectors --------------------------------------------------------------------------- */

static size_t place(const struct shim_file *f, int64_t at)
{
	size_t i = (size_t)at * 2654435761u % f->slots;
	while (f->slot[i] != 0 && f->sectors[f->slot[i] - 1].at != at)
		i = (i + 1) % f->slots;
	return i;
}

static void rehash(struct shim_file *f, size_t slots)
{
	__libc_free(f->slot);
	f->slots = slots;
	f->slot = __libc_calloc(slots, sizeof *f->slot);
	if (f->slot == NULL)
		abort();
	for (size_t i = 0; i < f->count; i++)
		f->slot[place(f, f->sectors[i].at)] = (int32_t)i + 1;
}

/* The sector is about to change: keep what the disk has, unless that is kept already. */
static void touch(struct shim_file *f, int64_t at)
{
	if (f->slots < f->count * 2 + 64)
		rehash(f, f->count * 4 + 256);
	size_t i = place(f, at);
	if (f->slot[i] != 0) {
		f->sectors[f->slot[i] - 1].doomed = false; /* dirty again: the next sync will write it */
		return;
	}
	if (f->count == f->cap) {
		f->cap = f->cap * 2 + 64;
		f->sectors = __libc_realloc(f->sectors, f->cap * sizeof *f->sectors);
		if (f->sectors == NULL)
			abort();
	}
	struct sector *s = &f->sectors[f->count];
	memset(s, 0, sizeof *s);
	s->at = at;
	syscall(SYS_pread64, f->fd, s->old, (size_t)SECTOR, (off_t)(at * SECTOR)); /* beyond the end: zeros */
	f->slot[i] = (int32_t)++f->count;
}

void shim_will_write(struct shim_file *f, off_t at, size_t len)
{
	for (int64_t s = at / SECTOR; len > 0 && s <= (at + (off_t)len - 1) / SECTOR; s++)
		touch(f, s);
}

void shim_will_truncate(struct shim_file *f, off_t size)
{
	struct stat st;
	if (fstat(f->fd, &st) == 0 && st.st_size > size)
		shim_will_write(f, size, (size_t)(st.st_size - size));
}

/* ---- files ------------------------------------------------------------------------------ */

struct shim_file *shim_file_of(int fd)
{
	return fd < 0 || fd >= FDS || power.of[fd] <= 0 ? NULL : &power.files[power.of[fd] - 1];
}

static void add_change(int kind, const char *from, const char *path)
{
	if (power.changed == CHANGES)
		abort();
	struct change *c = &power.changes[power.changed++];
	struct stat st = {0};
	char folder[512];
	memset(c, 0, sizeof *c);
	c->kind = kind;
	snprintf(c->path, sizeof c->path, "%s", path);
	snprintf(c->from, sizeof c->from, "%s", from == NULL ? "" : from);
	snprintf(folder, sizeof folder, "%s", path);
	char *slash = strrchr(folder, '/');
	if (slash != NULL)
		slash[1] = '\0';
	if (stat(slash == NULL ? "." : folder, &st) == 0) {
		c->dev = st.st_dev;
		c->ino = st.st_ino;
	}
	if (kind == MADE || kind == MADE_FOLDER)
		return;
	snprintf(c->saved, sizeof c->saved, "%s.shim%ld", path, power.saved++);
	if (syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, c->saved, 0) != 0)
		c->saved[0] = '\0';
}

void shim_opened(int fd, const char *path, bool made)
{
	struct stat st;
	char own[64];
	size_t len = strlen(path);
	if (fd >= FDS || fstat(fd, &st) != 0 || (len > 4 && strcmp(path + len - 4, "-shm") == 0))
		return;
	power.of[fd] = 0;
	if (!S_ISREG(st.st_mode))
		return;
	if (made)
		add_change(MADE, NULL, path);
	size_t i = 0;
	while (i < power.count && (power.files[i].dev != st.st_dev || power.files[i].ino != st.st_ino))
		i++;
	if (i == power.count) {
		if (power.count == FILES)
			abort();
		snprintf(own, sizeof own, "/proc/self/fd/%d", fd);
		struct shim_file *f = &power.files[power.count++];
		*f = (struct shim_file){.dev = st.st_dev, .ino = st.st_ino, .synced_size = made ? 0 : st.st_size};
		f->fd = (int)syscall(SYS_openat, AT_FDCWD, own, O_RDWR | O_CLOEXEC, 0);
		if (f->fd < 0) { /* may only be read: nothing of it can be lost */
			power.count--;
			return;
		}
	}
	power.of[fd] = (signed char)(i + 1);
}

void shim_closed(int fd)
{
	if (fd >= 0 && fd < FDS)
		power.of[fd] = 0;
}

/* Those of one folder, or (NULL) of all, are durable. */
static void forget_changes(const struct stat *folder)
{
	size_t kept = 0;
	for (size_t i = 0; i < power.changed; i++) {
		struct change *c = &power.changes[i];
		if (folder != NULL && (c->dev != folder->st_dev || c->ino != folder->st_ino)) {
			if (kept != i)
				power.changes[kept] = *c;
			kept++;
		} else if (c->saved[0] != '\0') {
			syscall(SYS_unlinkat, AT_FDCWD, c->saved, 0);
		}
	}
	power.changed = kept;
}

void shim_synced(int fd, bool well)
{
	struct shim_file *f = shim_file_of(fd);
	struct stat st;
	size_t kept = 0;
	if (well && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		forget_changes(&st);
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->count; i++) {
		f->sectors[i].doomed = f->sectors[i].doomed || !well;
		if (f->sectors[i].doomed)
			f->sectors[kept++] = f->sectors[i];
	}
	f->count = kept;
	rehash(f, kept * 4 + 256);
	if (well && fstat(f->fd, &st) == 0)
		f->synced_size = st.st_size;
}

/* ---- the folder ------------------------------------------------------------------------ */

void shim_will_rename(const char *from, const char *to)
{
	add_change(RENAMED, from, to);
}

void shim_will_unlink(const char *path)
{
	add_change(UNLINKED, NULL, path);
}

void shim_made_folder(const char *path)
{
	add_change(MADE_FOLDER, NULL, path);
}

void shim_undo_last(void)
{
	struct change *c = &power.changes[--power.changed];
	if (c->saved[0] != '\0')
		syscall(SYS_unlinkat, AT_FDCWD, c->saved, 0);
}

static void revert(const struct change *c)
{
	char away[540];
	if (c->kind == MADE)
		syscall(SYS_unlinkat, AT_FDCWD, c->path, 0);
	if (c->kind == MADE_FOLDER) { /* with all that is in it */
		snprintf(away, sizeof away, "%s.shim-lost%ld", c->path, power.saved++);
		syscall(SYS_renameat2, AT_FDCWD, c->path, AT_FDCWD, away, 0);
	}
	if (c->kind == RENAMED)
		syscall(SYS_renameat2, AT_FDCWD, c->path, AT_FDCWD, c->from, 0);
	if (c->saved[0] != '\0')
		syscall(SYS_renameat2, AT_FDCWD, c->saved, AT_FDCWD, c->path, 0);
}

/* ---- the power ------------------------------------------------------------------------- */

bool shim_cut_here(void)
{
	return ++power.syncs == power.cut_at;
}

bool shim_cut_at_end(void)
{
	return power.cuts && power.cut_at == 0;
}

static bool survives(uint64_t what)
{
	return power.block != 0 && (mix(what) & 1) != 0;
}

static void restore(struct shim_file *f, size_t number)
{
	struct stat st;
	for (size_t i = 0; i < f->count; i++) {
		const struct sector *s = &f->sectors[i];
		int64_t block = power.block == 0 ? 0 : s->at / (power.block / SECTOR);
		if (s->doomed || !survives((uint64_t)number << 40 | (uint64_t)block))
			syscall(SYS_pwrite64, f->fd, s->old, (size_t)SECTOR, (off_t)(s->at * SECTOR));
	}
	if (fstat(f->fd, &st) == 0 && !(survives((uint64_t)number << 40 | UINT64_C(0xffffffffff)) && st.st_size > f->synced_size))
		syscall(SYS_ftruncate, f->fd, f->synced_size);
}

void shim_cut(void)
{
	size_t keep = 0;
	for (size_t i = 0; i < power.count; i++)
		restore(&power.files[i], i);
	if (power.block != 0 && power.changed > 0)
		keep = mix(1) % (power.changed + 1);
	while (power.changed > keep)
		revert(&power.changes[--power.changed]);
	forget_changes(NULL);
	shim_log("cut");
	syscall(SYS_kill, getpid(), SIGKILL);
	for (;;)
		pause();
}

void shim_power_init(void)
{
	char mode[8];
	unsigned long seed;
	const char *text = getenv("LATLAS_SHIM_CUT");
	power.tracks = text != NULL || getenv("LATLAS_SHIM_TRACK") != NULL;
	if (text == NULL)
		return;
	if (sscanf(text, "%ld:%7[a-z0-9]:%lu", &power.cut_at, mode, &seed) != 3)
		abort();
	power.cuts = true;
	power.block = strcmp(mode, "drop") == 0 ? 0 : atoi(mode);
	power.seed = seed;
}
