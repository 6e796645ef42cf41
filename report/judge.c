#include "report/judge.h"

#include <math.h>

#include "lib/stats.h"

double judge_margin(double before_ms)
{
	return fmax(JUDGE_MARGIN_MS, JUDGE_MARGIN_SHARE * before_ms);
}

enum gate_verdict judge_change(double low, double high, double margin)
{
	if (high < margin)
		return GATE_PASS;
	return low > margin ? GATE_FAIL : GATE_INCONCLUSIVE;
}

enum gate_verdict judge_failures(uint64_t k1, uint64_t n1, uint64_t k2, uint64_t n2)
{
	double low, high;

	if (n1 == 0 || n2 == 0)
		return GATE_INCONCLUSIVE;
	stats_newcombe(k1, n1, k2, n2, 0.95, &low, &high);
	if (low > 0)
		return GATE_FAIL;
	return (double)k2 * (double)n1 <= (double)k1 * (double)n2 ? GATE_PASS : GATE_INCONCLUSIVE;
}

enum gate_verdict judge_both(enum gate_verdict a, enum gate_verdict b)
{
	if (a == GATE_FAIL || b == GATE_FAIL)
		return GATE_FAIL;
	return a == GATE_PASS && b == GATE_PASS ? GATE_PASS : GATE_INCONCLUSIVE;
}

int judge_crossing(double before_ms, bool before_fail, double after_ms, bool after_fail, double limit_ms)
{
	bool met = !before_fail && before_ms <= limit_ms, meets = !after_fail && after_ms <= limit_ms;

	return (met && !meets) - (!met && meets);
}
