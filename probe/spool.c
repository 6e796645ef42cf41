#include "probe/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/hash.h"
#include "schema/wire.h"

#define SUFFIX ".ndjson"
#define PATH_SIZE 4096

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);
	return n > m && strcmp(name + n - m, end) == 0;
}

static int by_name(const void *a, const void *b)
{
	const struct spool_entry *x = a, *y = b;
	return strcmp(x->name, y->name);
}

struct entries { struct spool_entry *at; size_t len, cap; };

/* One name of a folder: into `out` if it is a batch, removed if it is a temporary. */
static int take_name(int dir, const char *name, struct entries *out, struct err *err)
{
	struct stat st;
	size_t len = strlen(name);
	if (name[0] == '.') {
		if (ends_with(name, ".tmp"))
			unlinkat(dir, name, 0);
		return 0;
	}
	if (!ends_with(name, SUFFIX) || len >= SPOOL_NAME)
		return 0;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno == ENOENT)
			return 0;
		st = (struct stat){ .st_mode = S_IFREG }; /* listed all the same: reading it will tell why not */
	}
	if (!S_ISREG(st.st_mode))
		return 0;
	struct spool_entry *e = vec_add(out);
	if (e == NULL)
		return err_nomem(err);
	memcpy(e->name, name, len + 1);
	e->bytes = st.st_size;
	return 0;
}

/* The batches of `folder`, oldest first; temporaries are removed on the way. */
static int list(const char *folder, struct entries *out, struct err *err)
{
	DIR *dir = opendir(folder);
	if (dir == NULL)
		return err_set_errno(err, LAT_IOERR, "%s: cannot open the folder", folder);
	int rc = 0;
	while (rc == 0) {
		errno = 0; /* the end and an error look the same but for it */
		const struct dirent *d = readdir(dir);
		if (d == NULL && errno != 0)
			rc = err_set_errno(err, LAT_IOERR, "%s: cannot read the folder", folder);
		if (d == NULL)
			break;
		rc = take_name(dirfd(dir), d->d_name, out, err);
	}
	closedir(dir);
	if (out->len > 1)
		qsort(out->at, out->len, sizeof *out->at, by_name);
	return rc;
}

int spool_open(struct spool *s, const char *folder, int64_t limit_bytes, struct err *err)
{
	char rejected[PATH_SIZE];
	struct entries found = {0};
	*s = (struct spool){ .folder = folder, .limit_bytes = limit_bytes };
	int len = snprintf(rejected, sizeof rejected, "%s/rejected", folder);
	if ((size_t)len >= sizeof rejected - SPOOL_NAME - 2)
		return err_set(err, LAT_CONFIG, "spool: a path of more than %d bytes", PATH_SIZE - SPOOL_NAME);
	int rc = file_mkdirs(rejected, 0750, err);
	if (rc == 0)
		rc = list(folder, &found, err);
	s->files.at = found.at;
	s->files.len = found.len;
	s->files.cap = found.cap;
	for (size_t i = 0; i < found.len; i++)
		s->bytes += found.at[i].bytes;
	if (rc != 0)
		spool_close(s);
	return rc;
}

void spool_close(struct spool *s)
{
	vec_free(&s->files);
	s->bytes = 0;
}

bool spool_has(const struct spool *s, const char *name)
{
	struct spool_entry key;
	return strlen(name) < sizeof key.name && s->files.len > 0 &&
	       bsearch(strcpy(key.name, name), s->files.at, s->files.len, sizeof key, by_name) != NULL;
}

bool spool_holds(const struct spool *s, const char *uuid)
{
	for (size_t i = 0; i < s->files.len; i++)
		if (strstr(s->files.at[i].name, uuid) != NULL)
			return true;
	return false;
}

static void path_of(const struct spool *s, const char *name, char out[PATH_SIZE])
{
	snprintf(out, PATH_SIZE, "%s/%s", s->folder, name);
}

static void forget(struct spool *s, size_t i)
{
	s->bytes -= s->files.at[i].bytes;
	memmove(&s->files.at[i], &s->files.at[i + 1], (s->files.len - i - 1) * sizeof s->files.at[0]);
	s->files.len--;
}

static int remove_file(const char *path, struct err *err)
{
	if (unlink(path) == 0 || errno == ENOENT)
		return 0;
	return err_set_errno(err, LAT_IOERR, "%s: cannot remove", path);
}

/* The first of several errors. */
static int first_of(int rc, int next)
{
	return rc != 0 ? rc : next;
}

