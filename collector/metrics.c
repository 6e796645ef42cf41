#include "collector/metrics.h"

#include <inttypes.h>

#include "lib/clock.h"

static const char *const result_names[RESULTS] = {
	[RESULT_ADDED] = "added",
	[RESULT_DUPLICATE] = "duplicate",
	[RESULT_CONFLICT] = "conflict",
	[RESULT_INVALID] = "invalid",
	[RESULT_UNAUTHORIZED] = "unauthorized",
	[RESULT_FORBIDDEN] = "forbidden",
	[RESULT_LIMITED] = "limited",
	[RESULT_UNAVAILABLE] = "unavailable",
};

/* A commit is one fdatasync: tenths of a millisecond on an SSD, tens on a disk. */
static const int64_t bounds_us[METRICS_BUCKETS] = {500,   1000,   2500,   5000,   10000,  25000,
                                                   50000, 100000, 250000, 500000, 1000000};

void metrics_count(struct metrics *m, enum metrics_result result)
{
	atomic_fetch_add_explicit(&m->batches[result], 1, memory_order_relaxed);
}

void metrics_commit(struct metrics *m, int64_t us)
{
	size_t i = 0;
	while (i < METRICS_BUCKETS && us > bounds_us[i])
		i++;
	atomic_fetch_add_explicit(&m->commits[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&m->commit_us, (uint64_t)us, memory_order_relaxed);
}

static uint64_t get(const atomic_uint_fast64_t *n)
{
	return atomic_load_explicit(n, memory_order_relaxed);
}

static void head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void metrics_print(const struct metrics *m, const probe_rows *probes, struct buf *out)
{
	head(out, "latlas_collector_batches_total", "counter", "Batches that were pushed, by how it ended.");
	for (int r = 0; r < RESULTS; r++)
		buf_addf(out, "latlas_collector_batches_total{result=\"%s\"} %" PRIu64 "\n", result_names[r],
		         get(&m->batches[r]));
	head(out, "latlas_collector_samples_total", "counter", "Samples committed.");
	buf_addf(out, "latlas_collector_samples_total %" PRIu64 "\n", get(&m->samples));

	const char *commit = "latlas_collector_commit_seconds";
	uint64_t n = 0;
	head(out, commit, "histogram", "Duration of group commits.");
	for (size_t i = 0; i < METRICS_BUCKETS; i++) {
		n += get(&m->commits[i]);
		buf_addf(out, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", commit, (double)bounds_us[i] / US_PER_S,
		         n);
	}
	n += get(&m->commits[METRICS_BUCKETS]);
	buf_addf(out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum %.6f\n%s_count %" PRIu64 "\n", commit, n,
	         commit, (double)get(&m->commit_us) / US_PER_S, commit, n);

	/* One that is revoked will never push again: an alert on it would have no end.
	 * Names are [A-Za-z0-9._-]: nothing to escape in a label. */
	head(out, "latlas_probe_last_seen_timestamp_seconds", "gauge", "When a probe last pushed.");
	for (size_t i = 0; i < probes->len; i++)
		if (!probes->at[i].revoked && probes->at[i].last_seen_us != US_NONE)
			buf_addf(out, "latlas_probe_last_seen_timestamp_seconds{probe=\"%s\"} %.3f\n",
			         probes->at[i].name, (double)probes->at[i].last_seen_us / US_PER_S);
	head(out, "latlas_probe_clock_skew_seconds", "gauge", "A probe's clock less the collector's.");
	for (size_t i = 0; i < probes->len; i++)
		if (!probes->at[i].revoked && probes->at[i].last_skew_us != STORE_NO_SKEW)
			buf_addf(out, "latlas_probe_clock_skew_seconds{probe=\"%s\"} %.6f\n",
			         probes->at[i].name, (double)probes->at[i].last_skew_us / US_PER_S);
}
