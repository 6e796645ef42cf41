#include "report/intake.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/series_class.h"

struct sum { /* of a subject in a unit, over its parts */
	uint64_t attempts, failures, first, first_failures, flagged, n[MEASURES];
};

struct intake {
	struct atlas *a;
	struct classes classes;
	size_t streams;           /* parts of all subjects */
	struct cell **pending;    /* by stream: the unit's cells, merged; NULL: none yet */
	bool *touched;            /* by stream */
	VEC(size_t) streams_used, subjects_used;
	bool any;                 /* a unit is being gathered */
	size_t vantage;           /* whose */
	int64_t start_us;
	uint64_t *signature;      /* scratch */
};

/* ---- numbers ----------------------------------------------------------------- */

static bool is_target(const struct atlas *a, size_t subject)
{
	return subject < a->targets;
}

static bool is_candidate(const struct atlas *a, size_t subject)
{
	return subject >= a->targets + a->targets * a->nodes;
}

static size_t parts_of(const struct atlas *a, size_t subject)
{
	return is_target(a, subject) && a->plan.targets.at[subject].role == ROLE_CDN ? a->nodes + 1 : 1;
}

/* Streams are numbered with room for all parts of each target. */
static size_t stream_of(const struct atlas *a, size_t subject, size_t part)
{
	if (is_target(a, subject))
		return subject * (a->nodes + 1) + part;
	return a->targets * (a->nodes + 1) + subject - a->targets;
}

enum measure intake_measure(const struct atlas *a, enum slot slot)
{
	switch (slot) {
	case SLOT_TOTAL: return M_TOTAL;
	case SLOT_TTFB: return M_TTFB;
	case SLOT_NO_DNS: return measure_without(a->plan.metric, true, false);
	case SLOT_NO_SERVER: return measure_without(a->plan.metric, false, true);
	case SLOT_NO_BOTH: return measure_without(a->plan.metric, true, true);
	case SLOT_DNS: return M_DNS;
	case SLOT_RTT: case SLOT_MIN_RTT: case SLOTS: break;
	}
	return M_MIN_RTT;
}

uint32_t intake_slots(const struct atlas *a, size_t subject)
{
	uint32_t sums = 1u << SLOT_TOTAL | 1u << SLOT_TTFB, way = atlas_by_rtt(a) ? 1u << SLOT_MIN_RTT : 0;

	if (is_candidate(a, subject))
		return 1u << SLOT_RTT | way;
	if (!is_target(a, subject))
		return 1u << SLOT_RTT | (way != 0 ? way : 1u << a->metric | 1u << SLOT_NO_SERVER);
	if (a->plan.targets.at[subject].role != ROLE_CDN)
		return sums | way;
	return sums | 1u << SLOT_DNS | 1u << SLOT_RTT
	       | (way != 0 ? way : 1u << SLOT_NO_DNS | 1u << SLOT_NO_SERVER | 1u << SLOT_NO_BOTH);
}

uint32_t intake_window(const struct atlas *a, size_t subject)
{
	uint32_t bare = 1u << M_MIN_RTT | 1u << M_SERVER;

	if (!is_target(a, subject))
		return bare;
	return bare | 1u << M_DNS | 1u << M_TCP | 1u << M_TLS | 1u << M_WAIT | 1u << M_BODY | 1u << M_TTFB
	       | 1u << M_TOTAL;
}

uint32_t intake_measures(const struct atlas *a)
{
	uint32_t set = intake_window(a, 0);

	for (int s = 0; s < SLOTS; s++)
		set |= 1u << intake_measure(a, (enum slot)s);
	return set;
}

bool intake_slot_fails(enum slot s)
{
	return s != SLOT_DNS && s != SLOT_RTT;
}

bool intake_measure_fails(const struct atlas *a, enum measure m)
{
	return m == M_TTFB || m == M_TOTAL || m == a->plan.metric;
}

/* Attempts at what has failures in it, of a subject in a unit or of one of its parts: the first
 * of each round, but every one at a round trip. */
struct tries { uint64_t n, failed; };

static struct tries tries_of(const struct cell *c, bool round_trips)
{
	return round_trips ? (struct tries){c->attempts, cell_failures(c)}
	                   : (struct tries){c->first_attempts, c->first_failures};
}

static struct tries tries_in(const struct sum *sum, bool round_trips)
{
	return round_trips ? (struct tries){sum->attempts, sum->failures}
	                   : (struct tries){sum->first, sum->first_failures};
}

