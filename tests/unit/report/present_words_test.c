/* Numbers and sentences: what people read. Expectations by hand. */
#include "report/answer.h"
#include "tests/check.h"
#include "tests/unit/report/fixture.h"

static const char *ms(double x)
{
	static char text[PRESENT_TEXT];
	return present_ms(x, text);
}

static const char *share(double x)
{
	static char text[PRESENT_TEXT];
	return present_availability(x, text);
}

static void test_numbers(void)
{
	char t[PRESENT_TEXT];
	CHECK_CASE("milliseconds: as many digits as are known");
	CHECK_STR(ms(0.4234), "0.42");
	CHECK_STR(ms(7.26), "7.3");
	CHECK_STR(ms(9.94), "9.9");
	CHECK_STR(ms(9.96), "10");
	CHECK_STR(ms(1123.4), "1123");
	CHECK_STR(ms(NAN), "-");
	CHECK_STR(ms(INFINITY), "-");
	CHECK_CASE("a quantile among the failures says fail");
	CHECK_STR(present_estimate(&(struct estimate){ .ms = 10000, .fail = true }, t), "fail");
	CHECK_CASE("changes have a sign");
	CHECK_STR(present_change(61.2, t), "+61");
	CHECK_STR(present_change(-3.21, t), "-3.2");
	CHECK_STR(present_change(0.001, t), "0");
	CHECK_CASE("availability never looks better than it is");
	CHECK_STR(share(1), "100 %");
	CHECK_STR(share(0.99999), "99.99 %");
	CHECK_STR(share(0.9996), "99.96 %");
	CHECK_STR(share(0.982), "98.2 %");
	CHECK_STR(share(0.9499), "94.9 %");
	CHECK_STR(share(NAN), "-");
	CHECK_CASE("shares");
	CHECK_STR(present_share(0.424, t), "42 %");
	CHECK_STR(present_share(0.001, t), "<1 %");
	CHECK_STR(present_share(0, t), "0 %");
	CHECK_CASE("counts: blanks between thousands from five digits on");
	CHECK_STR(present_count(4320, t), "4320");
	CHECK_STR(present_count(112896, t), "112\u00a0896");
	CHECK_STR(present_count(1234567, t), "1\u00a0234\u00a0567");
	CHECK_CASE("times");
	CHECK_STR(present_time(FIXTURE_T0, t), "2026-11-22 00:00");
	CHECK_STR(present_time(US_NONE, t), "-");
}

static struct report_region *country(struct report *r, const char *id)
{
	return (struct report_region *)present_region(r, id);
}

static void test_answer(void)
{
	struct report r;
	struct answer a;
	struct err err = {0};
	fixture_report(&r, false);
	CHECK_CASE("the answer: who falls short, by name");
	/* 27 countries; KE ZA IN ID TR SE AR CL fall short. */
	CHECK_INT(answer_make(&r, &a, &err), 0);
	CHECK_STR(buf_str(&a.headline),
	          "19 of 27 countries meet the objective; Kenya, South Africa, India, Indonesia, "
	          "T\u00fcrkiye, Sweden and 2 more fall short.");
	CHECK_CASE("the answer: where all is well");
	CHECK_CONTAINS(buf_str(&a.fine), "North America and Oceania are fine throughout.");
	CHECK_CONTAINS(buf_str(&a.fine), "Only just: United Arab Emirates and Brazil.");
	CHECK_CASE("the answer: why, cause by cause");
	CHECK_CONTAINS(buf_str(&a.why), "Kenya, South Africa, India and Chile: no node is near enough.");
	CHECK_CONTAINS(buf_str(&a.why), "Indonesia: sent to a node that is not the best one.");
	CHECK_CASE("the answer: the change that helps most regions");
	/* jnb is recommended to two countries, each other place to one. */
	CHECK_STR(buf_str(&a.change),
	          "The one change that would fix most: a node in Johannesburg (jnb), predicted to bring "
	          "Kenya to 664 ms and South Africa to 131 ms.");
	answer_free(&a);
	CHECK_CASE("the answer: of two places that are enough the cheaper, and the other is named");
	/* What they cost is in fixture_nodes: sin is cheaper than jnb. */
	FIXTURE_ADD(country(&r, "country/KE")->candidates, ((struct candidate_effect){ "sin", "Singapore", 900, true }));
	FIXTURE_ADD(country(&r, "country/ZA")->candidates, ((struct candidate_effect){ "sin", "Singapore", 990, true }));
	CHECK_INT(answer_make(&r, &a, &err), 0);
	CHECK_STR(buf_str(&a.change),
	          "The one change that would fix most: a node in Singapore (sin), predicted to bring "
	          "Kenya to 900 ms and South Africa to 990 ms; Johannesburg (jnb) would do as well.");
	answer_free(&a);

	CHECK_CASE("the answer: a region that needs two fixes is not promised one");
	FIXTURE_ADD(country(&r, "country/KE")->also, VERDICT_SLOW_EDGE);
	FIXTURE_ADD(country(&r, "country/ZA")->also, VERDICT_SLOW_EDGE);
	CHECK_INT(answer_make(&r, &a, &err), 0);
	/* One region for each change now: the cheapest fix wins, and that is steering. */
	CHECK_STR(buf_str(&a.change), "The one change that would fix most: steer Indonesia to nrt.");
	answer_free(&a);

	CHECK_CASE("the answer: all well");
	for (size_t i = 0; i < r.regions.len; i++)
		r.regions.at[i].verdict = VERDICT_OK;
	CHECK_INT(answer_make(&r, &a, &err), 0);
	CHECK_STR(buf_str(&a.headline), "All 27 countries meet the objective.");
	CHECK_STR(buf_str(&a.why), "");
	CHECK_STR(buf_str(&a.change), "");
	answer_free(&a);

	CHECK_CASE("the answer: nothing to judge");
	for (size_t i = 0; i < r.regions.len; i++)
		r.regions.at[i].verdict = VERDICT_NO_DATA;
	CHECK_INT(answer_make(&r, &a, &err), 0);
	CHECK_STR(buf_str(&a.headline), "Too little data to judge any country.");
	answer_free(&a);
	report_free(&r);
}

static void test_probe_mood(void)
{
	struct report r = { .limit_ms = 1000 };
	struct report_probe p = { .objective = { .ms = 900, .low = 880, .high = 950 } };
	CHECK_CASE("a vantage's mark: met, only just, missed, unknown");
	CHECK_INT(present_probe_mood(&r, &p), MOOD_GOOD);
	p.objective.high = 1001;
	CHECK_INT(present_probe_mood(&r, &p), MOOD_CLOSE);
	p.objective.ms = 1000.5;
	CHECK_INT(present_probe_mood(&r, &p), MOOD_BAD);
	p.objective.ms = NAN;
	CHECK_INT(present_probe_mood(&r, &p), MOOD_UNKNOWN);
	p.objective = (struct estimate){ .ms = 10000, .fail = true };
	CHECK_INT(present_probe_mood(&r, &p), MOOD_BAD);
	p.impossible = true;
	CHECK_INT(present_probe_mood(&r, &p), MOOD_UNKNOWN);
}

int main(void)
{
	test_numbers();
	test_answer();
	test_probe_mood();
	return check_done();
}
