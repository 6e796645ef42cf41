/* Both stores get the same few thousand rounds, made at random from a seed (several probes,
 * outages, failures, lagged, late, duplicates), and are folded at different moments. Whatever is
 * asked of them, they must say the same; and the cells of hours must be what a recount
 * of the raw samples says. */
#include "schema/store.h"

#include "tests/check.h"
#include "tests/unit/schema/store_fixture.h"

#define ROUNDS 1000
#define GROUP 16 /* batches of one call, at most */

static struct err err;

struct pair { struct store *memory, *sqlite; };

/* The same cells from both, in the same order. */
static void compare_cells(struct pair *p, const struct store_window *w)
{
	told_vec a = {0}, b = {0};

	CHECK_INT(store_scan_cells(p->memory, w, fixture_keep, &a, &err), 0);
	CHECK_INT(store_scan_cells(p->sqlite, w, fixture_keep, &b, &err), 0);
	const char *difference = fixture_difference(&a, &b);
	if (difference != NULL) {
		char why[800];
		snprintf(why, sizeof why, "window %" PRId64 "..%" PRId64 " by %" PRId64 ": %s", w->since_us,
		         w->until_us, w->unit_us, difference);
		check_fail(__FILE__, __LINE__, why);
	}
	fixture_forget(&a);
	fixture_forget(&b);
}

static void compare_totals(struct pair *p)
{
	struct store_totals a, b;

	CHECK_INT(store_totals(p->memory, &a, &err), 0);
	CHECK_INT(store_totals(p->sqlite, &b, &err), 0);
	CHECK_INT(b.batches, a.batches);
	CHECK_INT(b.samples, a.samples);
	CHECK_INT(b.unfolded, a.unfolded);
	CHECK_INT(b.first_us, a.first_us);
	CHECK_INT(b.last_us, a.last_us);
}

/* What a scan told, as one number for each thing told. */
typedef VEC(uint64_t) hashes;

