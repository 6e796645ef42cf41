/* From samples to slices: units, parts, failures, gaps, and what is left out. */
#include "report/atlas.h"
#include "tests/check.h"
#include "tests/unit/report/lab.h"

#define NEAR(got, want) CHECK_NEAR(got, want, 0.0101 * (want)) /* a bucket is two alpha wide */

/* total = dns + 4 rtt + server + 10 */
static const struct visit www = {"www", NULL, "fra", 20, 10, 30, NEL_OK};     /* 130 */
static const struct visit www_lon = {"www", NULL, "lon", 45, 10, 30, NEL_OK}; /* 230 */
static const struct visit at_fra = {"www", "fra", NULL, 20, 10, -1, NEL_OK};  /* 100 */
static const struct visit at_lon = {"www", "lon", NULL, 45, 10, -1, NEL_OK};  /* 200 */
static const struct visit sin_ = {"sin", NULL, NULL, 60, 5, -1, NEL_OK};
static const struct visit origin = {"origin", NULL, NULL, 50, 10, 30, NEL_OK}; /* 250 */

static int load(struct lab *l, double hours, double block_hours, struct atlas *a, struct err *err)
{
	struct evaluate_options o = lab_window(hours, block_hours);

	return atlas_load(a, l->store, l->registry, &o, err);
}

static struct atlas loaded(struct lab *l, double hours, double block_hours)
{
	struct atlas a;
	struct err err = {0};

	lab_must(load(l, hours, block_hours, &a, &err), &err);
	return a;
}

static double weight(const struct part *p, uint32_t slice, enum slot slot)
{
	const struct lot *l = part_lot(p, slice);

	return l == NULL ? 0 : l->curve[slot].total;
}

