#include "collector/latest.h"

#include "lib/clock.h"
#include "tests/check.h"

static const int64_t now = (int64_t)1795372800 * US_PER_S;

static struct sample sample(const char *target, int64_t t_us, int64_t wait_us)
{
	return (struct sample){.target = target, .t_us = t_us, .dns_us = 7123, .tcp_us = US_NONE, .tls_us = US_NONE,
	                       .wait_us = wait_us, .body_us = 1000000};
}

static bool add(struct latest *l, const char *probe, struct sample s)
{
	struct batch b = {.probe = probe};
	b.samples.at = &s;
	b.samples.len = b.samples.cap = 1;
	return latest_add(l, &b, now);
}

static const char *printed(struct latest *l, int64_t at_us)
{
	static struct buf out;
	buf_clear(&out);
	latest_print(l, at_us, &out);
	return buf_str(&out);
}

int main(void)
{
	struct latest *l = latest_new();
	CHECK_CASE("nothing known, nothing said");
	CHECK_STR(printed(l, now), "");

	CHECK_CASE("seconds, and only phases that took place");
	CHECK(add(l, "a", sample("www", now, 250000)));
	CHECK_STR(printed(l, now),
	          "# HELP probe_success Whether the newest sample of a probe and target succeeded.\n"
	          "# TYPE probe_success gauge\n"
	          "probe_success{probe=\"a\",target=\"www\"} 1\n"
	          "# HELP probe_http_duration_seconds Phases of the newest sample of a probe and target.\n"
	          "# TYPE probe_http_duration_seconds gauge\n"
	          "probe_http_duration_seconds{probe=\"a\",target=\"www\",phase=\"resolve\"} 0.007123\n"
	          "probe_http_duration_seconds{probe=\"a\",target=\"www\",phase=\"processing\"} 0.250000\n"
	          "probe_http_duration_seconds{probe=\"a\",target=\"www\",phase=\"transfer\"} 1.000000\n");

	CHECK_CASE("the newest counts, whatever came last");
	CHECK(add(l, "a", sample("www", now - 1, 990000)));
	CHECK_CONTAINS(printed(l, now), "phase=\"processing\"} 0.250000\n");
	struct sample failed = sample("www", now + 1, US_NONE);
	failed.error = NEL_TCP_REFUSED;
	CHECK(add(l, "a", failed));
	CHECK_CONTAINS(printed(l, now), "probe_success{probe=\"a\",target=\"www\"} 0\n");
	CHECK(strstr(printed(l, now), "processing") == NULL);

	CHECK_CASE("not a node's, not a rare object's, not one from the future");
	struct sample other = sample("node", now, 1);
	other.node = "lon";
	CHECK(add(l, "a", other));
	other = sample("rare", now, 1);
	other.kind = KIND_RARE;
	CHECK(add(l, "a", other));
	CHECK(add(l, "a", sample("future", now + 3601 * US_PER_S, 1)));
	CHECK(strstr(printed(l, now), "\"node\"") == NULL && strstr(printed(l, now), "\"rare\"") == NULL);
	CHECK(strstr(printed(l, now), "\"future\"") == NULL);

	CHECK_CASE("after an hour nothing is said of it");
	CHECK_CONTAINS(printed(l, now + 1 + LATEST_US), "probe_success");
	CHECK_STR(printed(l, now + 2 + LATEST_US), "");

	CHECK_CASE("no more targets than a plan has");
	char name[16];
	for (int i = 0; i <= LATEST_MAX_TARGETS; i++) {
		snprintf(name, sizeof name, "t%d", i);
		CHECK(add(l, "b", sample(name, now, 1)));
	}
	CHECK_CONTAINS(printed(l, now), "\"t999\"");
	CHECK(strstr(printed(l, now), "\"t1000\"") == NULL);
	latest_free(l);
	return check_done();
}