/* Are there successes, and were all of them late, so that none has a value? Without its total a success
 * in time has a ttfb or a round trip at least. */
static bool all_late(const struct sum *sum, bool round_trips)
{
	struct tries all = tries_in(sum, round_trips);
	bool timed = round_trips ? sum->n[M_TCP] != 0 || sum->n[M_MIN_RTT] != 0 : sum->n[M_TTFB] != 0;

	return all.n != all.failed && !timed && sum->flagged >= all.n - all.failed;
}

/* ---- making one ------------------------------------------------------------------- */

struct intake *intake_new(struct atlas *a)
{
	struct intake *in = calloc(1, sizeof *in);

	if (in == NULL)
		return NULL;
	in->a = a;
	in->streams = a->targets * (a->nodes + 1) + a->targets * a->nodes + a->candidates;
	in->pending = calloc(in->streams + 1, sizeof(struct cell *));
	in->touched = calloc(in->streams + 1, sizeof *in->touched);
	in->signature = calloc(a->signature_words + 1, sizeof *in->signature);
	if (in->pending == NULL || in->touched == NULL || in->signature == NULL) {
		intake_free(in);
		return NULL;
	}
	return in;
}

void intake_free(struct intake *in)
{
	if (in == NULL)
		return;
	for (size_t i = 0; in->pending != NULL && i < in->streams; i++)
		if (in->pending[i] != NULL) {
			cell_free(in->pending[i]);
			free(in->pending[i]);
		}
	free(in->pending);
	classes_free(&in->classes);
	free(in->touched);
	free(in->signature);
	vec_free(&in->streams_used);
	vec_free(&in->subjects_used);
	free(in);
}

/* ---- where a unit goes ---------------------------------------------------------- */

static struct track *track_of(struct atlas *a, struct vantage *v, size_t subject)
{
	struct track *t = &v->track[subject];

	if (t->part == NULL) {
		size_t parts = parts_of(a, subject);
		t->part = arena_alloc(&a->arena, parts * sizeof *t->part);
		t->served = arena_alloc(&a->arena, parts * sizeof *t->served);
		if (t->part == NULL || t->served == NULL) {
			t->part = NULL;
			return NULL;
		}
		t->parts = parts;
		t->rtt_us = NAN;
		for (size_t i = 0; i < parts; i++)
			t->part[i].rtt_us = NAN;
	}
	return t;
}

static bool bit_set(struct atlas *a, struct bits *b, size_t i)
{
	if (b->word == NULL
	    && (b->word = arena_alloc(&a->arena, (a->units / 64 + 1) * sizeof *b->word)) == NULL)
		return false;
	b->word[i / 64] |= 1ULL << i % 64;
	return true;
}

size_t intake_signature(struct atlas *a, const uint64_t *words)
{
	size_t n = a->signatures.len / a->signature_words, size = a->signature_words * sizeof *words;

	for (size_t i = n; i-- > 0; )
		if (memcmp(&a->signatures.at[i * a->signature_words], words, size) == 0)
			return i;
	for (size_t w = 0; w < a->signature_words; w++) {
		uint64_t *to = vec_add(&a->signatures);
		if (to == NULL)
			return SIZE_MAX;
		*to = words[w];
	}
	return n;
}

static size_t slice_of(struct atlas *a, struct vantage *v, uint32_t block, const uint64_t *signature)
{
	size_t number = intake_signature(a, signature);

	if (number == SIZE_MAX)
		return SIZE_MAX;
	for (size_t i = v->slices.len; i-- > 0 && v->slices.at[i].block == block; )
		if (v->slices.at[i].signature == number)
			return i;
	struct slice *s = vec_add(&v->slices);
	if (s == NULL)
		return SIZE_MAX;
	*s = (struct slice){.block = block, .signature = (uint32_t)number};
	return v->slices.len - 1;
}

static struct lot *lot_of(const struct vantage *v, struct part *p, uint32_t slice)
{
	uint32_t block = v->slices.at[slice].block;

	/* A part may come late to a slice of its block: atlas_load() sorts them. */
	for (size_t i = p->lots.len; i-- > 0 && v->slices.at[p->lots.at[i].slice].block == block; )
		if (p->lots.at[i].slice == slice)
			return &p->lots.at[i];
	struct lot *l = vec_add(&p->lots);
	if (l != NULL) {
		l->slice = slice;
		l->rtt_us = NAN;
	}
	return l;
}