static void test_units(void)
{
	struct lab l;

	lab_open(&l, LAB_PLAN);
	lab_datacenter(&l, "a", "DE");
	/* Hour 0: one visit; hour 1: three, one of them on lon; hour 7: one. */
	lab_round(&l, "a", 0, &www, 1);
	lab_round(&l, "a", 1.0, &www, 1);
	lab_round(&l, "a", 1.2, &www, 1);
	lab_round(&l, "a", 1.4, &www_lon, 1);
	lab_round(&l, "a", 7, &www, 1);
	struct atlas a = loaded(&l, 12, 6);
	const struct vantage *v = &a.vantages.at[0];
	const struct track *t = &v->track[0];

	CHECK_CASE("each hour weighs the same, its samples share it");
	CHECK_INT(a.blocks.len, 2);
	CHECK_INT(v->slices.len, 2);
	CHECK_INT(t->parts, 4); /* fra, lon, syd, and no node that is known */
	CHECK_NEAR(weight(&t->part[0], 0, SLOT_TOTAL), 1 + 2.0 / 3, 1e-12);
	CHECK_NEAR(weight(&t->part[1], 0, SLOT_TOTAL), 1.0 / 3, 1e-12);
	CHECK_NEAR(weight(&t->part[0], 1, SLOT_TOTAL), 1, 1e-12);
	CHECK_NEAR(weight(&t->part[1], 1, SLOT_TOTAL), 0, 0);
	CHECK_NEAR(t->units, 3, 0);
	CHECK_NEAR(t->served[0], 2 + 2.0 / 3, 1e-12);
	CHECK_NEAR(t->served[1], 1.0 / 3, 1e-12);
	CHECK_NEAR(part_lot(&t->part[1], 0)->share, 1.0 / 3, 1e-12);
	CHECK_NEAR(dist_total(&t->window[M_TOTAL]), 3, 1e-12);
	CHECK_NEAR(dist_total(&t->window[M_DNS]), 3, 1e-12);

	CHECK_CASE("every slot of the target has its measure");
	NEAR(dist_quantile(&part_lot(&t->part[0], 0)->dist[SLOT_TOTAL], 0.5, NULL), 130e3);
	NEAR(dist_quantile(&part_lot(&t->part[0], 0)->dist[SLOT_TTFB], 0.5, NULL), 100e3);
	NEAR(dist_quantile(&part_lot(&t->part[0], 0)->dist[SLOT_NO_DNS], 0.5, NULL), 100e3);
	NEAR(dist_quantile(&part_lot(&t->part[0], 0)->dist[SLOT_NO_SERVER], 0.5, NULL), 120e3);
	NEAR(dist_quantile(&part_lot(&t->part[0], 0)->dist[SLOT_NO_BOTH], 0.5, NULL), 90e3);
	NEAR(dist_quantile(&part_lot(&t->part[0], 0)->dist[SLOT_DNS], 0.5, NULL), 30e3);
	NEAR(part_lot(&t->part[0], 0)->rtt_us, 20e3);
	NEAR(part_lot(&t->part[1], 0)->rtt_us, 45e3);
	NEAR(t->part[1].rtt_us, 45e3);

	CHECK_CASE("units in which a part was asked");
	CHECK(bits_get(&t->part[0].present, 0) && bits_get(&t->part[0].present, 1)
	      && bits_get(&t->part[0].present, 7));
	CHECK(!bits_get(&t->part[0].present, 2));
	CHECK(bits_get(&t->part[1].present, 1) && !bits_get(&t->part[1].present, 0));
	CHECK(!bits_get(&t->part[0].failing, 1));
	CHECK_INT(v->last_us, LAB_START + 7 * US_PER_HOUR);
	atlas_free(&a);

	CHECK_CASE("units are blocks where these are shorter than an hour");
	a = loaded(&l, 12, 0.2);
	CHECK_INT(a.unit_us, US_PER_HOUR / 5);
	CHECK_INT(a.units, 60);
	CHECK_INT(a.blocks.len, 5); /* 0:00, 1:00, 1:12, 1:24, 7:00 */
	CHECK_INT(a.blocks.at[2] - a.blocks.at[0], 6);
	CHECK_NEAR(a.vantages.at[0].track[0].units, 5, 0);
	CHECK_NEAR(weight(&a.vantages.at[0].track[0].part[1], 3, SLOT_TOTAL), 1, 1e-12);
	CHECK_INT(atlas_blocks(&a, &a.vantages.at[0], 0), 5);
	atlas_free(&a);
	lab_close(&l);
}

static void test_failures(void)
{
	struct visit failed = {"www", NULL, "fra", 0, 0, -1, NEL_TCP_TIMED_OUT};
	struct visit dns = {"www", NULL, NULL, 0, 0, -1, NEL_DNS_FAILED};
	struct lab l;

	lab_open(&l, LAB_PLAN);
	l.timeout_ms = 7000;
	lab_datacenter(&l, "a", "DE");
	/* Four rounds in an hour: two well, one that times out, one without a name. The baseline
	 * answers always, or the rounds would be the vantage's own outage. */
	struct visit rounds[4][2] = {{www, origin}, {www_lon, origin}, {failed, origin}, {dns, origin}};
	for (int i = 0; i < 4; i++)
		lab_round(&l, "a", 0.2 * i, rounds[i], 2);
	/* An hour in which all fails. */
	lab_round(&l, "a", 1, rounds[2], 2);
	struct atlas a = loaded(&l, 6, 6);
	const struct track *t = &a.vantages.at[0].track[0];

	CHECK_CASE("a failure weighs as a success does, in what a visitor waits for");
	CHECK_NEAR(weight(&t->part[0], 0, SLOT_TOTAL), 0.25 + 0.25 + 1, 1e-12);
	CHECK_NEAR(part_lot(&t->part[0], 0)->dist[SLOT_TOTAL].fail, 1.25, 1e-12);
	CHECK_NEAR(part_lot(&t->part[0], 0)->dist[SLOT_NO_BOTH].fail, 1.25, 1e-12);
	CHECK_NEAR(part_lot(&t->part[3], 0)->dist[SLOT_TOTAL].fail, 0.25, 1e-12);
	CHECK_NEAR(a.fail_us, 7e6, 0);
	CHECK_NEAR(dist_total(&t->window[M_TOTAL]), 2, 1e-12);
	CHECK_NEAR(t->window[M_TOTAL].fail, 1.5, 1e-12);

	CHECK_CASE("phases are over successes");
	CHECK_NEAR(dist_total(&t->window[M_TCP]), 1, 1e-12);
	CHECK_NEAR(dist_successes(&t->window[M_DNS]), 1, 1e-12);

	CHECK_CASE("counts, types, availability, and who served");
	CHECK_INT(t->attempts, 5);
	CHECK_INT(t->failures, 3);
	CHECK_INT(t->by_type[NEL_TCP_TIMED_OUT], 2);
	CHECK_INT(t->by_type[NEL_DNS_FAILED], 1);
	CHECK_NEAR(t->available / t->units, 0.25, 1e-12); /* half of one hour, nothing of the other */
	CHECK_NEAR(t->served[0], 0.5, 1e-12);
	CHECK_NEAR(t->served[1], 0.5, 1e-12);
	CHECK(bits_get(&t->part[0].failing, 0) && bits_get(&t->part[0].failing, 1));
	CHECK(!bits_get(&t->part[1].failing, 0));
	CHECK(bits_get(&t->part[3].present, 0) && bits_get(&t->part[3].failing, 0));
	atlas_free(&a);
	lab_close(&l);
}

