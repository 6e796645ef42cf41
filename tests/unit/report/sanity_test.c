/* Places that cannot be: 2 x great-circle km / 200, less 5 % and 50 km.
 * Frankfurt-Sydney is 16,480 km (165 ms), Frankfurt-London 639 km (6.4 ms). */
#include "report/sanity.h"
#include "tests/check.h"
#include "tests/unit/report/lab.h"

static struct atlas loaded(struct lab *l)
{
	struct evaluate_options o = lab_window(6, 6);
	struct atlas a;
	struct err err = {0};

	lab_must(atlas_load(&a, l->store, l->registry, &o, &err), &err);
	CHECK(sanity_flag(&a));
	return a;
}

static void measure(struct lab *l, const char *probe, double fra, double lon, double syd, double sin_rtt)
{
	struct visit v[] = {{"www", "fra", NULL, fra, 10, -1, NEL_OK},
	                    {"www", "lon", NULL, lon, 10, -1, NEL_OK},
	                    {"www", "syd", NULL, syd, 10, -1, NEL_OK},
	                    {"sin", NULL, NULL, sin_rtt, 5, -1, NEL_OK}};

	lab_round(l, probe, 0, v, 4);
}

static int flagged(const struct atlas *a)
{
	int n = 0;

	for (size_t v = 0; v < a->vantages.len; v++)
		n += a->vantages.at[v].impossible;
	for (size_t k = 0; k < a->nodes; k++)
		n += a->node_impossible[k];
	for (size_t c = 0; c < a->candidates; c++)
		n += a->candidate_impossible[c];
	return n;
}

int main(void)
{
	struct lab l;
	struct atlas a;

	CHECK_CASE("what can be is not flagged");
	lab_open(&l, LAB_PLAN);
	lab_probe(&l, "berlin-1", "DE", 52.52, 13.41, NETWORK_DATACENTER);
	lab_probe(&l, "paris-1", "FR", 48.86, 2.35, NETWORK_DATACENTER);
	measure(&l, "berlin-1", 10, 18, 280, 170);
	measure(&l, "paris-1", 9, 8, 280, 160);
	a = loaded(&l);
	CHECK_INT(flagged(&a), 0);
	atlas_free(&a);

	/* It says Sydney, and is 5 ms from fra, 14 from lon, 160 from Singapore (6,300 km: 63 ms) and
	 * 280 from syd: impossible against fra and lon, each of which has that one only. */
	CHECK_CASE("a vantage that is not where it says");
	lab_probe(&l, "sydney-1", "AU", -33.87, 151.21, NETWORK_DATACENTER);
	measure(&l, "sydney-1", 5, 14, 280, 160);
	a = loaded(&l);
	CHECK_INT(flagged(&a), 1);
	CHECK(a.vantages.at[2].impossible);
	CHECK_STR(a.vantages.at[2].name, "sydney-1");
	atlas_free(&a);
	lab_close(&l);

	/* syd is near berlin-1 and paris-1: each has one impossible node, syd two impossible vantages. */
	CHECK_CASE("a node that is not where the plan says");
	lab_open(&l, LAB_PLAN);
	lab_probe(&l, "berlin-1", "DE", 52.52, 13.41, NETWORK_DATACENTER);
	lab_probe(&l, "paris-1", "FR", 48.86, 2.35, NETWORK_DATACENTER);
	measure(&l, "berlin-1", 10, 18, 11, 170);
	measure(&l, "paris-1", 9, 8, 12, 160);
	a = loaded(&l);
	CHECK_INT(flagged(&a), 1);
	CHECK(a.node_impossible[2]);
	CHECK(!atlas_live(&a, 0, 2) && atlas_live(&a, 0, 0));
	atlas_free(&a);
	lab_close(&l);

	CHECK_CASE("a candidate that is not where the plan says");
	lab_open(&l, LAB_PLAN);
	lab_probe(&l, "berlin-1", "DE", 52.52, 13.41, NETWORK_DATACENTER);
	lab_probe(&l, "paris-1", "FR", 48.86, 2.35, NETWORK_DATACENTER);
	measure(&l, "berlin-1", 10, 18, 280, 5);
	measure(&l, "paris-1", 9, 8, 280, 6);
	a = loaded(&l);
	CHECK_INT(flagged(&a), 1);
	CHECK(a.candidate_impossible[0]);
	atlas_free(&a);
	lab_close(&l);

	/* One impossible pair, and no other to tell by: of the vantage's four pairs it is one, of the
	 * node's two. The node is flagged: for it, it is the larger share. */
	CHECK_CASE("one pair: the party of which it is the larger share");
	lab_open(&l, LAB_PLAN);
	lab_probe(&l, "berlin-1", "DE", 52.52, 13.41, NETWORK_DATACENTER);
	lab_probe(&l, "paris-1", "FR", 48.86, 2.35, NETWORK_DATACENTER);
	measure(&l, "berlin-1", 10, 18, 11, 170);
	measure(&l, "paris-1", 9, 8, 280, 160);
	a = loaded(&l);
	CHECK_INT(flagged(&a), 1);
	CHECK(a.node_impossible[2]);
	atlas_free(&a);
	lab_close(&l);

	CHECK_CASE("without a place there is nothing to say");
	lab_open(&l, LAB_PLAN);
	lab_datacenter(&l, "nowhere-1", "AU");
	measure(&l, "nowhere-1", 1, 1, 1, 1);
	a = loaded(&l);
	CHECK_INT(flagged(&a), 0);
	atlas_free(&a);
	lab_close(&l);
	return check_done();
}
