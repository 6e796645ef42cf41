/* The store: batches in, cells and samples out. Two implementations behind one
 * interface, SQLite (store_open_sqlite) and memory (store_open_memory, for tests); a
 * distributed engine is to follow, so nothing above may rely on a transaction.
 *
 * Appending is idempotent by the batch's UUID. The fold (batches into hourly cells,
 * each batch exactly once) lies behind this interface: a scan that meets batches not
 * folded yet folds them in memory, so a reader sees all that was appended. */
#ifndef LATLAS_SCHEMA_STORE_H
#define LATLAS_SCHEMA_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "schema/cell.h"
#include "schema/sample.h"
#include "schema/series.h"

struct store;

enum store_mode { STORE_READ, STORE_WRITE, STORE_CREATE };

/* LAT_NOINPUT: no such file. LAT_DATAERR: not our database, or of a newer version.
 * LAT_UNAVAILABLE: locked by another process for more than ten seconds (or past store_wait_until). LAT_IOERR: reading or
 * writing failed. These can also come from every function below. A reader works beside
 * a writer, and without one where SQLite's -wal and -shm files are (a writer leaves
 * them there) or can be made.
 *
 * A store is for one thread at a time and must not be carried through fork(2). A callback must
 * not call the store that calls it (LAT_SOFTWARE). */
int store_open_sqlite(struct store **out, const char *path, enum store_mode mode,
                      struct err *err) LAT_MUST_CHECK;
int store_open_memory(struct store **out, struct err *err) LAT_MUST_CHECK;
void store_close(struct store *s);
/* From now on no call waits for another's lock past `until`; {0}: for ten seconds, as at the beginning.
 * May come from any thread, also while a call waits. */
void store_wait_until(struct store *s, struct mono until);

enum store_result { STORE_ADDED, STORE_DUPLICATE, STORE_CONFLICT };

struct store_batch {
	const struct batch *batch;
	uint8_t digest[32];       /* SHA-256 of the batch's bytes as sent (inflated); the same UUID with
	                             another digest is a conflict */
	int64_t received_us;      /* wall clock of the collector */
	int64_t skew_us;          /* probe's clock less ours, on receipt; STORE_NO_SKEW: not told */
	bool clock_implausible;   /* keep raw, don't fold */
	const char *source;       /* an import's format ("globalping"); NULL: a probe of ours sent it */
	enum store_result result; /* out; of no meaning after an error */
};
#define STORE_NO_SKEW INT64_MIN

#define STORE_MAX_SAMPLES 16384 /* of one batch */

/* Append n batches in one durable step: when it returns 0, every batch whose result is
 * ADDED is on the disk (SQLite: WAL, synchronous=FULL) and will be found exactly once.
 * On an error none of them is, and the store can be used further. The same UUID twice in one
 * call is treated as in two. LAT_DATAERR, before anything is done, for what a decoded batch
 * (schema/wire.h) cannot be: no UUID, no probe or target, moments outside 0..2^62,
 * more than STORE_MAX_SAMPLES. */
int store_append(struct store *s, struct store_batch *batches, size_t n, struct err *err) LAT_MUST_CHECK;

/* Fold up to `max_batches` that are not folded yet; *left gets how many remain, or STORE_LEFT_MOST if there
 * are more: to count them all would take longer than a small step (store_totals() does). Done in
 * steps of bounded size: after an error, the steps before it stay. */
#define STORE_LEFT_MOST 10000
int store_fold(struct store *s, size_t max_batches, size_t *left, struct err *err) LAT_MUST_CHECK;

struct store_window {
	int64_t since_us, until_us; /* sample start times in [since, until) */
	int64_t unit_us;            /* stretch of a cell: an hour, a multiple of it, or shorter (then it is
	                               made from raw samples) */
	uint32_t measures;          /* bit m: measure m is wanted; the other sketches stay empty */
};

struct store_cell {
	const char *probe;
	const struct series *series; /* the same pointer for the same series throughout one scan */
	int64_t start_us;            /* multiple of unit_us since 1970 */
	const struct cell *cell;
};

/* An hour that the window cuts (its first or its last) holds what of it lies in the window,
 * made from raw samples, as is every cell of a unit below an hour: what of these has been
 * pruned is not in it. LAT_USAGE for a
 * unit above an hour that is no multiple of it.
 *
 * Every cell of the window, ordered by probe, then start, then series. The callback's
 * arguments are good during the call only, but probe and series until the scan ends. A
 * callback that returns other than 0 ends the scan, and its value comes back (with `err`
 * as it set it). */
typedef int store_cell_fn(void *ctx, const struct store_cell *cell, struct err *err);
int store_scan_cells(struct store *s, const struct store_window *w, store_cell_fn *fn, void *ctx,
                     struct err *err) LAT_MUST_CHECK;

/* Every raw sample of the window that hasn't been pruned, in the order in which batches were appended; flagged ones
 * too. The header is without samples and audits; all is good during the call only. */