/* `n` attempts at www in that hour, beside the baseline: the first `failed` time out, of the others the
 * first `late` lagged. */
static void attempts(struct lab *l, const char *probe, int hour, int n, int failed, int late)
{
	for (int i = 0; i < n; i++) {
		lab_begin(l, probe, hour + 0.01 * i);
		struct visit v = www;
		v.error = i < failed ? NEL_TCP_TIMED_OUT : NEL_OK;
		lab_sample(l, &v, NULL)->lagged = i >= failed && i < failed + late;
		lab_sample(l, &origin, NULL);
		lab_end(l);
	}
}

static void test_late(double block_hours)
{
	struct lab l;

	/* Ten attempts, of which two fail and four are late. */
	lab_open(&l, LAB_PLAN);
	lab_datacenter(&l, "a", "DE");
	attempts(&l, "a", 0, 10, 2, 4);
	struct atlas a = loaded(&l, 6, block_hours);
	const struct track *t = &a.vantages.at[0].track[0];
	const struct lot *lot = part_lot(&t->part[0], 0);

	CHECK_CASE("lagged successes count as such, and those in time speak for them");
	CHECK_INT(t->attempts, 10);
	CHECK_INT(t->failures, 2);
	CHECK_NEAR(t->available / t->units, 0.8, 1e-12);
	CHECK_INT(a.vantages.at[0].flagged, 4);
	CHECK_NEAR(lot->dist[SLOT_TOTAL].fail, 0.2, 1e-12);
	CHECK_NEAR(dist_successes(&lot->dist[SLOT_TOTAL]), 4 * 0.2, 1e-12);
	CHECK_NEAR(dist_total(&lot->dist[SLOT_RTT]), 1, 1e-12);
	CHECK_NEAR(t->window[M_TTFB].fail, 0.2, 1e-12);
	CHECK_NEAR(dist_total(&t->window[M_TTFB]), 1, 1e-12);
	CHECK_NEAR(lot->share, 1, 1e-12);
	atlas_free(&a);
	lab_close(&l);
}

#define RTT_PLAN                                                                   \
	"objective { metric = \"min_rtt\"  quantile = 0.75  limit_ms = 1000 }\n"   \
	"target \"www\" { role = \"cdn\" url = \"https://www.example.com/\" }\n" \
	"target \"origin\" { role = \"baseline\" url = \"https://origin.example.com/\" }\n"

