#include "schema/cell_sample.h"

#include <stdlib.h>
#include <string.h>

#include "tests/check.h"

static struct sample s, t;

/* What put() writes of `s`, in hexadecimal; get() must find all of it again in `t`. */
static const char *bytes(void)
{
	static char text[2 * CELL_SAMPLE_MOST + 1];
	unsigned char to[CELL_SAMPLE_MOST];
	size_t len = cell_sample_put(&s, to);

	t = sample_absent;
	CHECK_INT(cell_sample_get(to, to + len, &t), len);
	for (size_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", to[i]);
	return text;
}

static bool same(void)
{
	return s.dns_us == t.dns_us && s.tcp_us == t.tcp_us && s.tls_us == t.tls_us && s.wait_us == t.wait_us
	       && s.body_us == t.body_us && s.min_rtt_us == t.min_rtt_us && (s.nth != 0) == (t.nth != 0)
	       && t.error == NEL_OK;
}

int main(void)
{
	CHECK_CASE("all six, three bytes each, the least first");
	s = sample_absent;
	s.dns_us = 7123;       /* 0x001bd3 */
	s.tcp_us = 120345;     /* 0x01d619 */
	s.tls_us = 121456;     /* 0x01da70 */
	s.wait_us = 124567;    /* 0x01e697 */
	s.body_us = 360123;    /* 0x057ebb */
	s.min_rtt_us = 119990; /* 0x01d4b6 */
	CHECK_STR(bytes(), "3f" "d31b00" "19d601" "70da01" "97e601" "bb7e05" "b6d401");
	CHECK(same());

	CHECK_CASE("what is not there takes nothing; not the first of its target");
	s = sample_absent;
	s.nth = 3;
	CHECK_STR(bytes(), "40");
	CHECK(same());
	s.tcp_us = 0;
	s.min_rtt_us = 1;
	CHECK_STR(bytes(), "62" "000000" "010000");
	CHECK(same());

	CHECK_CASE("2^24 needs five bytes, and so do the others then");
	s = sample_absent;
	s.wait_us = (1 << 24) - 1;
	s.dns_us = 2;
	CHECK_STR(bytes(), "09" "020000" "ffffff");
	CHECK(same());
	s.wait_us++;
	CHECK_STR(bytes(), "89" "0200000000" "0000000100");
	CHECK(same());

	CHECK_CASE("what cannot be becomes the nearest that can");
	s = sample_absent;
	s.tcp_us = INT64_MAX;
	s.tls_us = -5;
	s.body_us = CELL_SAMPLE_US_MOST;
	CHECK_STR(bytes(), "96" "ffffffffff" "0000000000" "ffffffffff");
	CHECK(t.tcp_us == CELL_SAMPLE_US_MOST && t.tls_us == 0 && t.body_us == CELL_SAMPLE_US_MOST && t.dns_us == US_NONE);

	CHECK_CASE("cut short it is none");
	unsigned char whole[CELL_SAMPLE_MOST];
	size_t len = cell_sample_put(&s, whole);
	for (size_t n = 0; n < len; n++) {
		unsigned char *exact = malloc(n + 1); /* so that a sanitizer sees a byte too many */
		memcpy(exact, whole, n);
		CHECK_INT(cell_sample_get(exact, exact + n, &t), 0);
		free(exact);
	}
	return check_done();
}
