/* The spool: a folder with one file for each batch that the collector has not acknowledged.
 *
 *     SPOOL/STARTED-PART-UUID.HASH.ndjson   batches; names sort by age, HASH is of the content
 *     SPOOL/rejected/                       what will never be accepted, kept for a person
 *     SPOOL/lock state.json plan.json       other files' concern (lock.h, state.h, planfile.h)
 *
 * A file is there whole or not at all (lib/file.h); a temporary one that a crash left behind
 * is removed at the next start, under the lock. */
#ifndef LATLAS_PROBE_SPOOL_H
#define LATLAS_PROBE_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/file.h"
#include "lib/vec.h"

#define SPOOL_NAME 96

struct spool_entry {
	char name[SPOOL_NAME];
	int64_t bytes;
};

struct spool {
	const char *folder;
	int64_t limit_bytes;           /* of batches and rejected files together */
	const struct file_ops *ops;    /* NULL: the system's */
	VEC(struct spool_entry) files; /* batches, oldest first */
	int64_t bytes;                 /* of `files` */
};

/* Make the folders where they are missing, remove temporary files, list the batches.
 * `folder` must outlive the spool. LAT_IOERR. */
int spool_open(struct spool *s, const char *folder, int64_t limit_bytes, struct err *err) LAT_MUST_CHECK;
void spool_close(struct spool *s);
/* Is there a batch of this name? */
bool spool_has(const struct spool *s, const char *name);
/* Or of this UUID? */
bool spool_holds(const struct spool *s, const char *uuid);

/* Drop the oldest files (rejected ones first, uncounted) until `more` bytes fit under the
 * limit. *dropped grows by the batches that were lost; it and *rejected also by what the headers
 * of these would have told, or a long outage would be told of by its last part alone. What cannot
 * be dropped is passed over, and is an error when the rest has been tried. LAT_IOERR. */
int spool_make_room(struct spool *s, int64_t more, int64_t *dropped, int64_t *rejected,
                    struct err *err) LAT_MUST_CHECK;

/* Add one batch; on return it is on the disk. LAT_IOERR. */
int spool_add(struct spool *s, int64_t started_us, unsigned part, const char *uuid, const struct buf *text,
              struct err *err) LAT_MUST_CHECK;
/* Content of files.at[i], to the end of `out`. LAT_DATAERR: it is larger than any batch, or not
 * what was written. */
int spool_read(const struct spool *s, size_t i, struct buf *out, struct err *err) LAT_MUST_CHECK;
/* Acknowledged: gone. */
int spool_remove(struct spool *s, size_t i, struct err *err) LAT_MUST_CHECK;
/* Into rejected/. */
int spool_reject(struct spool *s, size_t i, struct err *err) LAT_MUST_CHECK;

#endif
