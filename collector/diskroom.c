#include "collector/diskroom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "lib/file.h"

bool diskroom_nearly_full(int64_t free_bytes, int64_t size_bytes)
{
	return free_bytes < DISKROOM_LOW_BYTES && free_bytes < size_bytes / DISKROOM_LOW_PART;
}

static int64_t size_of(const char *path, const char *tail)
{
	char name[4200];
	struct stat st;
	snprintf(name, sizeof name, "%.4096s%s", path, tail);
	return stat(name, &st) == 0 ? (int64_t)st.st_size : 0;
}

int diskroom_look(const char *path, struct diskroom *out, struct err *err)
{
	struct statvfs fs;
	char *folder = file_folder(path);
	memset(out, 0, sizeof *out);
	if (folder == NULL)
		return err_nomem(err);
	int rc = statvfs(folder, &fs) == 0 ? 0 : err_set_errno(err, LAT_IOERR, "%s", folder);
	free(folder);
	if (rc != 0)
		return rc;
	out->free_bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
	out->size_bytes = (int64_t)fs.f_blocks * (int64_t)fs.f_frsize;
	out->db_bytes = size_of(path, "") + size_of(path, "-wal");
	out->nearly_full = diskroom_nearly_full(out->free_bytes, out->size_bytes);
	return 0;
}
