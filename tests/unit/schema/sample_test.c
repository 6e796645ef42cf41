#include "schema/sample.h"

#include "tests/check.h"

int main(void)
{
	/* The sample of the format's description. By hand: 7123 + 120345 + 121456 + 124567 =
	 * 373491, + 360123 = 733614; 124567 - 119990 = 4577. */
	const struct sample whole = {
		.dns_us = 7123, .tcp_us = 120345, .tls_us = 121456, .wait_us = 124567, .body_us = 360123,
		.min_rtt_us = 119990,
	};
	struct sample s = whole;

	CHECK_CASE("sums of a whole sample");
	CHECK_INT(sample_ttfb_us(&s), 373491);
	CHECK_INT(sample_total_us(&s), 733614);
	CHECK_INT(sample_server_us(&s), 4577);

	CHECK_CASE("phases that did not take place are left out");
	s.dns_us = US_NONE; /* address given */
	CHECK_INT(sample_ttfb_us(&s), 366368);
	s.tls_us = US_NONE; /* http:// */
	CHECK_INT(sample_ttfb_us(&s), 244912);
	CHECK_INT(sample_total_us(&s), 605035);

	CHECK_CASE("without wait or body there is no sum");
	s = whole;
	s.body_us = US_NONE;
	CHECK_INT(sample_ttfb_us(&s), 373491);
	CHECK_INT(sample_total_us(&s), US_NONE);
	s.wait_us = US_NONE;
	CHECK_INT(sample_ttfb_us(&s), US_NONE);
	CHECK_INT(sample_total_us(&s), US_NONE);
	CHECK_INT(sample_server_us(&s), US_NONE);

	CHECK_CASE("a failed sample has no sums");
	s = whole;
	s.error = NEL_HTTP_ERROR;
	CHECK_INT(sample_ttfb_us(&s), US_NONE);
	CHECK_INT(sample_total_us(&s), US_NONE);

	CHECK_CASE("server time is never negative, zero is a value");
	s = whole;
	s.min_rtt_us = 124567;
	CHECK_INT(sample_server_us(&s), 0);
	s.min_rtt_us = 130000;
	CHECK_INT(sample_server_us(&s), 0);
	s.min_rtt_us = US_NONE;
	CHECK_INT(sample_server_us(&s), US_NONE);
	s = whole;
	s.wait_us = 0;
	CHECK_INT(sample_ttfb_us(&s), 248924);

	CHECK_CASE("roles and cache words");
	CHECK_STR(role_name(ROLE_CDN), "cdn");
	CHECK_STR(role_name(ROLE_BASELINE), "baseline");
	CHECK_STR(role_name(ROLE_CANDIDATE), "candidate");
	CHECK_INT(role_of("baseline"), ROLE_BASELINE);
	CHECK_INT(role_of("rival"), -1);
	CHECK_INT(role_of(NULL), -1);
	CHECK(dns_cache_name(DNS_CACHE_NONE) == NULL);
	CHECK_STR(dns_cache_name(DNS_CACHE_MISS), "miss");
	CHECK_INT(dns_cache_of(NULL), DNS_CACHE_NONE);
	CHECK_INT(dns_cache_of("hit"), DNS_CACHE_HIT);
	CHECK_INT(dns_cache_of("unknown"), DNS_CACHE_UNKNOWN);
	CHECK_INT(dns_cache_of("warm"), -1);

	CHECK_CASE("names");
	char longest[66];
	memset(longest, 'a', sizeof longest);
	longest[64] = '\0';
	CHECK(sample_name_ok("mumbai-1") && sample_name_ok("A.b_c-9") && sample_name_ok(longest));
	longest[64] = 'a', longest[65] = '\0';
	CHECK(!sample_name_ok(longest) && !sample_name_ok("") && !sample_name_ok("a b") && !sample_name_ok("a/b"));
	CHECK(!sample_name_ok("S\xc3\xa3o"));

	CHECK_CASE("UUIDs are of version 4 and differ");
	char one[37], two[37];
	batch_new_uuid(one);
	batch_new_uuid(two);
	CHECK_INT(strlen(one), 36);
	CHECK_INT(strspn(one, "0123456789abcdef-"), 36);
	CHECK(one[8] == '-' && one[13] == '-' && one[18] == '-' && one[23] == '-');
	CHECK_INT(one[14], '4');                      /* RFC 9562, section 5.4 */
	CHECK(strchr("89ab", one[19]) != NULL);
	CHECK(strcmp(one, two) != 0);

	CHECK_CASE("a batch that is freed is empty");
	struct batch b = {0};
	struct audit *a = vec_add(&b.audits);
	CHECK(a != NULL && vec_add(&a->headers) != NULL && vec_add(&b.samples) != NULL);
	b.probe = arena_str(&b.arena, "mumbai-1");
	batch_free(&b);
	CHECK(b.samples.at == NULL && b.audits.at == NULL && b.arena.head == NULL && b.probe == NULL);
	batch_free(&b);
	return check_done();
}
