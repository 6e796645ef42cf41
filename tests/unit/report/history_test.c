/* What a report says of a window whose raw samples were pruned, and of one in which the plan changed. */
#include "report/evaluate.h"
#include "tests/check.h"
#include "tests/unit/report/lab.h"

static bool noted(const struct report *r, const char *text)
{
	for (size_t i = 0; i < r->notes.len; i++)
		if (strstr(r->notes.at[i], text) != NULL)
			return true;
	return false;
}

static struct report judge(struct lab *l, struct evaluate_options o)
{
	struct report r;
	struct err err = {0};

	lab_must(evaluate_report(l->store, l->registry, &o, &r, &err), &err);
	return r;
}

static void world(struct lab *l)
{
	struct visit v[] = {{"www", NULL, NULL, 100, 10, 10, NEL_OK}};

	lab_open(l, LAB_PLAN);
	lab_datacenter(l, "mumbai-1", "IN");
	lab_rounds(l, "mumbai-1", 0, 6, 12, v, LAT_COUNT(v));
}

static void prune(struct lab *l, int64_t before_us)
{
	struct store_pruned done = {0};
	struct err err = {0};
	size_t left;
	bool more;

	lab_must(store_fold(l->store, SIZE_MAX, &left, &err), &err);
	lab_must(store_prune(l->store, before_us, SIZE_MAX, &done, &more, &err), &err);
	CHECK(done.batches > 0 && !more);
}

int main(void)
{
	struct lab l = {0};
	struct err err = {0};
	struct report r;

	world(&l);
	struct evaluate_options o = lab_window(6, 1);

	CHECK_CASE("nothing was pruned, one plan: nothing is said");
	r = judge(&l, o);
	CHECK(!noted(&r, "pruned"));
	CHECK(!noted(&r, "the plan was changed"));
	report_free(&r);

	CHECK_CASE("hours and more are made of cells: nothing to say");
	prune(&l, LAB_START + 3 * US_PER_HOUR);
	r = judge(&l, o);
	CHECK(!noted(&r, "pruned"));
	CHECK_INT(r.blocks, 6);
	report_free(&r);

	CHECK_CASE("blocks below an hour are made of what is left, and the report says so");
	o.block_us = 30 * 60 * US_PER_S;
	r = judge(&l, o);
	CHECK(noted(&r, "have been pruned, and blocks of 30 min are made of them"));
	CHECK_INT(r.blocks, 6); /* of twelve */
	report_free(&r);

	CHECK_CASE("an hour that the window cuts");
	o = lab_window(6, 1);
	o.since_us += US_PER_S;
	r = judge(&l, o);
	CHECK(noted(&r, "of the hours that the window cuts, its first is left out"));
	CHECK_INT(r.blocks, 5);
	report_free(&r);
	o = lab_window(6, 1);
	o.until_us = LAB_START + 2 * US_PER_HOUR + US_PER_S;
	r = judge(&l, o);
	CHECK(noted(&r, "its last is left out"));
	report_free(&r);

	CHECK_CASE("a window in which nothing is left is an error that says why");
	o = lab_window(3, 1);
	o.block_us = 30 * 60 * US_PER_S;
	CHECK_INT(evaluate_report(l.store, l.registry, &o, &r, &err), LAT_NOINPUT);
	CHECK(strstr(err.text, "no samples from") != NULL && strstr(err.text, "have been pruned") != NULL);
	report_free(&r);

	CHECK_CASE("a plan that changed in the window, before it, after it");
	lab_must(registry_publish_plan(l.registry, "00000000000000aa", "", "{}", LAB_START + 2 * US_PER_HOUR, &err), &err);
	struct buf json = {0};
	lab_must(registry_plan(l.registry, l.plan.rev, &json, &err), &err);
	lab_must(registry_publish_plan(l.registry, l.plan.rev, "", buf_str(&json), LAB_START + 3 * US_PER_HOUR, &err), &err);
	buf_free(&json);
	o = lab_window(6, 1);
	r = judge(&l, o);
	char want[200], moment[WALL_TEXT], again[WALL_TEXT];
	snprintf(want, sizeof want, "the plan was changed in this window: revision %s, from %s 00000000000000aa, from %s %s",
	         l.plan.rev, wall_format((struct wall){LAB_START + 2 * US_PER_HOUR}, moment),
	         wall_format((struct wall){LAB_START + 3 * US_PER_HOUR}, again), l.plan.rev);
	CHECK(noted(&r, want));
	report_free(&r);
	o.since_us = LAB_START + 4 * US_PER_HOUR; /* the last of them is the only one here */
	r = judge(&l, o);
	CHECK(!noted(&r, "the plan was changed"));
	report_free(&r);
	o = lab_window(2, 1); /* they came when it was over */
	r = judge(&l, o);
	CHECK(!noted(&r, "the plan was changed"));
	report_free(&r);
	lab_close(&l);
	return check_done();
}