static void test_none_in_time(const char *plan, enum measure m)
{
	struct lab l;

	lab_open(&l, plan);
	lab_datacenter(&l, "a", "DE");
	lab_datacenter(&l, "b", "DE");
	lab_datacenter(&l, "c", "DE");
	/* In time; late; failed; two of ten failed and the others late. Per hour 1, 1, 0 and 0.8 succeed: of
	 * four hours 1.2 failed, a share of 0.3. What is in the measure is the one hour in time, of which the
	 * successes were 2.8: hence 1.2 / 2.8 beside 1, again 0.3. */
	attempts(&l, "a", 0, 1, 0, 0);
	attempts(&l, "a", 1, 1, 0, 1);
	attempts(&l, "a", 2, 1, 1, 0);
	attempts(&l, "a", 3, 10, 2, 8);
	/* Nobody in time: two hours late and one failed, one late and two failed. */
	attempts(&l, "b", 0, 1, 0, 1);
	attempts(&l, "b", 1, 1, 0, 1);
	attempts(&l, "b", 2, 1, 1, 0);
	attempts(&l, "c", 0, 1, 0, 1);
	attempts(&l, "c", 1, 1, 1, 0);
	attempts(&l, "c", 2, 1, 1, 0);
	struct atlas a = loaded(&l, 6, 6);
	const struct track *t[] = {&a.vantages.at[0].track[0], &a.vantages.at[1].track[0], &a.vantages.at[2].track[0]};

	CHECK_CASE("hours of which no success was in time: failures have the share that they have in attempts");
	CHECK_NEAR(t[0]->available / t[0]->units, 0.7, 1e-12);
	CHECK_NEAR(t[0]->window[m].fail, 1.2 / 2.8, 1e-12);
	CHECK_NEAR(dist_total(&t[0]->window[m]), 1 + 1.2 / 2.8, 1e-12);
	CHECK_NEAR(t[0]->window[m].fail_us, 10e6, 0);
	double fail = 0, all = 0;
	enum slot slot = m == M_TOTAL ? SLOT_TOTAL : SLOT_MIN_RTT;
	for (size_t p = 0; p < t[0]->parts; p++)
		for (size_t i = 0; i < t[0]->part[p].lots.len; i++) {
			fail += t[0]->part[p].lots.at[i].dist[slot].fail;
			all += dist_total(&t[0]->part[p].lots.at[i].dist[slot]);
		}
	CHECK_NEAR(fail / all, 0.3, 1e-12);

	CHECK_CASE("a vantage that never was in time: its failures count where they are the greater part");
	CHECK_NEAR(dist_total(&t[1]->window[m]), 0, 0);
	CHECK_NEAR(t[1]->available / t[1]->units, 2.0 / 3, 1e-12);
	CHECK_NEAR(t[2]->window[m].fail, 2, 1e-12);

	CHECK_CASE("an hour that was late as a whole has nothing to compare");
	const struct vantage *v = &a.vantages.at[1];
	CHECK_INT(v->slices.len, 2); /* the baseline alone, and the failed hour */
	CHECK(!atlas_has(&a, &v->slices.at[0], 0) && atlas_has(&a, &v->slices.at[0], 1));
	CHECK(atlas_has(&a, &v->slices.at[1], 0));
	atlas_free(&a);
	lab_close(&l);
}