/* ---- folding a unit --------------------------------------------------------------- */

/* Failures of a part in a unit, into what has failures. Where the whole unit failed, or no success of it was
 * in time, nobody knows yet what a success is to weigh beside them: lost_settle() adds these. false: the unit
 * has nothing to say, being without an attempt, or all its successes without the measure (no body, hence no
 * total). */
static bool fold_failures(struct dist *d, const struct sum *sum, const struct cell *c, enum measure m,
                          double *successes)
{
	struct tries all = tries_in(sum, m == M_MIN_RTT), own = tries_of(c, m == M_MIN_RTT);

	bool later = all.n == all.failed || all_late(sum, m == M_MIN_RTT);
	if (all.n == 0 || (!later && sum->n[m] == 0))
		return false;
	*successes = (double)(all.n - all.failed) / (double)all.n;
	dist_add_failures(d, later ? 0 : (double)own.failed / (double)all.n, (double)c->timeout_us);
	return true;
}

static void fold_lost(struct lost *lost, const struct sum *sum, const struct cell *c)
{
	for (int trips = 0; trips < 2; trips++) {
		struct tries all = tries_in(sum, trips == 1), own = tries_of(c, trips == 1);
		if (all.n != 0 && (all.n == all.failed || all_late(sum, trips == 1)))
			lost->units[trips] += (double)own.failed / (double)all.n;
	}
}

static bool fold_lot(const struct atlas *a, struct lot *l, size_t subject, const struct cell *c,
                     const struct sum *sum)
{
	for (int s = 0; s < SLOTS; s++) {
		if ((intake_slots(a, subject) >> s & 1) == 0)
			continue;
		enum measure m = intake_measure(a, (enum slot)s);
		double successes = 1;
		if (intake_slot_fails((enum slot)s) && !fold_failures(&l->dist[s], sum, c, m, &successes))
			continue;
		if (c->sketch[m].n != 0
		    && !dist_add_sketch(&l->dist[s], &c->sketch[m], successes / (double)sum->n[m]))
			return false;
	}
	fold_lost(&l->lost, sum, c);
	return true;
}

/* Of an imported vantage, round trips and certificates alone are no visits; they alone are not the first of
 * a round there, so that the first samples are the visits. Where round trips are judged, all count. */
static bool counts_visits(const struct atlas *a, const struct vantage *v)
{
	return v->source != NULL && !atlas_by_rtt(a);
}

static bool fold_part(struct atlas *a, const struct vantage *v, size_t subject, size_t part, uint32_t slice,
                      size_t unit, const struct cell *c, const struct sum *sum)
{
	struct track *t = &v->track[subject];
	struct part *p = &t->part[part];
	struct tries all = tries_in(sum, atlas_by_rtt(a)), own = tries_of(c, atlas_by_rtt(a));
	struct lot *l = lot_of(v, p, slice);

	if (l == NULL || !fold_lot(a, l, subject, c, sum))
		return false;
	if (own.n > own.failed) {
		double share = (double)(own.n - own.failed) / (double)(all.n - all.failed);
		l->share += share;
		t->served[part] += share;
	}
	if (own.n != 0 && !bit_set(a, &p->present, unit))
		return false;
	/* A second sample of a round of our own probe is a visit, too. */
	uint64_t failures = counts_visits(a, v) ? own.failed : cell_failures(c);
	return failures == 0 || bit_set(a, &p->failing, unit);
}

static bool fold_window(struct atlas *a, struct track *t, size_t subject, const struct cell *c,
                        const struct sum *sum)
{
	uint32_t wanted = intake_window(a, subject);

	for (int m = 0; m < MEASURES; m++) {
		if ((wanted >> m & 1) == 0)
			continue;
		double successes = 1;
		if (intake_measure_fails(a, (enum measure)m)
		    && !fold_failures(&t->window[m], sum, c, (enum measure)m, &successes))
			continue;
		if (c->sketch[m].n != 0
		    && !dist_add_sketch(&t->window[m], &c->sketch[m], successes / (double)sum->n[m]))
			return false;
	}
	fold_lost(&t->lost, sum, c);
	return true;
}

/* In how many units there were successes in time, and in how many of these a measure. */
static void count_measured(struct measured *to, const struct sum *sum)
{
	for (int trips = 0; trips < 2; trips++) {
		struct tries all = tries_in(sum, trips == 1);
		if (all_late(sum, trips == 1))
			to->late[trips] += (double)(all.n - all.failed) / (double)all.n;
		else
			to->answered[trips] += all.n > all.failed;
	}
	for (int m = 0; m < MEASURES; m++)
		to->units[m] += sum->n[m] != 0;
}

