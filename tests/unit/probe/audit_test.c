/* What is audited and when, counted by hand from the plan below; digests are FIPS 180-4's
 * examples. */
#include "probe/audit.h"

#include <stdlib.h>
#include <string.h>

#include "tests/check.h"

#define S INT64_C(1000000)
#define HOUR (3600 * S)
#define DAY (24 * HOUR)
#define NOON (INT64_C(1795694400) * S) /* 2026-11-26T12:00:00Z */

static const char text[] =
	"objective { metric = \"total\"  quantile = 0.75  limit_ms = 1000 }\n"
	"schedule { timeout_ms = 10000  families = {\"ipv4\", \"ipv6\"}  audit_every = \"1h\" }\n"
	"target \"www\" { role = \"cdn\" url = \"https://www.example.com/\" }\n"
	"target \"img\" { role = \"cdn\" url = \"https://img.example.com/\" body_limit_kib = 64 }\n"
	"target \"origin\" { role = \"baseline\" url = \"https://origin.example.com/\" }\n"
	"target \"bare\" { role = \"baseline\" url = \"https://[2001:db8::9]/\" }\n"
	"node \"lon\" { address = {\"2001:db8::1\", \"203.0.113.1\"} city = \"London\""
	"  country = \"GB\" lat = 51.5 lon = -0.1 }\n"
	"node \"six\" { address = {\"2001:db8::6\"} city = \"Oslo\" country = \"NO\" lat = 59.9 lon = 10.8"
	"  status = \"draining\" targets = {\"www\"} }\n"
	"node \"old\" { address = {\"203.0.113.4\"} city = \"Paris\" country = \"FR\" lat = 48.9 lon = 2.4"
	"  status = \"off\" }\n"
	"candidate \"sin\" { url = \"https://sin.example.net/\" city = \"Singapore\" country = \"SG\" lat = 1.35"
	"  lon = 103.8 }\n";

static struct plan plan;
static struct addresses resolvers;
static struct err err;

/* "www img@lon ..." of what is due. */
static const char *due(const struct auditmem *m, int64_t now, size_t max, size_t *left_out)
{
	static char out[512];
	struct agenda a = {0};
	out[0] = '\0';
	CHECK_INT(audit_agenda(&a, &plan, &resolvers, m, now, max, &err), 0);
	for (size_t i = 0; i < a.jobs.len; i++) {
		const struct job *j = &a.jobs.at[i];
		size_t n = strlen(out);
		snprintf(out + n, sizeof out - n, "%s%s%s%s", n > 0 ? " " : "", j->target,
		         j->node != NULL ? "@" : "", j->node != NULL ? j->node : "");
	}
	if (left_out != NULL)
		*left_out = a.left_out;
	agenda_free(&a);
	return out;
}

#define EVERYTHING "www img origin bare www@lon img@lon www@six www@old img@old"

static void jobs(void)
{
	struct agenda a = {0};
	struct auditmem m = {0};
	char addr[ADDRESS_TEXT];
	size_t left;
	CHECK_CASE("each target, each node for each cdn target it serves, off ones too; no candidate");
	CHECK_STR(due(NULL, NOON, 100, NULL), EVERYTHING);
	CHECK_STR(due(&m, NOON, 100, NULL), EVERYTHING);
	CHECK_STR(due(&m, NOON, 5, &left), "www img origin bare www@lon");
	CHECK_INT(left, 4);
	CHECK_CASE("one address each: the plan's first family, if there is one of it");
	CHECK_INT(audit_agenda(&a, &plan, &resolvers, NULL, NOON, 100, &err), 0);
	CHECK_INT(a.jobs.at[0].way, JOB_DNS);
	CHECK_INT(a.jobs.at[0].family, 4);
	CHECK_INT(a.jobs.at[0].resolver_count, 1);
	CHECK_STR(a.jobs.at[0].target_rev, plan_target(&plan, "www")->rev);
	CHECK_INT(a.jobs.at[1].body_limit_kib, 64);
	CHECK_INT(a.jobs.at[3].way, JOB_ADDRESS);
	CHECK_STR(address_text(&a.jobs.at[3].addr, addr), "2001:db8::9");
	CHECK_STR(address_text(&a.jobs.at[4].addr, addr), "203.0.113.1");
	CHECK_INT(a.jobs.at[4].family, 4);
	CHECK_STR(address_text(&a.jobs.at[6].addr, addr), "2001:db8::6");
	CHECK_INT(a.jobs.at[6].family, 6);
	agenda_free(&a);
}

static void note(struct auditmem *m, const char *target, const char *node, int64_t at)
{
	CHECK(auditmem_note(m, target, node, at));
}

