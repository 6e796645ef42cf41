#include "schema/store_sanity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/sanity.h"

struct matrix {
	const struct plan *plan;
	const probe_rows *probes;
	size_t columns;       /* nodes, then candidates */
	struct sketch *rtt;   /* of each probe and column, all targets of a node together */
	const char *probe;    /* the last one that was told, and its row; -1: not in the registry */
	long row;
};

static long row_of(const struct matrix *m, const char *probe)
{
	for (size_t i = 0; i < m->probes->len; i++)
		if (strcmp(m->probes->at[i].name, probe) == 0)
			return (long)i;
	return -1;
}

/* A candidate that has moved is another one under its name; of a node the series doesn't tell. */
static long column_of(const struct plan *plan, const struct series *s)
{
	if (s->node != NULL) {
		const struct plan_node *n = plan_node(plan, s->node);
		return n == NULL ? -1 : (long)(n - plan->nodes.at);
	}
	const struct plan_candidate *c = s->role == ROLE_CANDIDATE ? plan_candidate(plan, s->target) : NULL;
	return c == NULL || s->target_rev == NULL || strcmp(c->rev, s->target_rev) != 0 ? -1 : (long)(plan->nodes.len + (size_t)(c - plan->candidates.at));
}

/* The cells come by probe. */
static int add(void *ctx, const struct store_cell *cell, struct err *err)
{
	struct matrix *m = ctx;
	long column = column_of(m->plan, cell->series);

	if (m->probe == NULL || strcmp(m->probe, cell->probe) != 0) {
		m->probe = cell->probe; /* good until the scan ends */
		m->row = row_of(m, cell->probe);
	}
	if (m->row < 0 || column < 0)
		return 0;
	return sketch_merge(&m->rtt[(size_t)m->row * m->columns + (size_t)column], &cell->cell->sketch[M_MIN_RTT])
	               ? 0 : err_nomem(err);
}

static enum sanity_pair judge(const struct matrix *m, size_t row, size_t column)
{
	const struct probe_row *p = &m->probes->at[row];
	size_t nodes = m->plan->nodes.len;
	bool node = column < nodes;
	double lat = node ? m->plan->nodes.at[column].lat : m->plan->candidates.at[column - nodes].lat;
	double lon = node ? m->plan->nodes.at[column].lon : m->plan->candidates.at[column - nodes].lon;

	return sanity_pair(sketch_quantile(&m->rtt[row * m->columns + column], 0.5), p->lat, p->lon, lat, lon);
}

int store_sanity(struct store *s, const struct plan *plan, const probe_rows *probes, int64_t since_us,
                 int64_t until_us, bool *impossible, struct err *err)
{
	const struct store_window w = {since_us, until_us, US_PER_HOUR, 1u << M_MIN_RTT};
	struct matrix m = {.plan = plan, .probes = probes,
	                   .columns = plan->nodes.len + plan->candidates.len, .row = -1};
	size_t pairs = probes->len * m.columns;
	enum sanity_pair *pair = calloc(pairs + 1, sizeof *pair);
	bool *column_bad = calloc(m.columns + 1, sizeof *column_bad);

	m.rtt = calloc(pairs + 1, sizeof *m.rtt);
	int status = m.rtt == NULL || pair == NULL || column_bad == NULL ? err_nomem(err)
	             : pairs == 0 ? 0 : store_scan_cells(s, &w, add, &m, err);
	if (probes->len > 0)
		memset(impossible, 0, probes->len * sizeof *impossible);
	for (size_t i = 0; status == 0 && i < pairs; i++)
		pair[i] = judge(&m, i / m.columns, i % m.columns);
	if (status == 0)
		sanity_blame(pair, probes->len, m.columns, impossible, column_bad);
	for (size_t i = 0; m.rtt != NULL && i < pairs; i++)
		sketch_free(&m.rtt[i]);
	free(m.rtt);
	free(pair);
	free(column_bad);
	return status;
}