/* Failures by type, `n` of a cell's. It does not keep the types of the first samples apart: where only some
 * of its failures count, each type has its share of them. */
static void add_types(struct track *t, const struct cell *c, uint64_t n)
{
	uint64_t all = cell_failures(c), met = 0;

	for (int type = 0; type < NEL_TYPES && all != 0; type++) {
		uint64_t before = n * met / all;
		met += c->failures[type];
		t->by_type[type] += n * met / all - before;
	}
}

/* What availability is of: visits, where the vantage has any of the subject; else what there is. */
static void count_attempts(const struct intake *in, const struct vantage *v, struct track *t, size_t subject,
                           const struct sum *sum)
{
	bool visits = counts_visits(in->a, v) && (t->visited || sum->first != 0);
	struct tries all = tries_in(sum, !visits);

	if (visits && !t->visited) {
		t->visited = true;
		t->attempts = t->failures = 0;
		t->units = t->available = 0;
		memset(t->by_type, 0, sizeof t->by_type);
	}
	if (all.n == 0)
		return;
	t->attempts += all.n;
	t->failures += all.failed;
	t->units++;
	t->available += (double)(all.n - all.failed) / (double)all.n;
	for (size_t part = 0; part < t->parts; part++) {
		size_t stream = stream_of(in->a, subject, part);
		if (in->touched[stream])
			add_types(t, in->pending[stream], tries_of(in->pending[stream], !visits).failed);
	}
}

static struct sum sum_of(const struct intake *in, size_t subject)
{
	struct sum sum = {0};

	for (size_t part = 0; part < parts_of(in->a, subject); part++) {
		size_t stream = stream_of(in->a, subject, part);
		const struct cell *c = in->pending[stream];
		if (!in->touched[stream])
			continue;
		sum.attempts += c->attempts;
		sum.failures += cell_failures(c);
		sum.first += c->first_attempts;
		sum.first_failures += c->first_failures;
		sum.flagged += c->flagged;
		for (int m = 0; m < MEASURES; m++)
			sum.n[m] += c->sketch[m].n;
		in->a->fail_us = fmax(in->a->fail_us, (double)c->timeout_us);
	}
	return sum;
}

static bool fold_subject(struct intake *in, struct vantage *v, size_t subject, uint32_t slice, size_t unit)
{
	struct atlas *a = in->a;
	struct track *t = track_of(a, v, subject);
	struct sum sum = sum_of(in, subject);

	if (t == NULL)
		return false;
	count_measured(&t->measured, &sum);
	count_attempts(in, v, t, subject, &sum);
	for (size_t part = 0; part < t->parts; part++) {
		size_t stream = stream_of(a, subject, part);
		if (in->touched[stream]
		    && (!fold_part(a, v, subject, part, slice, unit, in->pending[stream], &sum)
		        || !fold_window(a, t, subject, in->pending[stream], &sum)))
			return false;
	}
	return true;
}

static bool fold_unit(struct intake *in)
{
	struct atlas *a = in->a;
	struct vantage *v = &a->vantages.at[in->vantage];
	int64_t unit = in->start_us / a->unit_us - a->first_unit;
	int64_t block = in->start_us / a->block_us - a->first_unit * a->unit_us / a->block_us;

	if (in->streams_used.len == 0)
		return true;
	memset(in->signature, 0, a->signature_words * sizeof *in->signature);
	for (size_t i = 0; i < in->subjects_used.len; i++) {
		size_t subject = in->subjects_used.at[i];
		struct sum sum = sum_of(in, subject);
		struct tries all = tries_in(&sum, atlas_by_rtt(a));
		/* What was late and no failure says nothing that could be compared. */
		uint64_t told = all_late(&sum, atlas_by_rtt(a)) ? all.failed : all.n;
		if (!is_candidate(a, subject) && told != 0)
			in->signature[subject / 64] |= 1ULL << subject % 64;
	}
	size_t slice = slice_of(a, v, (uint32_t)block, in->signature);
	if (slice == SIZE_MAX)
		return false;
	for (size_t i = 0; i < in->subjects_used.len; i++)
		if (!fold_subject(in, v, in->subjects_used.at[i], (uint32_t)slice, (size_t)unit))
			return false;
	for (size_t i = 0; i < in->streams_used.len; i++) {
		in->touched[in->streams_used.at[i]] = false;
		cell_clear(in->pending[in->streams_used.at[i]]);
	}
	vec_clear(&in->streams_used);
	vec_clear(&in->subjects_used);
	return true;
}

