/* Probes that are not where they say, from a store's cells. Mumbai is 6,564 km from Frankfurt (65.6 ms
 * there and back in fibre) and 7,195 from London; Sydney 16,994 from London (170 ms). */
#include "schema/store_sanity.h"

#include <math.h>

#include "tests/unit/schema/store_both.h"

static struct plan plan;

static void measure(struct store *s, uint64_t number, const char *probe, double lon_ms, double fra_ms)
{
	struct batch *b = fixture_batch(number, probe, HOUR);
	const double ms[] = {lon_ms, fra_ms};
	const char *const nodes[] = {"lon", "fra"};

	for (int i = 0; i < 2; i++) {
		struct sample *x = fixture_sample(b, "www", HOUR + i);
		x->node = nodes[i];
		x->min_rtt_us = (int64_t)(ms[i] * 1000);
	}
	fixture_sample(b, "www", HOUR + 5)->min_rtt_us = 1; /* through DNS: says nothing of a node */
	put_and_free(s, b);
}

static void flags(struct store *s)
{
	static struct probe_row rows[] = {
		{.name = "mumbai-1", .lat = 19.08, .lon = 72.88},
		{.name = "nowhere-1", .lat = NAN, .lon = NAN},
		{.name = "silent-1", .lat = 1, .lon = 1},
		{.name = "sydney-1", .lat = -33.87, .lon = 151.21},
	};
	probe_rows probes = {.at = rows, .len = 4, .cap = 4};
	bool impossible[4] = {true, true, true, true};

	begin("none without data");
	CHECK_INT(store_sanity(s, &plan, &probes, 0, HOUR * 2, impossible, &err), 0);
	for (int i = 0; i < 4; i++)
		CHECK(!impossible[i]);

	begin("the one that is near to what it should be far from");
	measure(s, 1, "mumbai-1", 120, 110);
	measure(s, 2, "nowhere-1", 1, 1);
	measure(s, 3, "sydney-1", 2, 14); /* it stands in London */
	measure(s, 4, "not-enrolled", 1, 1);
	CHECK_INT(store_sanity(s, &plan, &probes, 0, HOUR * 2, impossible, &err), 0);
	CHECK(!impossible[0] && !impossible[1] && !impossible[2] && impossible[3]);

	begin("a candidate that has moved: what was measured of the old one says nothing of the new");
	struct batch *b = fixture_batch(5, "silent-1", HOUR);
	for (int old = 0; old < 2; old++) {
		struct sample *x = fixture_sample(b, "apac", HOUR + old);
		x->role = ROLE_CANDIDATE;
		x->target_rev = old ? "00000000000000aa" : plan.candidates.at[0].rev;
		x->min_rtt_us = old ? 2000 : 200000; /* where it was, and where it is: Sydney, 15 200 km */
	}
	put_and_free(s, b);
	CHECK_INT(store_sanity(s, &plan, &probes, 0, HOUR * 2, impossible, &err), 0);
	CHECK(!impossible[2] && impossible[3]);

	begin("of the window");
	CHECK_INT(store_sanity(s, &plan, &probes, 0, HOUR, impossible, &err), 0);
	CHECK(!impossible[3]);

	begin("no probes, no nodes");
	struct plan none = {0};
	probe_rows nobody = {0};
	CHECK_INT(store_sanity(s, &plan, &nobody, 0, HOUR * 2, NULL, &err), 0);
	CHECK_INT(store_sanity(s, &none, &probes, 0, HOUR * 2, impossible, &err), 0);
	CHECK(!impossible[3]);
}

static both_case *const cases[] = {flags};

int main(void)
{
	const char *text =
		"target \"www\" { role = \"cdn\" url = \"https://www.example.com/\" }\n"
		"node \"lon\" { address = {\"192.0.2.2\"} lat = 51.51 lon = -0.13 }\n"
		"node \"fra\" { address = {\"192.0.2.1\"} lat = 50.11 lon = 8.68 }\n"
		"candidate \"apac\" { url = \"http://apac.example.com/\" lat = -33.87 lon = 151.21 }\n";

	if (plan_parse(&plan, text, "plan.conf", &err) != 0)
		return err_print(&err, "store_sanity_test");
	int status = run_both(cases, 1, "store_sanity_test");
	plan_free(&plan);
	return status;
}
