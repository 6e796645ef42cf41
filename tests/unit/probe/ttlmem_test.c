#include "probe/ttlmem.h"

#include "tests/check.h"

static struct ttlmem m;
static struct wall now = { 1000 * US_PER_DAY };

static const char *judge(const char *resolver, const char *name, int64_t ttl)
{
	now.us += 60 * US_PER_S;
	return dns_cache_name(ttlmem_judge(&m, resolver, name, 4, ttl, now));
}

int main(void)
{
	CHECK_CASE("hit, miss and unknown as the TTLs tell");
	CHECK_STR(judge("r", "a", 60), "unknown"); /* nothing to compare with */
	CHECK_STR(judge("r", "a", 60), "unknown"); /* may be a cache that doesn't count down */
	CHECK_STR(judge("r", "a", 37), "hit");
	CHECK_STR(judge("r", "a", 60), "miss");    /* it counts down, and gave the whole */
	CHECK_STR(judge("r", "a", 59), "hit");
	CHECK_STR(judge("r", "a", 90), "unknown"); /* raised, or never seen whole before */
	CHECK_STR(judge("r", "a", 60), "hit");
	CHECK_STR(judge("r", "a", 90), "miss");
	CHECK_CASE("what was asked a moment ago may be in the cache by that: the next target on that host");
	now.us -= 59900000; /* a tenth of a second after the last */
	CHECK_STR(judge("r", "a", 90), "unknown");
	now.us -= 58200000;
	CHECK_STR(judge("r", "a", 90), "unknown"); /* 1.9 s after the miss */
	now.us -= 59900000;
	CHECK_STR(judge("r", "a", 90), "miss");    /* 2 s: a cache would have counted down */
	CHECK_CASE("names, resolvers and families are apart");
	CHECK_STR(judge("r", "b", 30), "unknown");
	CHECK_STR(judge("s", "a", 30), "unknown");
	CHECK_STR(dns_cache_name(ttlmem_judge(&m, "r", "a", 6, 30, now)), "unknown");
	CHECK_STR(judge("r", "a", 30), "hit");
	CHECK_CASE("a lowered TTL is believed after a week");
	CHECK_STR(judge("r", "low", 300), "unknown");
	CHECK_STR(judge("r", "low", 20), "hit");
	now.us += TTLMEM_KEEP_US;
	CHECK_STR(judge("r", "low", 20), "unknown");
	CHECK_STR(judge("r", "low", 20), "miss");
	CHECK_STR(judge("r", "low", 3), "hit");
	CHECK_CASE("a clock that was set back keeps nothing for ever");
	CHECK_STR(judge("r", "back", 300), "unknown");
	now.us -= 100 * US_PER_DAY;
	CHECK_STR(judge("r", "back", 20), "unknown");
	CHECK_STR(judge("r", "back", 10), "hit");
	CHECK_CASE("it has a ceiling");
	for (int i = 0; i < TTLMEM_MAX + 100; i++) {
		char name[32];
		snprintf(name, sizeof name, "n%d", i);
		judge("r", name, 60);
	}
	CHECK_INT(m.entries.len, TTLMEM_MAX);
	CHECK_STR(judge("r", "n4195", 10), "hit");  /* one of the last is remembered */
	CHECK_STR(judge("r", "n3", 10), "unknown"); /* one of the first gave way */
	ttlmem_free(&m);
	return check_done();
}