/* ---- gathering --------------------------------------------------------------------- */

static bool gather(struct intake *in, const struct class *class, const struct cell *c)
{
	size_t stream = stream_of(in->a, class->subject, class->part);
	bool new_subject = true;

	if (in->pending[stream] == NULL
	    && (in->pending[stream] = calloc(1, sizeof **in->pending)) == NULL)
		return false;
	if (!in->touched[stream]) {
		size_t *s = vec_add(&in->streams_used);
		if (s == NULL)
			return false;
		*s = stream;
		in->touched[stream] = true;
		for (size_t i = in->subjects_used.len; i-- > 0 && new_subject; )
			new_subject = in->subjects_used.at[i] != class->subject;
		if (new_subject) {
			if ((s = vec_add(&in->subjects_used)) == NULL)
				return false;
			*s = class->subject;
		}
	}
	return cell_merge(in->pending[stream], c);
}

/* For the fit, samples count each alike: a median over a window needs no more. */
static bool gather_fit(struct intake *in, struct vantage *v, const struct class *class, const struct cell *c)
{
	const struct sketch *metric = &c->sketch[in->a->plan.metric], *rtt = &c->sketch[M_MIN_RTT];
	struct track *t = track_of(in->a, v, class->subject);
	struct fit_class *f = NULL;

	if (t == NULL)
		return false;
	if (metric->n == 0 || rtt->n == 0 || atlas_by_rtt(in->a))
		return true;
	for (size_t i = 0; i < t->fit.len && f == NULL; i++)
		if (t->fit.at[i].version == class->version)
			f = &t->fit.at[i];
	if (f == NULL) {
		if ((f = vec_add(&t->fit)) == NULL)
			return false;
		f->version = class->version;
	}
	return sketch_merge(&f->metric, metric) && sketch_merge(&f->rtt, rtt);
}

static bool vantage_of(struct intake *in, const char *name)
{
	struct atlas *a = in->a;
	long found = atlas_vantage_named(a, name);

	if (found < 0) {
		/* Imported, or its enrolment is gone: it has no place, but its samples are true. */
		struct vantage *v = vec_add(&a->vantages);
		if (v == NULL)
			return false;
		*v = (struct vantage){.lat = NAN, .lon = NAN, .last_us = US_NONE};
		v->name = arena_str(&a->arena, name);
		v->track = arena_alloc(&a->arena, (a->subjects + 1) * sizeof *v->track);
		if (v->name == NULL || v->track == NULL)
			return false;
		found = (long)a->vantages.len - 1;
	}
	in->vantage = (size_t)found;
	return true;
}

int intake_cell(void *ctx, const struct store_cell *c, struct err *err)
{
	struct intake *in = ctx;
	const struct cell *cell = c->cell;
	bool ok = true;

	if (!in->any || in->start_us != c->start_us
	    || strcmp(in->a->vantages.at[in->vantage].name, c->probe) != 0) {
		ok = (!in->any || fold_unit(in)) && vantage_of(in, c->probe);
		in->start_us = c->start_us;
		in->any = true;
	}
	const struct class *class = ok ? classes_find(&in->classes, in->a, c->series) : NULL;
	if (class == NULL)
		return err_nomem(err);
	if (class->what == CLASS_OTHER_KIND)
		return 0;
	if (class->what != CLASS_COUNTS) {
		ok = class_leave_out(in->a, class, cell_samples(cell));
		return ok ? 0 : err_nomem(err);
	}
	struct vantage *v = &in->a->vantages.at[in->vantage];
	v->attempts += cell->attempts;
	v->failures += cell_failures(cell);
	v->outages += cell->outages;
	v->flagged += cell->flagged;
	v->last_us = c->start_us > v->last_us ? c->start_us : v->last_us;
	if (cell->attempts == 0)
		return 0;
	ok = gather(in, class, cell) && (!class->by_address || gather_fit(in, v, class, cell));
	return ok ? 0 : err_nomem(err);
}

int intake_end(struct intake *in, struct err *err)
{
	return !in->any || fold_unit(in) ? 0 : err_nomem(err);
}