/* Rejected files have no right to room that a batch needs. */
static int drop_rejected(struct spool *s, int64_t more, struct err *err)
{
	char folder[PATH_SIZE], path[PATH_SIZE];
	struct entries found = {0};
	path_of(s, "rejected", folder);
	int rc = list(folder, &found, err);
	int64_t bytes = 0;
	for (size_t i = 0; i < found.len; i++)
		bytes += found.at[i].bytes;
	for (size_t i = 0; i < found.len && s->bytes + bytes + more > s->limit_bytes; i++) {
		bytes -= found.at[i].bytes;
		if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, found.at[i].name) < sizeof path)
			rc = first_of(rc, remove_file(path, rc == 0 ? err : NULL));
	}
	vec_free(&found);
	return rc;
}

/* What the header of files.at[i] tells of earlier losses; nothing if it can't be read. */
static void told_by(const struct spool *s, size_t i, int64_t *dropped, int64_t *rejected)
{
	struct batch b = {0};
	struct buf text;
	*dropped = *rejected = 0;
	buf_init(&text, 0);
	if (spool_read(s, i, &text, NULL) == 0 && wire_decode(&b, buf_str(&text), text.len, NULL, NULL) == 0) {
		*dropped = b.dropped;
		*rejected = b.rejected;
	}
	batch_free(&b);
	buf_free(&text);
}

int spool_make_room(struct spool *s, int64_t more, int64_t *dropped, int64_t *rejected, struct err *err)
{
	int rc = drop_rejected(s, more, err);
	for (size_t i = 0; i < s->files.len && s->bytes + more > s->limit_bytes;) {
		int64_t told_dropped, told_rejected;
		told_by(s, i, &told_dropped, &told_rejected);
		int removed = spool_remove(s, i, rc == 0 ? err : NULL);
		rc = first_of(rc, removed);
		if (removed == 0) {
			*dropped += 1 + told_dropped;
			*rejected += told_rejected;
		} else {
			i++;
		}
	}
	return rc;
}

int spool_add(struct spool *s, int64_t started_us, unsigned part, const char *uuid, const struct buf *text,
              struct err *err)
{
	char path[PATH_SIZE], hash[HASH64_TEXT];
	struct spool_entry entry = { .bytes = (int64_t)text->len };
	snprintf(entry.name, sizeof entry.name, "%017" PRId64 "-%03u-%s.%s" SUFFIX, started_us, part, uuid,
	         hash64_hex(hash64(HASH64_INIT, buf_str(text), text->len), hash));
	path_of(s, entry.name, path);
	int rc = file_write_atomic(path, buf_str(text), text->len, 0640, s->ops, err);
	if (rc != 0)
		return rc;
	struct spool_entry *e = vec_add(&s->files);
	if (e == NULL)
		return err_nomem(err);
	*e = entry;
	s->bytes += entry.bytes;
	qsort(s->files.at, s->files.len, sizeof *s->files.at, by_name);
	return 0;
}

/* Is the content what its name says? A flipped bit may leave it a batch that can be read. A name
 * without a hash is of an older version. */
static bool is_as_written(const char *name, const char *text, size_t len)
{
	char hash[HASH64_TEXT];
	size_t n = strlen(name) - strlen(SUFFIX);
	const char *dot = strchr(name, '.');
	if (dot == name + n)
		return true;
	hash64_hex(hash64(HASH64_INIT, text, len), hash);
	return dot + HASH64_TEXT == name + n && strncmp(dot + 1, hash, HASH64_TEXT - 1) == 0;
}

int spool_read(const struct spool *s, size_t i, struct buf *out, struct err *err)
{
	char path[PATH_SIZE];
	size_t before = out->len;
	const char *name = s->files.at[i].name;
	path_of(s, name, path);
	int rc = file_read(path, WIRE_MAX_INFLATED, out, err);
	if (rc == 0 && !is_as_written(name, buf_str(out) + before, out->len - before))
		rc = err_set(err, LAT_DATAERR, "%s: not what was written (%zu bytes)", path, out->len - before);
	return rc;
}

int spool_remove(struct spool *s, size_t i, struct err *err)
{
	char path[PATH_SIZE];
	path_of(s, s->files.at[i].name, path);
	int rc = remove_file(path, err);
	if (rc == 0)
		forget(s, i);
	return rc;
}

int spool_reject(struct spool *s, size_t i, struct err *err)
{
	char from[PATH_SIZE], name[SPOOL_NAME + 16], to[PATH_SIZE];
	path_of(s, s->files.at[i].name, from);
	snprintf(name, sizeof name, "rejected/%s", s->files.at[i].name);
	path_of(s, name, to);
	/* A batch that somebody took away is gone; rejected/ itself may be what is not there. */
	if (rename(from, to) != 0 && (errno != ENOENT || access(from, F_OK) == 0))
		return err_set_errno(err, LAT_IOERR, "%s: cannot move it to rejected/", from);
	forget(s, i);
	return 0;
}