struct store_sample {
	const char *probe;
	const struct batch *header;
	const struct sample *sample;
	enum cell_verdict verdict;
	const char *source; /* as it was appended (struct store_batch) */
};
typedef int store_sample_fn(void *ctx, const struct store_sample *sample, struct err *err);
int store_scan_samples(struct store *s, int64_t since_us, int64_t until_us, store_sample_fn *fn, void *ctx,
                       struct err *err) LAT_MUST_CHECK;

/* Facts: the newest audit for each probe, target and node in the window, ordered by these
 * (no node first). Audits in a row that say the same, at most two days apart (schema/audit.h), are
 * kept as one, from the first of them to the last: it is told with what the first said, the newest clock_skew_us, and t_us
 * the last time at which it was seen; the window's last microsecond where it was seen before the
 * window's end and after it. Where audits come out of order, of a stretch that another cuts only
 * its two ends are known. All is good during the call only. */
typedef int store_audit_fn(void *ctx, const char *probe, const struct audit *audit, struct err *err);
int store_scan_audits(struct store *s, int64_t since_us, int64_t until_us, store_audit_fn *fn, void *ctx,
                      struct err *err) LAT_MUST_CHECK;

/* Where an address that answered stands, as geography databases have it. */
struct store_place {
	const char *addr;          /* as in samples */
	const char *country;       /* ISO 3166-1 alpha-2; NULL: not known */
	const char *city;
	double lat, lon;           /* NAN: not known */
	const char *asn;           /* "AS1221 Telstra"; NULL */
	int64_t built_s;           /* when the database of places that was asked was made, seconds since 1970;
	                              0: it doesn't say; US_NONE: none was asked, which leaves the place that
	                              is there */
	int64_t found_us;
};
/* Keep them, each instead of what was known of its address, in one step. LAT_DATAERR for one without
 * an address. */
int store_put_places(struct store *s, const struct store_place *places, size_t n,
                     struct err *err) LAT_MUST_CHECK;
/* All of them, ordered by address. Arguments are good during the call only. */
typedef int store_place_fn(void *ctx, const struct store_place *place, struct err *err);
int store_scan_places(struct store *s, store_place_fn *fn, void *ctx, struct err *err) LAT_MUST_CHECK;

/* Which addresses answered: the raw samples of [since, until) that were steered by DNS to a cdn
 * or baseline target (no node asked, no candidate), kind cold, that succeeded (not of an implausible
 * clock; of a lagged one the round trip is left out), gathered by probe, series and address, and told in this
 * order. Cells don't know addresses, so this reads rows, and where these have been pruned there
 * are none. To bound the time: of the batches that the window touches only one in `every`
 * is read, the smallest number for which about `max_samples` are (0: all). */
struct store_edge_window { int64_t since_us, until_us; uint64_t max_samples; };
struct store_edge {
	const char *probe;
	const struct series *series;
	const char *addr;
	uint64_t samples;
	const struct sketch *min_rtt; /* of those that have one; microseconds */
};
typedef int store_edge_fn(void *ctx, const struct store_edge *edge, struct err *err);
/* All is good during the call only; `every` may be NULL. */
int store_scan_edges(struct store *s, const struct store_edge_window *w, uint64_t *every, store_edge_fn *fn,
                     void *ctx, struct err *err) LAT_MUST_CHECK;

/* All that was ever appended, what has been pruned since included. */
struct store_totals { int64_t batches, samples, unfolded, first_us, last_us; /* US_NONE: empty */ };
int store_totals(struct store *s, struct store_totals *out, struct err *err) LAT_MUST_CHECK;

/* Retention. Cells stay for ever, and so does a batch's header, by which the batch pushed
 * again is still a duplicate; what goes are the raw samples of batches that are folded and
 * whose samples all lie before `before_us` (where the clock was implausible: which were received
 * before it). */
struct store_pruned { int64_t batches, samples; };

/* Delete of the oldest such batches at most `max_samples` (at least one batch), in one
 * durable step: *done grows by what went, *more says whether there is more. */
int store_prune(struct store *s, int64_t before_us, size_t max_samples, struct store_pruned *done, bool *more,
                struct err *err) LAT_MUST_CHECK;
/* What store_prune would delete in all once everything is folded. */
int store_prunable(struct store *s, int64_t before_us, struct store_pruned *out, struct err *err) LAT_MUST_CHECK;
/* Raw samples before *until_us may have been pruned, those from it on are all there; US_NONE:
 * nothing has been pruned. (Samples of an implausible clock don't count here.) */
int store_pruned_until(struct store *s, int64_t *until_us, struct err *err) LAT_MUST_CHECK;
/* When the batch was received that was appended last of those whose clock was plausible; US_NONE: there is
 * none. At that moment the collector's clock and a probe's agreed, unless it was an import. */
int store_received_last(struct store *s, int64_t *received_us, struct err *err) LAT_MUST_CHECK;

#endif
