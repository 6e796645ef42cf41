/* When a target is due, and whose turn it is among the rare objects; times by paper and pencil. */
#include "probe/targetmem.h"

#include "tests/check.h"

#define T0 INT64_C(1795379785000000)
#define MINUTE (60 * US_PER_S)

static struct wall at(int64_t us) { return (struct wall){ T0 + us }; }

int main(void)
{
	struct targetmem m = {0};
	struct plan_target t = { .name = "www", .rev = "0123456789abcdef", .every_us = 15 * MINUTE };
	struct plan_target other = { .name = "img", .rev = "0123456789abcdef" };

	CHECK_CASE("what is not remembered is due, and what is to be measured each round always");
	CHECK(targetmem_due(&m, &t, at(0)));
	CHECK(targetmem_note(&m, &t, at(0), -1));
	CHECK(targetmem_note(&m, &other, at(0), -1));
	CHECK_INT(m.entries.len, 2);
	CHECK(targetmem_due(&m, &other, at(0)));

	CHECK_CASE("rounds of five minutes, every = 15m: each third, though none is on the second");
	CHECK(!targetmem_due(&m, &t, at(5 * MINUTE + 400000)));
	CHECK(!targetmem_due(&m, &t, at(10 * MINUTE + 100000)));
	CHECK(targetmem_due(&m, &t, at(15 * MINUTE - 200000)));
	CHECK(targetmem_due(&m, &t, at(15 * MINUTE - 30 * US_PER_S)));
	CHECK(!targetmem_due(&m, &t, at(15 * MINUTE - 30 * US_PER_S - 1)));
	CHECK(targetmem_due(&m, &t, at(365 * US_PER_DAY)));

	CHECK_CASE("a clock that was set back, and another definition, are no reason to wait");
	CHECK(targetmem_due(&m, &t, at(-1)));
	CHECK(targetmem_due(&m, &t, at(-365 * US_PER_DAY)));
	struct plan_target changed = t;
	changed.rev[0] = 'f';
	CHECK(targetmem_due(&m, &changed, at(MINUTE)));

	CHECK_CASE("rare objects take turns; they begin where they are told to");
	CHECK_INT(targetmem_rare(&m, &t, 5, 13), 3);
	CHECK(targetmem_note(&m, &t, at(MINUTE), 3));
	CHECK_INT(targetmem_rare(&m, &t, 5, 99), 4);
	CHECK(targetmem_note(&m, &t, at(MINUTE), 4));
	CHECK_INT(targetmem_rare(&m, &t, 5, 99), 0);
	CHECK(targetmem_note(&m, &t, at(2 * MINUTE), -1)); /* none was asked for */
	CHECK_INT(targetmem_rare(&m, &t, 5, 99), 0);
	CHECK_INT(targetmem_rare(&m, &t, 1, 99), 0);
	CHECK_INT(m.entries.len, 2);

	CHECK_CASE("what the plan has no more is forgotten");
	struct plan plan = {0};
	struct plan_target *kept = vec_add(&plan.targets);
	*kept = other;
	targetmem_keep(&m, &plan);
	CHECK_INT(m.entries.len, 1);
	CHECK_STR(m.entries.at[0].target, "img");
	vec_free(&plan.targets);
	targetmem_free(&m);
	return check_done();
}
