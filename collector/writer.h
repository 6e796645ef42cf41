/* The one thread that writes. Batches wait in a bounded queue; the writer takes all that
 * wait and commits them in one store_append (a group commit), then tells each its
 * result. In between, while nothing waits, it folds batches into cells in small steps,
 * writes what was seen of the probes to the registry, and looks up where the addresses
 * that answered stand; once an hour it prunes, in small steps too, the raw samples that are older
 * than they are to be kept, by the clock or by what came last, whichever is earlier. */
#ifndef LATLAS_COLLECTOR_WRITER_H
#define LATLAS_COLLECTOR_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "collector/certs.h"
#include "collector/geo.h"
#include "collector/latest.h"
#include "collector/metrics.h"
#include "lib/err.h"
#include "lib/log.h"
#include "schema/registry.h"
#include "schema/store.h"

struct writer_job {
	struct batch batch;
	struct store_batch item;      /* item.batch is set by writer_push, item.result by the writer */
	struct sockaddr_storage peer;
	size_t bytes;                 /* of memory, as reserved */
	/* Called from the writer's thread when the batch is on the disk, or will not be. The
	 * job belongs to whoever pushed it and may be freed from here on. */
	void (*done)(struct writer_job *job);
	void *ctx;
	int status;                   /* 0, or the code of an error: not committed */
	struct writer_job *next;      /* the writer's */
};

struct writer;

struct writer_options {
	struct store *store;          /* lent: closed by the caller after writer_stop */
	struct registry *registry;    /* lent, of its own */
	struct geo *geo;              /* lent; NULL: none */
	struct metrics *metrics;      /* lent */
	struct certs *certs;          /* lent; NULL: none */
	struct latest *latest;        /* lent; NULL: none */
	const struct log *log;
	int64_t keep_us;              /* raw samples older than that are pruned; 0: none are */
	size_t max_batches, max_bytes; /* what may wait */
	int64_t look_us;              /* how often to look for batches that others left unfolded; 0: a minute */
};

/* Not running yet: what is pushed waits. */
int writer_new(struct writer **out, const struct writer_options *o, struct err *err) LAT_MUST_CHECK;
int writer_start(struct writer *w, struct err *err) LAT_MUST_CHECK;

/* Room for a batch of `bytes`? If true, writer_push must follow, and cannot fail. */
bool writer_reserve(struct writer *w, size_t bytes);
void writer_push(struct writer *w, struct writer_job *job);

/* Memory that a decoded batch takes. */
size_t writer_batch_bytes(const struct batch *b);

/* Another retention, as keep_us in the options, from the next hourly look on. */
void writer_keep(struct writer *w, int64_t keep_us);

/* Did the last commit succeed? Otherwise `why` (may be NULL) says what was wrong. */
bool writer_healthy(struct writer *w, struct err *why);

/* What waits, promised batches included; and what is committed and not yet folded. */
struct writer_load { size_t batches, bytes, unfolded; };
struct writer_load writer_load(struct writer *w);

/* On the way out: no longer wait for another process's lock than until then. What can't be
 * committed by then has an error. */
void writer_hurry(struct writer *w, struct mono until);
/* Take no more, commit what waits, write what was seen, end the thread. */
void writer_stop(struct writer *w);
void writer_free(struct writer *w); /* after writer_stop, or if never started; NULL is fine */

#endif
