/* The store in memory: retention. */
#include "schema/store_memory.h"

static bool may_go(const struct kept *k, int64_t before_us, int64_t *last_us)
{
	*last_us = US_NONE;
	for (size_t i = 0; i < k->batch.samples.len; i++)
		if (k->batch.samples.at[i].t_us > *last_us)
			*last_us = k->batch.samples.at[i].t_us;
	return !k->pruned && *last_us != US_NONE && (k->implausible ? k->received_us : *last_us) < before_us;
}

/* The oldest that may go; NULL. */
static struct kept *oldest(const struct memory *m, int64_t before_us, int64_t *last_us)
{
	struct kept *best = NULL;
	int64_t best_us = before_us, t;

	for (size_t i = 0; i < m->len; i++) {
		struct kept *k = m->at[i];
		if (!k->folded || !may_go(k, before_us, &t) || (k->implausible ? k->received_us : t) >= best_us)
			continue;
		best = k;
		best_us = k->implausible ? k->received_us : t;
		*last_us = t;
	}
	return best;
}

int store_memory_prune(struct store *store, int64_t before_us, size_t max_samples, struct store_pruned *done,
                       bool *more, struct err *err)
{
	struct memory *m = (struct memory *)store;
	size_t samples = 0;
	int64_t last_us;

	(void)err;
	for (struct kept *k; (k = oldest(m, before_us, &last_us)) != NULL;) {
		if (samples > 0 && samples + k->batch.samples.len > max_samples) {
			*more = true;
			break;
		}
		k->pruned = true;
		samples += k->batch.samples.len;
		done->batches++;
		done->samples += (int64_t)k->batch.samples.len;
		if (!k->implausible && last_us + 1 > m->pruned_until_us)
			m->pruned_until_us = last_us + 1;
	}
	return 0;
}

int store_memory_prunable(struct store *store, int64_t before_us, struct store_pruned *out, struct err *err)
{
	const struct memory *m = (struct memory *)store;
	int64_t last_us;

	(void)err;
	for (size_t i = 0; i < m->len; i++)
		if (may_go(m->at[i], before_us, &last_us)) {
			out->batches++;
			out->samples += (int64_t)m->at[i]->batch.samples.len;
		}
	return 0;
}

int store_memory_pruned_until(struct store *store, int64_t *until_us, struct err *err)
{
	const struct memory *m = (struct memory *)store;

	(void)err;
	if (m->pruned_until_us != 0)
		*until_us = m->pruned_until_us;
	return 0;
}

int store_memory_received_last(struct store *store, int64_t *received_us, struct err *err)
{
	const struct memory *m = (struct memory *)store;

	(void)err;
	for (size_t i = m->len; i > 0; i--)
		if (!m->at[i - 1]->implausible) {
			*received_us = m->at[i - 1]->received_us;
			break;
		}
	return 0;
}