static uint64_t mix(uint64_t h, uint64_t n)
{
	h = (h ^ n) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

static uint64_t mix_text(uint64_t h, const char *text)
{
	h = mix(h, text == NULL);
	for (; text != NULL && *text != '\0'; text++)
		h = mix(h, (unsigned char)*text);
	return h;
}

static int hash_sample(void *ctx, const struct store_sample *told, struct err *e)
{
	const struct sample *s = told->sample;
	const char *const texts[] = {told->probe, told->header->uuid, s->target, s->target_rev, s->node,
	                             s->addr,     s->resolver,        s->http,   s->tls,        s->edge,
	                             s->cache,    s->location,        s->cname,  s->ecs,        told->header->seed};
	const int64_t numbers[] = {told->verdict,
	                           told->header->started_us,
	                           told->header->timeout_ms,
	                           told->header->round_ok,
	                           s->seq,
	                           s->t_us,
	                           s->role,
	                           s->nth,
	                           s->family,
	                           s->ttl,
	                           s->dns_cache,
	                           s->dns_us,
	                           s->tcp_us,
	                           s->tls_us,
	                           s->wait_us,
	                           s->body_us,
	                           s->min_rtt_us,
	                           s->retrans,
	                           s->lag_us,
	                           s->status,
	                           s->bytes,
	                           s->error,
	                           s->error_phase,
	                           s->lagged,
	                           s->kind,
	                           s->syn_rtt_us,
	                           s->age_s,
	                           s->dns_tries,
	                           s->dns_tcp,
	                           s->ecs_scope};
	uint64_t h = 1, *slot = vec_add((hashes *)ctx);

	(void)e;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		h = mix_text(h, texts[i]);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		h = mix(h, (uint64_t)numbers[i]);
	if (slot == NULL)
		abort();
	*slot = h;
	return 0;
}

static int hash_audit(void *ctx, const char *probe, const struct audit *a, struct err *e)
{
	uint64_t *slot = vec_add((hashes *)ctx);

	(void)e;
	if (slot == NULL)
		abort();
	*slot = mix(mix_text(mix_text(mix_text(mix_text(1, probe), a->target), a->node), a->sha256),
	            (uint64_t)a->t_us);
	return 0;
}

static int hash_edge(void *ctx, const struct store_edge *edge, struct err *e)
{
	char text[320];
	uint64_t *slot = vec_add((hashes *)ctx);

	(void)e;
	if (slot == NULL)
		abort();
	*slot = mix(mix_text(mix_text(1, edge->probe), edge->addr), edge->samples);
	*slot = mix_text(*slot, fixture_series_text(edge->series, text, sizeof text));
	*slot = mix(*slot, (uint64_t)(sketch_quantile(edge->min_rtt, 0.5) * 1000));
	return 0;
}

static void compare_edges(struct pair *p, int64_t since_us, int64_t until_us, hashes *a, hashes *b)
{
	const uint64_t limits[] = {0, 50000, 1000};
	for (size_t i = 0; i < 3; i++) {
		struct store_edge_window w = {since_us, until_us, limits[i]};
		uint64_t every[2] = {0, 0};
		CHECK_INT(store_scan_edges(p->memory, &w, &every[0], hash_edge, a, &err), 0);
		CHECK_INT(store_scan_edges(p->sqlite, &w, &every[1], hash_edge, b, &err), 0);
		CHECK_INT(every[1], every[0]);
		CHECK(every[0] >= 1 && (limits[i] != 0 || every[0] == 1));
	}
}

static void compare_raw(struct pair *p, int64_t since_us, int64_t until_us)
{
	hashes a = {0}, b = {0};

	compare_edges(p, since_us, until_us, &a, &b);

	CHECK_INT(store_scan_samples(p->memory, since_us, until_us, hash_sample, &a, &err), 0);
	CHECK_INT(store_scan_samples(p->sqlite, since_us, until_us, hash_sample, &b, &err), 0);
	CHECK_INT(store_scan_audits(p->memory, since_us, until_us, hash_audit, &a, &err), 0);
	CHECK_INT(store_scan_audits(p->sqlite, since_us, until_us, hash_audit, &b, &err), 0);
	CHECK_INT(b.len, a.len);
	for (size_t i = 0; i < a.len && i < b.len; i++)
		CHECK(a.at[i] == b.at[i]);
	vec_free(&a);
	vec_free(&b);
}

/* Add the next few rounds to both, with some of them twice and some altered. */
static void append_some(struct pair *p, struct rng *r, uint64_t *number)
{
	struct batch *batches[GROUP];
	struct store_batch push[2][GROUP];
	size_t n = 1 + rng_below(r, GROUP);

	for (size_t i = 0; i < n; i++) {
		bool implausible;
		bool again = i > 0 && rng_below(r, 12) == 0;
		batches[i] = fixture_random(r, again ? *number : ++*number, &implausible);
		push[0][i] = fixture_push(batches[i]);
		push[0][i].clock_implausible = implausible;
		push[0][i].digest[0] ^= again && rng_below(r, 2) == 0;
		push[1][i] = push[0][i];
	}
	CHECK_INT(store_append(p->memory, push[0], n, &err), 0);
	CHECK_INT(store_append(p->sqlite, push[1], n, &err), 0);
	for (size_t i = 0; i < n; i++) {
		CHECK_INT(push[1][i].result, push[0][i].result);
		fixture_free(batches[i]);
	}
}

static struct store_window random_window(struct rng *r, const struct store_totals *t)
{
	static const int64_t units[] = {US_PER_HOUR,    US_PER_HOUR,   6 * US_PER_HOUR, 24 * US_PER_HOUR,
	                                600 * US_PER_S, 10 * US_PER_S, 7 * US_PER_S};
	struct store_window w = {.unit_us = units[rng_below(r, 7)]};
	uint32_t hours = (uint32_t)((t->last_us - t->first_us) / US_PER_HOUR) + 2;

	w.since_us = t->first_us + (int64_t)rng_below(r, hours) * US_PER_HOUR;
	w.until_us = w.since_us + (int64_t)rng_below(r, hours) * US_PER_HOUR;
	if (rng_below(r, 2) == 0) { /* on the hour */
		w.since_us -= w.since_us % US_PER_HOUR;
		w.until_us -= w.until_us % US_PER_HOUR;
	} else {
		w.since_us -= rng_below(r, 1u << 31);
		w.until_us += rng_below(r, 1u << 31);
	}
	w.measures = rng_below(r, 3) == 0 ? rng_below(r, 1u << MEASURES) : FIXTURE_ALL;
	return w;
}

/* Raw samples counted again, by hand so to say. */
struct recount { told_vec *cells; size_t wrong; };

/* The first cell of a probe's hour. */
static size_t first_of(const told_vec *v, const char *probe, int64_t start_us)
{
	size_t low = 0, high = v->len;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int c = strcmp(v->at[middle]->probe, probe);
		if (c < 0 || (c == 0 && v->at[middle]->start_us < start_us))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int count_again(void *ctx, const struct store_sample *told, struct err *e)
{
	struct recount *c = ctx;
	struct series series = series_of_sample(told->sample);
	int64_t hour = told->sample->t_us - told->sample->t_us % US_PER_HOUR;
	char text[320];

	fixture_series_text(&series, text, sizeof text);
	for (size_t i = first_of(c->cells, told->probe, hour); i < c->cells->len; i++) {
		struct told *t = c->cells->at[i];
		if (t->start_us != hour || strcmp(t->probe, told->probe) != 0)
			break;
		if (strcmp(t->series, text) != 0)
			continue;
		if (!cell_add(&t->cell, told->sample, told->verdict, told->header->timeout_ms * US_PER_MS))
			return err_nomem(e);
		return 0;
	}
	c->wrong++; /* a sample without a cell */
	return 0;
}

static void recount(struct pair *p)
{
	struct store_window w = {0, INT64_MAX, US_PER_HOUR, FIXTURE_ALL};
	told_vec cells = {0}, again = {0};

	CHECK_INT(store_scan_cells(p->sqlite, &w, fixture_keep, &cells, &err), 0);
	CHECK_INT(store_scan_cells(p->sqlite, &w, fixture_keep, &again, &err), 0);
	for (size_t i = 0; i < again.len; i++)
		cell_clear(&again.at[i]->cell);
	struct recount c = {&again, 0};
	CHECK_INT(store_scan_samples(p->sqlite, 0, INT64_MAX, count_again, &c, &err), 0);
	CHECK_INT(c.wrong, 0);
	CHECK(cells.len > 1000);
	const char *difference = fixture_difference(&cells, &again);
	if (difference != NULL)
		check_fail(__FILE__, __LINE__, difference);
	fixture_forget(&cells);
	fixture_forget(&again);
}

/* One probe that was away for more than a day, and whose clock jumped by years now and then: more
 * than the SQLite store adds up in memory at a time. */
static void backlog(const char *folder)
{
	struct pair p;
	struct rng r;

	CHECK_CASE("a backlog of 60,000 samples, some of them years apart");
	rng_seed(&r, 3);
	CHECK_INT(store_open_memory(&p.memory, &err), 0);
	CHECK_INT(store_open_sqlite(&p.sqlite, fixture_path(folder, "backlog.db"), STORE_CREATE, &err), 0);
	for (uint64_t i = 1; i <= 30; i++) {
		struct batch *b = fixture_batch(i, "lagos-1", FIXTURE_HOUR + (int64_t)i * US_PER_HOUR);
		for (int j = 0; j < 2000; j++) {
			int64_t t = b->started_us + (int64_t)rng_below(&r, 3600) * US_PER_S;
			if (i % 5 == 0 && j == 0)
				t = (int64_t)(j + 1) * 1000 * US_PER_DAY;
			fixture_sample(b, j % 3 ? "www" : "origin", t)->tcp_us = rng_below(&r, 1000000);
		}
		struct store_batch sb = fixture_push(b);
		CHECK_INT(store_append(p.memory, &sb, 1, &err), 0);
		CHECK_INT(store_append(p.sqlite, &sb, 1, &err), 0);
		fixture_free(b);
	}
	static const int64_t units[] = {US_PER_HOUR, 24 * US_PER_HOUR, 600 * US_PER_S};
	for (size_t i = 0; i < 3; i++) {
		struct store_window w = {0, INT64_MAX, units[i], 1u << M_TCP | 1u << M_TOTAL};
		compare_cells(&p, &w);
		w.since_us = FIXTURE_HOUR + 90 * 60 * US_PER_S;
		w.until_us = FIXTURE_HOUR + 27 * US_PER_HOUR + 1;
		compare_cells(&p, &w);
	}
	store_close(p.memory);
	store_close(p.sqlite);
}

int main(void)
{
	char *folder = fixture_folder();
	struct pair p;
	struct rng r;
	uint64_t number = 0;
	size_t left[2];

	rng_seed(&r, 20261122);
	if (folder == NULL || store_open_memory(&p.memory, &err) != 0
	    || store_open_sqlite(&p.sqlite, fixture_path(folder, "equal.db"), STORE_CREATE, &err) != 0)
		return err_print(&err, "store_equal_test");

	CHECK_CASE("a thousand random rounds: both stores say the same while they grow");
	for (int step = 0; number < ROUNDS; step++) {
		append_some(&p, &r, &number);
		if (rng_below(&r, 6) == 0) {
			size_t some = rng_below(&r, 60);
			CHECK_INT(store_fold(p.memory, some, &left[0], &err), 0);
			CHECK_INT(store_fold(p.sqlite, some, &left[1], &err), 0);
			CHECK_INT(left[1], left[0]);
		}
		if (step % 50 == 0) {
			struct store_totals t;
			CHECK_INT(store_totals(p.memory, &t, &err), 0);
			struct store_window w = random_window(&r, &t);
			compare_cells(&p, &w);
			compare_raw(&p, w.since_us, w.until_us);
			compare_totals(&p);
		}
	}

	CHECK_CASE("partly folded: every hour's cell, and a recount of raw samples");
	struct store_window all = {0, INT64_MAX, US_PER_HOUR, FIXTURE_ALL};
	struct store_totals t;
	CHECK_INT(store_totals(p.sqlite, &t, &err), 0);
	CHECK(t.unfolded > 0 && t.unfolded < t.batches);
	compare_cells(&p, &all);
	compare_raw(&p, 0, INT64_MAX);
	recount(&p);

	CHECK_CASE("a reader of its own sees the same");
	struct pair reader = {.memory = p.memory};
	CHECK_INT(store_open_sqlite(&reader.sqlite, fixture_path(folder, "equal.db"), STORE_READ, &err), 0);
	compare_cells(&reader, &all);
	compare_totals(&reader);
	store_close(reader.sqlite);

	CHECK_CASE("all folded: every hour's cell, and a recount of raw samples");
	CHECK_INT(store_fold(p.memory, SIZE_MAX, &left[0], &err), 0);
	CHECK_INT(store_fold(p.sqlite, SIZE_MAX, &left[1], &err), 0);
	CHECK_INT(left[1], 0);
	compare_cells(&p, &all);
	compare_totals(&p);
	recount(&p);

	CHECK_CASE("random windows and units, all folded");
	for (int i = 0; i < 12; i++) {
		struct store_window w = random_window(&r, &t);
		compare_cells(&p, &w);
		compare_raw(&p, w.since_us, w.until_us);
	}
	store_close(p.memory);
	store_close(p.sqlite);
	backlog(folder);
	int status = check_done();
	fixture_remove(folder);
	return status;
}
