/* Regrets by hand. In this world (lab.h) total by address = 4 rtt + 20. */
#include "report/regret.h"
#include "report/verdict.h"
#include "tests/check.h"
#include "tests/unit/report/lab.h"

struct told { struct estimate steering, placement; size_t blocks; };

static struct told measure(struct lab *l, const char *id)
{
	struct evaluate_options o = lab_window(6, 1);
	struct study s;
	struct finding f = {0};
	struct told t = {.blocks = 0};
	struct err err = {0};

	lab_must(study_open(&s, l->store, l->registry, &o, &err), &err);
	for (size_t i = 0; i < s.regions.len; i++)
		if (strcmp(s.regions.at[i].id, id) == 0) {
			CHECK(verdict_region(&s, &s.regions.at[i], false, &f));
			CHECK(regret_measure(&s, &f.who, f.target, f.blocks, &t.steering, &t.placement));
			t.blocks = f.blocks;
		}
	finding_free(&f);
	study_close(&s);
	return t;
}

/* A vantage elsewhere, that gives the fit its line: r = 4. */
static void anchor(struct lab *l)
{
	struct visit v[] = {{"www", NULL, "fra", 5, 10, 10, NEL_OK},
	                    {"www", "fra", NULL, 5, 10, -1, NEL_OK},
	                    {"www", "lon", NULL, 60, 10, -1, NEL_OK},
	                    {"www", "syd", NULL, 280, 10, -1, NEL_OK}};

	lab_datacenter(l, "anchor-1", "US");
	lab_rounds(l, "anchor-1", 0, 6, 5, v, 4);
}

static void hour(struct lab *l, int h, const char *edge, double fra, double lon, double sin_rtt)
{
	struct visit v[] = {{"www", NULL, edge, 25, 10, 10, NEL_OK},
	                    {"www", "fra", NULL, fra, 10, -1, NEL_OK},
	                    {"www", "lon", NULL, lon, 10, -1, NEL_OK},
	                    {"www", "syd", NULL, 280, 10, -1, NEL_OK},
	                    {"sin", NULL, NULL, sin_rtt, 5, -1, NEL_OK}};

	lab_rounds(l, "x-1", h, h + 1, 5, v, 5);
}

int main(void)
{
	struct lab l;
	struct told t;

	/* fra is better in even blocks (100 against 120) and worse in odd ones (140). Chosen on
	 * the even ones fra is best, and 20 worse than lon on the odd ones; chosen on the odd ones lon
	 * is. (120 - 140 + 0) / 2 = -10. Chosen and measured on the same it would have been
	 * (20 + 0) / 2 = +10: a gain in noise. */
	CHECK_CASE("best is chosen on one half and measured on the other, and never clipped");
	lab_open(&l, LAB_PLAN);
	anchor(&l);
	lab_datacenter(&l, "x-1", "DE");
	for (int h = 0; h < 6; h++)
		hour(&l, h, "lon", h % 2 == 0 ? 20 : 30, 25, h % 2 == 0 ? 10 : 60);
	t = measure(&l, "country/DE");
	CHECK_NEAR(t.steering.ms, -10, 1.5);
	CHECK(t.steering.low < 0 && t.steering.high >= -10);
	CHECK_INT(t.blocks, 6);

	/* On even blocks sin (10) is nearer than fra (20): on the odd ones it would be 140 - 4 * (30 -
	 * 60) = 260, 120 worse than fra. On odd blocks no candidate is nearer than lon. -60. */
	CHECK_CASE("placement, likewise");
	CHECK_NEAR(t.placement.ms, -60, 4);
	lab_close(&l);

	/* Sent to syd (1140) where fra (100) is best; a candidate at 5 ms would make 40. */
	CHECK_CASE("what is there to be gained, is");
	lab_open(&l, LAB_PLAN);
	anchor(&l);
	lab_datacenter(&l, "x-1", "DE");
	for (int h = 0; h < 6; h++)
		hour(&l, h, "syd", 20, 25, 5);
	t = measure(&l, "country/DE");
	CHECK_NEAR(t.steering.ms, 1040, 12);
	CHECK(t.steering.low > 1000 && t.steering.high < 1080);
	CHECK_NEAR(t.placement.ms, 60, 3);
	CHECK(t.placement.low > 50 && t.placement.high < 70);
	lab_close(&l);

	/* Half of the answers from lon (120), half from fra (100): of the mixture p75 is 120. */
	CHECK_CASE("the chosen node is the mixture of those that answered");
	lab_open(&l, LAB_PLAN);
	anchor(&l);
	lab_datacenter(&l, "x-1", "DE");
	for (int h = 0; h < 6; h++)
		for (int i = 0; i < 4; i++) {
			struct visit v[] = {{"www", NULL, i % 2 == 0 ? "lon" : "fra", 25, 10, 10, NEL_OK},
			                    {"www", "fra", NULL, 20, 10, -1, NEL_OK},
			                    {"www", "lon", NULL, 25, 10, -1, NEL_OK}};
			lab_round(&l, "x-1", h + i / 4.0, v, 3);
		}
	t = measure(&l, "country/DE");
	CHECK_NEAR(t.steering.ms, 20, 1.5);

	CHECK_CASE("no candidate was measured: placement has none to choose");
	CHECK_NEAR(t.placement.ms, 0, 1e-9);
	lab_close(&l);

	/* One in five from lon: p75 of the mixture is fra's 100, which is the best. */
	CHECK_CASE("by their shares");
	lab_open(&l, LAB_PLAN);
	anchor(&l);
	lab_datacenter(&l, "x-1", "DE");
	for (int h = 0; h < 6; h++)
		for (int i = 0; i < 5; i++) {
			struct visit v[] = {{"www", NULL, i == 2 ? "lon" : "fra", 25, 10, 10, NEL_OK},
			                    {"www", "fra", NULL, 20, 10, -1, NEL_OK},
			                    {"www", "lon", NULL, 25, 10, -1, NEL_OK}};
			lab_round(&l, "x-1", h + i / 5.0, v, 3);
		}
	t = measure(&l, "country/DE");
	CHECK_NEAR(t.steering.ms, 0, 1.5);
	lab_close(&l);

	CHECK_CASE("answered by no node that the plan knows: nothing to say");
	lab_open(&l, LAB_PLAN);
	anchor(&l);
	lab_datacenter(&l, "x-1", "DE");
	for (int h = 0; h < 6; h++)
		hour(&l, h, NULL, 20, 25, 5);
	t = measure(&l, "country/DE");
	CHECK(isnan(t.steering.ms) && isnan(t.steering.low));
	CHECK(isnan(t.placement.ms));
	lab_close(&l);
	return check_done();
}
