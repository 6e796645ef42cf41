#include "schema/measure.h"

#include "tests/check.h"

int main(void)
{
	/* By hand, from the sample of the format's description: ttfb 373491, total 733614,
	 * server 4577 (see sample_test.c), and less dns (7123), less server, less both. */
	const struct sample whole = {
		.dns_us = 7123, .tcp_us = 120345, .tls_us = 121456, .wait_us = 124567, .body_us = 360123,
		.min_rtt_us = 119990,
	};
	static const struct { const char *name; int64_t value; } want[MEASURES] = {
		[M_DNS] = {"dns", 7123},
		[M_TCP] = {"tcp", 120345},
		[M_TLS] = {"tls", 121456},
		[M_WAIT] = {"wait", 124567},
		[M_BODY] = {"body", 360123},
		[M_TTFB] = {"ttfb", 373491},
		[M_TOTAL] = {"total", 733614},
		[M_MIN_RTT] = {"min_rtt", 119990},
		[M_SERVER] = {"server", 4577},
		[M_TTFB_NO_DNS] = {"ttfb-dns", 366368},
		[M_TOTAL_NO_DNS] = {"total-dns", 726491},
		[M_TTFB_NO_SERVER] = {"ttfb-server", 368914},
		[M_TOTAL_NO_SERVER] = {"total-server", 729037},
		[M_TTFB_NO_DNS_NO_SERVER] = {"ttfb-dns-server", 361791},
		[M_TOTAL_NO_DNS_NO_SERVER] = {"total-dns-server", 721914},
	};
	struct sample s = whole;

	CHECK_CASE("names and values of a whole sample");
	for (int m = 0; m < MEASURES; m++) {
		CHECK_STR(measure_name((enum measure)m), want[m].name);
		CHECK_INT(measure_of(want[m].name), m);
		CHECK_INT(measure_value((enum measure)m, &s), want[m].value);
	}
	CHECK_INT(measure_of("latency"), -1);
	CHECK_INT(measure_of(NULL), -1);

	CHECK_CASE("a failed sample has none");
	s.error = NEL_TCP_RESET;
	for (int m = 0; m < MEASURES; m++)
		CHECK_INT(measure_value((enum measure)m, &s), US_NONE);

	CHECK_CASE("the second sample of a round has those that no cache can warm");
	s = whole;
	s.nth = 1;
	for (int m = 0; m < MEASURES; m++) {
		bool any = m == M_TCP || m == M_TLS || m == M_WAIT || m == M_BODY || m == M_MIN_RTT || m == M_SERVER;
		CHECK_INT(measure_value((enum measure)m, &s), any ? want[m].value : US_NONE);
	}

	CHECK_CASE("without dns there are no forms less dns");
	s = whole;
	s.dns_us = US_NONE;
	CHECK_INT(measure_value(M_DNS, &s), US_NONE);
	CHECK_INT(measure_value(M_TTFB, &s), 366368);
	CHECK_INT(measure_value(M_TOTAL, &s), 726491);
	CHECK_INT(measure_value(M_TTFB_NO_DNS, &s), US_NONE);
	CHECK_INT(measure_value(M_TOTAL_NO_DNS, &s), US_NONE);
	CHECK_INT(measure_value(M_TTFB_NO_DNS_NO_SERVER, &s), US_NONE);
	CHECK_INT(measure_value(M_TOTAL_NO_DNS_NO_SERVER, &s), US_NONE);
	CHECK_INT(measure_value(M_TOTAL_NO_SERVER, &s), 721914);

	CHECK_CASE("without min_rtt there are no forms less server");
	s = whole;
	s.min_rtt_us = US_NONE;
	CHECK_INT(measure_value(M_SERVER, &s), US_NONE);
	CHECK_INT(measure_value(M_TTFB_NO_SERVER, &s), US_NONE);
	CHECK_INT(measure_value(M_TOTAL_NO_DNS_NO_SERVER, &s), US_NONE);
	CHECK_INT(measure_value(M_TOTAL_NO_DNS, &s), 726491);

	CHECK_CASE("a server slower by nothing takes nothing off");
	s = whole;
	s.min_rtt_us = 200000;
	CHECK_INT(measure_value(M_SERVER, &s), 0);
	CHECK_INT(measure_value(M_TOTAL_NO_SERVER, &s), 733614);

	CHECK_CASE("which form is without what");
	CHECK_INT(measure_without(M_TOTAL, false, false), M_TOTAL);
	CHECK_INT(measure_without(M_TOTAL, true, false), M_TOTAL_NO_DNS);
	CHECK_INT(measure_without(M_TOTAL, false, true), M_TOTAL_NO_SERVER);
	CHECK_INT(measure_without(M_TOTAL, true, true), M_TOTAL_NO_DNS_NO_SERVER);
	CHECK_INT(measure_without(M_TTFB, false, false), M_TTFB);
	CHECK_INT(measure_without(M_TTFB, true, false), M_TTFB_NO_DNS);
	CHECK_INT(measure_without(M_TTFB, false, true), M_TTFB_NO_SERVER);
	CHECK_INT(measure_without(M_TTFB, true, true), M_TTFB_NO_DNS_NO_SERVER);
	return check_done();
}
