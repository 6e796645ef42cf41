#include "collector/import_sink.h"

#include <stdlib.h>
#include <string.h>

#include "collector/edges.h"
#include "lib/hash.h"
#include "lib/keymap.h"
#include "schema/store.h"

#define MOST_ITEMS 512     /* of one step */
#define MOST_SAMPLES 8192
#define SUBJECTS 32

/* What the registry has of a vantage. */
enum known { UNKNOWN, PLACELESS, PLACED };

struct subject { char target[NAME_MAX_LEN + 1], node[NAME_MAX_LEN + 1]; bool planned; size_t samples; };

struct import_sink {
	struct store *store;
	struct registry *registry;
	struct geo *geo;
	struct edges *edges;       /* NULL without geography */
	int64_t now_us;
	struct import_item *items[MOST_ITEMS];
	size_t len, samples;
	struct keymap known;       /* enum known by the hash of a vantage's name */
	struct import_sums sums;
	struct subject subjects[SUBJECTS];
	size_t subjects_len;
};

struct import_sink *import_sink_new(struct store *store, struct registry *registry, struct geo *geo,
                                    const struct log *log, int64_t now_us)
{
	struct import_sink *k = calloc(1, sizeof *k);

	if (k == NULL)
		return NULL;
	k->store = store;
	k->registry = registry;
	k->now_us = now_us;
	k->geo = geo;
	k->edges = geo != NULL ? edges_new(log) : NULL;
	if (geo != NULL && k->edges == NULL) {
		free(k);
		return NULL;
	}
	return k;
}

static void drop(struct import_sink *k)
{
	for (size_t i = 0; i < k->len; i++)
		import_item_free(k->items[i]);
	k->len = k->samples = 0;
}

void import_sink_free(struct import_sink *k)
{
	if (k == NULL)
		return;
	drop(k);
	edges_free(k->edges);
	keymap_free(&k->known);
	free(k);
}

/* ---- vantages ------------------------------------------------------------------- */

/* Must the registry hear of this vantage: a name that is new, or a place for one that had none?
 * The name's hash stands for it; two that share one (2^-64 for a pair) would cost a place. */
static bool is_news(struct import_sink *k, const struct probe_row *v, bool *news)
{
	uint64_t *known = keymap_at(&k->known, hash64(HASH64_INIT, v->name, strlen(v->name)));

	if (known == NULL)
		return false;
	*news = *known == UNKNOWN || (*known == PLACELESS && v->country != NULL);
	k->sums.placeless += *known == UNKNOWN && v->country == NULL;
	k->sums.placeless -= *known != UNKNOWN && *news;
	k->sums.vantages = k->known.len;
	if (*news)
		*known = v->country != NULL ? PLACED : PLACELESS;
	return true;
}

static int register_all(struct import_sink *k, struct err *err)
{
	struct probe_row rows[MOST_ITEMS];
	size_t n = 0;
	bool news;

	for (size_t i = 0; i < k->len; i++) {
		if (!is_news(k, &k->items[i]->vantage, &news))
			return err_nomem(err);
		if (news)
			rows[n++] = k->items[i]->vantage;
	}
	return registry_import_vantages(k->registry, rows, n, err);
}

/* ---- batches --------------------------------------------------------------------- */

static void count_subject(struct import_sink *k, const struct sample *s)
{
	const char *node = s->node == NULL ? "" : s->node;
	size_t i = 0;

	while (i < k->subjects_len
	       && (strcmp(k->subjects[i].target, s->target) != 0 || strcmp(k->subjects[i].node, node) != 0))
		i++;
	if (i == SUBJECTS)
		return;
	if (i == k->subjects_len) {
		struct subject *new = &k->subjects[k->subjects_len++];
		snprintf(new->target, sizeof new->target, "%s", s->target);
		snprintf(new->node, sizeof new->node, "%s", node);
		new->planned = s->target_rev != NULL;
	}
	k->subjects[i].samples++;
}

static void count(struct import_sink *k, const struct store_batch *b)
{
	if (b->result != STORE_ADDED) {
		k->sums.there++;
		k->sums.otherwise += b->result == STORE_CONFLICT;
		return;
	}
	k->sums.taken++;
	k->sums.samples += b->batch->samples.len;
	k->sums.audits += b->batch->audits.len;
	for (size_t i = 0; i < b->batch->samples.len; i++)
		count_subject(k, &b->batch->samples.at[i]);
}

/* After the batches, as the places of addresses that nothing names are of no use. */
static int find_places(struct import_sink *k, struct err *err)
{
	int status = 0;

	if (k->edges == NULL)
		return 0;
	for (size_t i = 0; i < k->len; i++)
		if (!edges_add(k->edges, &k->items[i]->batch))
			return err_nomem(err);
	while (status == 0 && edges_pending(k->edges, k->geo))
		status = edges_step(k->edges, k->store, k->geo, k->now_us, err);
	return status;
}

int import_sink_flush(struct import_sink *k, struct err *err)
{
	struct store_batch batches[MOST_ITEMS];

	if (k->len == 0)
		return 0;
	for (size_t i = 0; i < k->len; i++) {
		batches[i] = (struct store_batch){.batch = &k->items[i]->batch, .received_us = k->now_us,
		                                  .skew_us = STORE_NO_SKEW, .source = k->items[i]->vantage.source};
		memcpy(batches[i].digest, k->items[i]->digest, sizeof batches[i].digest);
	}
	int status = register_all(k, err);
	if (status == 0)
		status = store_append(k->store, batches, k->len, err);
	for (size_t i = 0; status == 0 && i < k->len; i++)
		count(k, &batches[i]);
	if (status == 0)
		status = find_places(k, err);
	drop(k);
	return status;
}

int import_sink_take(void *ctx, struct import_item *item, struct err *err)
{
	struct import_sink *k = ctx;

	k->items[k->len++] = item;
	k->samples += item->batch.samples.len + item->batch.audits.len;
	return k->len == MOST_ITEMS || k->samples >= MOST_SAMPLES ? import_sink_flush(k, err) : 0;
}

struct import_sums import_sink_sums(const struct import_sink *k)
{
	return k->sums;
}

static int by_samples(const void *a, const void *b)
{
	const struct import_subject *x = a, *y = b;

	if (x->samples != y->samples)
		return x->samples < y->samples ? 1 : -1;
	return strcmp(x->target, y->target);
}

size_t import_sink_subjects(const struct import_sink *k, struct import_subject *out, size_t max)
{
	struct import_subject all[SUBJECTS];

	for (size_t i = 0; i < k->subjects_len; i++)
		all[i] = (struct import_subject){.target = k->subjects[i].target,
		                                 .node = k->subjects[i].node[0] == '\0' ? NULL : k->subjects[i].node,
		                                 .planned = k->subjects[i].planned,
		                                 .samples = k->subjects[i].samples};
	if (k->subjects_len != 0)
		qsort(all, k->subjects_len, sizeof *all, by_samples);
	for (size_t i = 0; i < k->subjects_len && i < max; i++)
		out[i] = all[i];
	return k->subjects_len;
}
