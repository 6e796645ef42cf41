/* The gate's rules. Newcombe's bounds were worked with paper and pencil from Wilson's (z =
 * 1.644854): see each case. */
#include "report/judge.h"
#include "tests/check.h"

int main(void)
{
	CHECK_CASE("the margin is 10 ms or 10 %");
	CHECK_NEAR(judge_margin(40), 10, 1e-12);
	CHECK_NEAR(judge_margin(100), 10, 1e-12);
	CHECK_NEAR(judge_margin(450), 45, 1e-12);

	CHECK_CASE("PASS needs the upper bound below the margin, FAIL the lower above it");
	CHECK_INT(judge_change(-5, 9.9, 10), GATE_PASS);
	CHECK_INT(judge_change(-5, 10, 10), GATE_INCONCLUSIVE);
	CHECK_INT(judge_change(5, 20, 10), GATE_INCONCLUSIVE);
	CHECK_INT(judge_change(10, 20, 10), GATE_INCONCLUSIVE);
	CHECK_INT(judge_change(10.1, 20, 10), GATE_FAIL);
	CHECK_INT(judge_change(-20, -10, 10), GATE_PASS);
	CHECK_INT(judge_change(NAN, NAN, 10), GATE_INCONCLUSIVE);

	/* 0 of 40: Wilson's upper bound 2.7055 / 42.7055 = .06335. 4 of 40: lower bound .04569.
	 * .1 - sqrt(.05431^2 + .06335^2) = .01656 > 0. */
	CHECK_CASE("failures: 0 of 40 against 4 of 40 is worse");
	CHECK_INT(judge_failures(0, 40, 4, 40), GATE_FAIL);
	/* 3 of 40: lower bound .03037; .075 - sqrt(.04463^2 + .06335^2) = -.0025. */
	CHECK_CASE("failures: 0 of 40 against 3 of 40 cannot be told");
	CHECK_INT(judge_failures(0, 40, 3, 40), GATE_INCONCLUSIVE);
	CHECK_CASE("failures: no more than before is fine");
	CHECK_INT(judge_failures(3, 40, 3, 40), GATE_PASS);
	CHECK_INT(judge_failures(3, 40, 0, 40), GATE_PASS);
	CHECK_INT(judge_failures(0, 40, 0, 40), GATE_PASS);
	CHECK_INT(judge_failures(1, 40, 2, 80), GATE_PASS);
	CHECK_INT(judge_failures(0, 0, 0, 0), GATE_INCONCLUSIVE);

	CHECK_CASE("both have to pass");
	CHECK_INT(judge_both(GATE_PASS, GATE_PASS), GATE_PASS);
	CHECK_INT(judge_both(GATE_PASS, GATE_INCONCLUSIVE), GATE_INCONCLUSIVE);
	CHECK_INT(judge_both(GATE_INCONCLUSIVE, GATE_FAIL), GATE_FAIL);
	CHECK_INT(judge_both(GATE_FAIL, GATE_PASS), GATE_FAIL);

	CHECK_CASE("crossing the objective");
	CHECK_INT(judge_crossing(990, false, 1001, false, 1000), 1);
	CHECK_INT(judge_crossing(1001, false, 1000, false, 1000), -1);
	CHECK_INT(judge_crossing(500, false, 900, false, 1000), 0);
	CHECK_INT(judge_crossing(500, false, 900, true, 1000), 1);
	CHECK_INT(judge_crossing(1500, true, 1600, true, 1000), 0);
	return check_done();
}