static void test_slices(void)
{
	struct lab l;

	lab_open(&l, LAB_PLAN);
	lab_datacenter(&l, "a", "DE");
	/* lon is measured by address in the hours 0, 1 and 4 only, sin in the hours 0 and 5. */
	for (int h = 0; h < 6; h++) {
		struct visit all[] = {www, at_fra, at_lon, sin_}, other[] = {www, at_fra, sin_};
		if (h == 0 || h == 1 || h == 4)
			lab_round(&l, "a", h, all, h == 0 ? 4 : 3);
		else
			lab_round(&l, "a", h, other, h == 5 ? 3 : 2);
	}
	struct atlas a = loaded(&l, 6, 6);
	const struct vantage *v = &a.vantages.at[0];
	size_t fra = atlas_node(&a, 0, 0), lon = atlas_node(&a, 0, 1);

	CHECK_CASE("a block's hours are kept apart by what was measured in them");
	CHECK_INT(a.blocks.len, 1);
	CHECK_INT(v->slices.len, 2);
	CHECK(atlas_has(&a, &v->slices.at[0], 0) && atlas_has(&a, &v->slices.at[0], lon));
	CHECK(atlas_has(&a, &v->slices.at[1], fra) && !atlas_has(&a, &v->slices.at[1], lon));
	CHECK_NEAR(weight(&v->track[0].part[0], 0, SLOT_TOTAL), 3, 1e-12);
	CHECK_NEAR(weight(&v->track[0].part[0], 1, SLOT_TOTAL), 3, 1e-12);
	CHECK_NEAR(weight(atlas_single(v, fra), 0, SLOT_TOTAL), 3, 1e-12);
	CHECK_NEAR(weight(atlas_single(v, lon), 0, SLOT_TOTAL), 3, 1e-12);
	CHECK(part_lot(atlas_single(v, lon), 1) == NULL);
	CHECK_INT(atlas_blocks(&a, v, lon), 1);

	CHECK_CASE("candidates do not cut a block, and have RTTs only");
	CHECK_INT(atlas_single(v, atlas_candidate(&a, 0))->lots.len, 2);
	NEAR(v->track[atlas_candidate(&a, 0)].rtt_us, 60e3);
	CHECK(atlas_single(v, atlas_candidate(&a, 1)) == NULL);
	CHECK(isnan(v->track[atlas_candidate(&a, 1)].rtt_us));
	CHECK(isnan(v->track[atlas_node(&a, 0, 2)].rtt_us));
	atlas_free(&a);
	lab_close(&l);
}

static void test_left_out(void)
{
	struct lab l;

	lab_open(&l, LAB_PLAN);
	lab_datacenter(&l, "a", "DE");
	lab_datacenter(&l, "quiet", "DE");
	lab_round(&l, "a", 0, &www, 1);
	/* An earlier definition, a target and a node that the plan does not have. */
	lab_begin(&l, "a", 1);
	lab_sample(&l, &www, "1111111111111111");
	lab_sample(&l, &www, "1111111111111111")->lagged = true; /* an attempt and flagged, and one sample */
	lab_sample(&l, &(struct visit){"shop", NULL, NULL, 5, 5, 5, NEL_OK}, NULL);
	lab_sample(&l, &(struct visit){"www", "nyc", NULL, 5, 5, -1, NEL_OK}, NULL);
	lab_end(&l);
	/* A round that fails as a whole, a failure and a success that the loop was late for. */
	lab_round(&l, "a", 2, &(struct visit){"www", NULL, NULL, 0, 0, -1, NEL_DNS_UNREACHABLE}, 1);
	lab_begin(&l, "a", 3);
	lab_sample(&l, &(struct visit){"www", NULL, "fra", 0, 0, -1, NEL_TCP_TIMED_OUT}, NULL)->lagged = true;
	lab_sample(&l, &origin, NULL)->lagged = true;
	lab_end(&l);
	/* A vantage that nobody enrolled. */
	lab_round(&l, "stray", 1, &www, 1);
	struct atlas a = loaded(&l, 6, 6);

	CHECK_CASE("earlier definitions and unknown names are counted, not used");
	CHECK_INT(a.left_out.len, 3);
	for (size_t i = 0; i < a.left_out.len; i++) {
		const struct left_out *o = &a.left_out.at[i];
		if (o->old) {
			CHECK_STR(o->name, "www");
			CHECK_INT(o->samples, 2);
		} else {
			CHECK(strcmp(o->name, "shop") == 0 || strcmp(o->name, "nyc") == 0);
			CHECK_INT(o->samples, 1);
		}
	}
	CHECK_CASE("outages and flagged samples are counted, not used");
	CHECK_STR(a.vantages.at[0].name, "a");
	CHECK_INT(a.vantages.at[0].outages, 1);
	CHECK_INT(a.vantages.at[0].flagged, 2);
	CHECK_INT(a.vantages.at[0].attempts, 2); /* hour 0, and the baseline of hour 3 */
	CHECK_INT(a.vantages.at[0].failures, 0);
	CHECK_INT(a.vantages.at[0].track[0].attempts, 1);
	CHECK_INT(a.vantages.at[0].track[1].attempts, 1);
	CHECK_NEAR(dist_total(&a.vantages.at[0].track[1].window[M_TOTAL]), 0, 0);

	CHECK_CASE("vantages: silent ones, and ones that the registry does not know");
	CHECK_INT(a.vantages.len, 3);
	CHECK_STR(a.vantages.at[1].name, "quiet");
	CHECK_INT(a.vantages.at[1].last_us, US_NONE);
	CHECK_STR(a.vantages.at[2].name, "stray");
	CHECK(!a.vantages.at[2].registered && a.vantages.at[2].country == NULL);
	CHECK_INT(a.vantages.at[2].track[0].attempts, 1);
	atlas_free(&a);
	lab_close(&l);
}