static void when(void)
{
	struct auditmem m = {0};
	CHECK_CASE("due each hour, off nodes each day, what is new at once");
	note(&m, "www", NULL, NOON);
	note(&m, "www", "lon", NOON);
	note(&m, "www", "old", NOON);
	note(&m, "img", "old", NOON);
	CHECK_STR(due(&m, NOON, 100, NULL), "img origin bare img@lon www@six");
	CHECK_STR(due(&m, NOON + HOUR - 31 * S, 100, NULL), "img origin bare img@lon www@six");
	CHECK_STR(due(&m, NOON + HOUR, 100, NULL), "www img origin bare www@lon img@lon www@six");
	CHECK_CASE("a round that comes a moment early is the one");
	CHECK_STR(due(&m, NOON + HOUR - 30 * S, 100, NULL), "www img origin bare www@lon img@lon www@six");
	CHECK_STR(due(&m, NOON + DAY, 100, NULL), EVERYTHING);
	CHECK_CASE("a memory of the future is none: the clock was set back");
	CHECK_STR(due(&m, NOON - 1, 100, NULL), EVERYTHING);
	CHECK_CASE("noted again, it is counted from then on");
	note(&m, "www", NULL, NOON + HOUR);
	CHECK_STR(due(&m, NOON + HOUR, 100, NULL), "img origin bare www@lon img@lon www@six");
	CHECK_INT(m.entries.len, 4);
	CHECK_CASE("what is in no plan any more is forgotten");
	note(&m, "gone", NULL, NOON);
	note(&m, "www", "nowhere", NOON);
	CHECK_INT(m.entries.len, 6);
	auditmem_keep(&m, &plan);
	CHECK_INT(m.entries.len, 4);
	CHECK_STR(due(&m, NOON + HOUR, 100, NULL), "img origin bare www@lon img@lon www@six");
	auditmem_free(&m);
}

static void digest(int64_t limit, const char *a, const char *b, const char *want)
{
	struct inspect *n = inspect_new();
	struct arena arena = {0};
	struct audit out = { .clock_skew_us = 0 };
	inspect_begin(n, &arena, limit);
	inspect_body(n, a, strlen(a));
	inspect_body(n, b, strlen(b));
	CHECK(inspect_fill(n, true, &out));
	CHECK_STR(out.sha256, want);
	CHECK_INT(out.clock_skew_us, US_NONE);
	CHECK(out.chain == NULL && out.cert_sha256 == NULL && out.etag == NULL && out.headers.len == 0);
	arena_free(&arena);
	inspect_free(n);
}

static void inspecting(void)
{
	static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	CHECK_CASE("the digest of a body, or of its first bytes, however they came");
	digest(0, "abc", "", abc);
	digest(0, "a", "bc", abc);
	digest(3, "ab", "cdefg", abc);
	digest(3, "abc", "defg", abc);
	digest(0, "abcdbcdecdefdefgefghfghighijhi", "jkijkljklmklmnlmnomnopnopq",
	       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	CHECK_CASE("a server's clock: the middle of its second, the age of a cached answer added");
	CHECK_INT(inspect_skew_us("Thu, 26 Nov 2026 12:00:00 GMT", NULL, NOON), S / 2);
	CHECK_INT(inspect_skew_us("Thu, 26 Nov 2026 12:00:00 GMT", NULL, NOON + S), -S / 2);
	CHECK_INT(inspect_skew_us("Thu, 26 Nov 2026 11:00:00 GMT", "3600", NOON), S / 2);
	CHECK_INT(inspect_skew_us("Thu, 26 Nov 2026 12:00:00 GMT", "3600", NOON), S / 2); /* of now, and aged */
	CHECK_INT(inspect_skew_us("Thu, 26 Nov 2026 10:55:00 GMT", "3600", NOON), -300 * S + S / 2);
	CHECK_INT(inspect_skew_us("Thu, 26 Nov 2026 12:00:00 GMT", "old", NOON), S / 2);
	CHECK_INT(inspect_skew_us("Thu, 26 Nov 2026 12:00:00 GMT", "-5", NOON), S / 2);
	CHECK_INT(inspect_skew_us("Thu, 26 Nov 2026 12:00:00 GMT", "99999999999999999999", NOON), S / 2);
	CHECK_INT(inspect_skew_us("yesterday", NULL, NOON), US_NONE);
	CHECK_INT(inspect_skew_us("Fri, 31 Dec 9999 23:59:59 GMT", NULL, NOON), US_NONE);
	CHECK_INT(inspect_skew_us("Fri, 01 Jan 999999999 00:00:00 GMT", NULL, NOON), US_NONE);
	CHECK_INT(inspect_skew_us(NULL, "5", NOON), US_NONE);
	CHECK_INT(inspect_skew_us("Thu, 26 Nov 2026 12:00:00 GMT", NULL, NOON + S / 2 + 1), 0); /* not -1 */
}

int main(void)
{
	CHECK_INT(plan_parse(&plan, text, "plan.conf", &err), 0);
	struct address *a = vec_add(&resolvers);
	CHECK(address_parse_port("192.0.2.53", 53, a));
	jobs();
	when();
	inspecting();
	vec_free(&resolvers);
	plan_free(&plan);
	return check_done();
}
