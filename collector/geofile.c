#include "collector/geofile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"

static const char *const kinds[GEOFILE_KINDS] = {"City or Country", "ASN or ISP"};

const char *geofile_kind_name(enum geofile_kind kind)
{
	return kinds[kind];
}

static bool type_fits(const char *type, enum geofile_kind kind)
{
	if (kind == GEOFILE_PLACES)
		return strstr(type, "City") != NULL || strstr(type, "Country") != NULL ||
		       strstr(type, "Enterprise") != NULL;
	return strstr(type, "ASN") != NULL || strstr(type, "ISP") != NULL;
}

/* Seconds since 1970 that are a date: up to the year 9999. */
static int64_t date_of(uint64_t epoch)
{
	return epoch > 0 && epoch < 253402300800 ? (int64_t)epoch : 0;
}

/* ---- the copy -------------------------------------------------------------------- */

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* Copy all of `from` into `to`; both are open. */
static int copy(int from, int to, const char *path, struct err *err)
{
	char chunk[65536];
	struct stat before, after;
	int64_t total = 0;
	if (fstat(from, &before) != 0)
		return err_set_errno(err, LAT_IOERR, "%s", path);
	if (!S_ISREG(before.st_mode))
		return err_set(err, LAT_DATAERR, "%s: is not a regular file", path);
	for (;;) {
		ssize_t n = read(from, chunk, sizeof chunk);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set_errno(err, LAT_IOERR, "%s", path);
		if (n == 0)
			break;
		total += n;
		if (total > GEOFILE_MAX_BYTES)
			return err_set(err, LAT_DATAERR, "%s: is larger than %lld MiB", path,
			               (long long)(GEOFILE_MAX_BYTES >> 20));
		if (file_write_all(to, chunk, (size_t)n, NULL) != 0)
			return err_set_errno(err, LAT_IOERR, "%s: no memory for a copy", path);
	}
	/* One that is being written over would give us parts of two. */
	if (fstat(from, &after) != 0 || total != before.st_size || after.st_size != before.st_size ||
	    !same_time(&before.st_mtim, &after.st_mtim))
		return err_set(err, LAT_DATAERR, "%s: changed while it was read", path);
	return 0;
}

/* ---- opening -------------------------------------------------------------------- */

/* libmaxminddb opens by name only: the anonymous file's is below /proc. */
static int open_db(struct geofile *f, int fd, const char *path, struct err *err)
{
	char name[32];
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
	int rc = MMDB_open(name, MMDB_MODE_MMAP, &f->db);
	if (rc == MMDB_FILE_OPEN_ERROR)
		return err_set(err, LAT_IOERR, "%s: its copy in memory can't be opened; is /proc there?", path);
	if (rc != MMDB_SUCCESS)
		return err_set(err, LAT_DATAERR, "%s: %s", path, MMDB_strerror(rc));
	f->built_s = date_of(f->db.metadata.build_epoch);
	return 0;
}

/* Takes `fd`, the copy. */
static int open_copy(struct geofile **out, int fd, const char *path, enum geofile_kind kind, struct err *err)
{
	struct geofile *f = calloc(1, sizeof *f);
	if (f != NULL)
		f->path = strdup(path);
	int rc = f == NULL || f->path == NULL ? err_nomem(err) : open_db(f, fd, path, err);
	close(fd);
	if (rc != 0) {
		if (f != NULL)
			free(f->path);
		free(f);
		return rc;
	}
	const char *type = f->db.metadata.database_type;
	if (type == NULL || !type_fits(type, kind)) {
		err_set(err, LAT_DATAERR, "%s: is a %.64s database, not %s one", path,
		        type != NULL ? type : "nameless", kind == GEOFILE_NETWORKS ? "an ASN or ISP" : "a City or Country");
		geofile_close(f);
		return LAT_DATAERR;
	}
	*out = f;
	return 0;
}

static int make_copy(const char *path, struct err *err)
{
	int fd = memfd_create("geo", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		err_set_errno(err, LAT_SOFTWARE, "%s: no memory for a copy", path);
	return fd;
}

int geofile_open(struct geofile **out, const char *path, enum geofile_kind kind, struct err *err)
{
	/* Not to wait for the other end of a pipe. */
	int from = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	*out = NULL;
	if (from < 0)
		return err_set_errno(err, errno == ENOENT || errno == ENOTDIR ? LAT_NOINPUT : LAT_IOERR, "%s",
		                     path);
	int to = make_copy(path, err);
	int rc = to < 0 ? err->code : copy(from, to, path, err);
	close(from);
	if (rc == 0)
		return open_copy(out, to, path, kind, err);
	if (to >= 0)
		close(to);
	return rc;
}

int geofile_open_bytes(struct geofile **out, const char *name, const void *data, size_t len,
                       enum geofile_kind kind, struct err *err)
{
	*out = NULL;
	int to = make_copy(name, err);
	if (to < 0)
		return err->code;
	if (file_write_all(to, data, len, NULL) != 0) {
		err_set_errno(err, LAT_IOERR, "%s: no memory for a copy", name);
		close(to);
		return LAT_IOERR;
	}
	return open_copy(out, to, name, kind, err);
}

void geofile_close(struct geofile *f)
{
	if (f != NULL) {
		MMDB_close(&f->db);
		free(f->path);
		free(f);
	}
}