static void test_errors(void)
{
	struct lab l;
	struct atlas a;
	struct err err = {0};

	CHECK_CASE("no plan");
	lab_open(&l, NULL);
	CHECK_INT(load(&l, 6, 6, &a, &err), LAT_NOINPUT);
	CHECK_CONTAINS(err.text, "plan");
	atlas_free(&a);

	CHECK_CASE("no samples in the window");
	lab_publish(&l, LAB_PLAN);
	lab_datacenter(&l, "a", "DE");
	lab_round(&l, "a", 10, &www, 1);
	CHECK_INT(load(&l, 6, 6, &a, &err), LAT_NOINPUT);
	CHECK_STR(err.text, "no samples from 2026-11-22T00:00:00Z to 2026-11-22T06:00:00Z");
	atlas_free(&a);

	CHECK_CASE("samples, but of earlier definitions only");
	lab_begin(&l, "a", 1);
	lab_sample(&l, &www, "1111111111111111");
	lab_end(&l);
	CHECK_INT(load(&l, 6, 6, &a, &err), LAT_NOINPUT);
	CHECK_CONTAINS(err.text, "none of the 1 samples");
	atlas_free(&a);

	CHECK_CASE("a window that ends before it begins");
	CHECK_INT(load(&l, 0, 6, &a, &err), LAT_USAGE);
	CHECK_CONTAINS(err.text, "ends before it begins");
	atlas_free(&a);

	CHECK_CASE("more units than anybody wants");
	CHECK_INT(load(&l, 30 * 24, 1.0 / 360, &a, &err), LAT_USAGE); /* 30 days of 10 s: 259200 */
	CHECK_CONTAINS(err.text, "259200 units of 10 s, more than 100000");
	atlas_free(&a);

	CHECK_CASE("blocks by themselves: six hours below a week, days from then on");
	CHECK_INT(load(&l, 24, 0, &a, &err), 0);
	CHECK_INT(a.block_us, 6 * US_PER_HOUR);
	atlas_free(&a);
	CHECK_INT(load(&l, 7 * 24, 0, &a, &err), 0);
	CHECK_INT(a.block_us, US_PER_DAY);
	CHECK_INT(a.unit_us, US_PER_HOUR);
	atlas_free(&a);
	lab_close(&l);
}

int main(void)
{
	test_units();
	test_failures();
	test_late(6);
	test_late(0.5);
	test_none_in_time(LAB_PLAN, M_TOTAL);
	test_none_in_time(RTT_PLAN, M_MIN_RTT);
	test_slices();
	test_left_out();
	test_errors();
	return check_done();
}
