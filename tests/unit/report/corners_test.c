/* Corners of the definitions, each in a world (lab.h) small enough to be worked out by hand:
 * total = dns + 4 rtt + server + 10. */
#include "report/evaluate.h"
#include "tests/check.h"
#include "tests/unit/report/lab.h"

#define NEAR(got, want) CHECK_NEAR(got, want, 0.02 * (want))

static struct report judge(struct lab *l, struct evaluate_options o)
{
	struct report r;
	struct err err = {0};

	lab_must(evaluate_report(l->store, l->registry, &o, &r, &err), &err);
	return r;
}

static const struct report_region *find(const struct report *r, const char *id)
{
	for (size_t i = 0; i < r->regions.len; i++)
		if (strcmp(r->regions.at[i].id, id) == 0)
			return &r->regions.at[i];
	fprintf(stderr, "no region %s\n", id);
	abort();
}

/* ---- steering --------------------------------------------------------------------------- */

/* Seven visits of ten take dns 50 and 600 after it (rtt 145), three take 350 and 900 (rtt 220): 650
 * and 1250, hence a p75 of 1250. If dns knew nothing of the rest it would be 950: dns 50 and 600
 * in 49 of 100, 950 in 42, 1250 in 9. All go to fra, which is the best, so no steering brings that;
 * dns of 50 does (900 + 50). */
static void steered_rounds(struct lab *l, const char *edge)
{
	for (int i = 0; i < 60; i++) {
		bool slow = i % 10 >= 7;
		double rtt = slow ? 220 : 145, dns = slow ? 350 : 50;
		struct visit v[] = {{"www", NULL, edge, rtt, 10, dns, NEL_OK},
		                    {"www", "fra", NULL, rtt, 10, -1, NEL_OK},
		                    {"www", "syd", NULL, 300, 10, -1, NEL_OK},
		                    {"origin", NULL, NULL, 5, 5, 5, NEL_OK}};
		lab_round(l, "mumbai-1", i / 10.0, v, LAT_COUNT(v));
	}
}

static void test_steered_well(void)
{
	struct lab l;

	lab_open(&l, LAB_PLAN);
	lab_datacenter(&l, "mumbai-1", "IN");
	steered_rounds(&l, "fra");
	struct report r = judge(&l, lab_window(6, 1));
	const struct report_region *g = find(&r, "country/IN");
	CHECK_CASE("who is sent to the best node already has nothing to gain by steering");
	NEAR(g->objective.ms, 1250);
	NEAR(g->fix_ms[FIX_STEERING], 1250);
	NEAR(g->fix_ms[FIX_DNS], 950);
	CHECK_INT(g->verdict, VERDICT_SLOW_DNS);
	CHECK_INT(g->also.len, 0);
	report_free(&r);
	lab_close(&l);
}

int main(void)
{
	test_steered_well();
	return check_done();
}
