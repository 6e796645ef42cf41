/* What audits say of the nodes, and the sentences about it: audits made by hand, judged by
 * eye. */
#include "report/audits.h"

#include <math.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "report/findings.h"
#include "tests/check.h"

#define NOW (INT64_C(1795694400) * US_PER_S) /* 2026-11-26T12:00:00Z */
#define MIN (60 * US_PER_S)
#define END (NOW + MIN) /* of the window */
#define DAY_S INT64_C(86400)

static const char text[] =
	"target \"www\" { role = \"cdn\" url = \"https://www.example.com/\" }\n"
	"target \"img\" { role = \"cdn\" url = \"https://img.example.com/a.png\" }\n"
	"target \"rival\" { role = \"baseline\" url = \"https://rival.example.com/\" }\n"
	"target \"origin\" { role = \"baseline\" url = \"https://origin.example.com/\" }\n"
	"node \"fra\" { address = {\"192.0.2.1\"} }\n"
	"node \"lon\" { address = {\"192.0.2.2\"} }\n"
	"node \"syd\" { address = {\"192.0.2.3\"} status = \"off\" }\n"
	"candidate \"sin\" { url = \"https://sin.example/\" }\n";

static struct plan plan;
static struct store *store;
static struct audits audits;
static struct report report;
static struct err err;
static unsigned serial;

static void begin(const char *what)
{
	check_begin_case(what);
	CHECK_INT(store_open_memory(&store, &err), 0);
}

struct seen {
	const char *probe, *target, *node, *sha256, *modified, *chain;
	int64_t minutes_ago, days_left, skew_s;
	bool failed;
};

/* An audit; without `days_left` there is no certificate, without skew_s the clock is right. */
static void saw(struct seen s)
{
	struct batch b = {.probe = s.probe, .started_us = NOW - s.minutes_ago * MIN};
	struct audit *a = vec_add(&b.audits);
	snprintf(b.uuid, sizeof b.uuid, "0192aaaa-0000-4000-8000-%012u", ++serial);
	*a = (struct audit){.target = s.target, .node = s.node, .t_us = b.started_us, .sha256 = s.sha256,
	                    .chain = s.days_left == 0 ? NULL : s.chain != NULL ? s.chain : "ok",
	                    .cert_not_after = s.days_left == 0 ? US_NONE : NOW / US_PER_S + s.days_left * DAY_S,
	                    .clock_skew_us = s.skew_s * US_PER_S, .error = s.failed ? NEL_HTTP_ERROR : NEL_OK};
	if (s.modified != NULL) {
		struct audit_header *h = vec_add(&a->headers);
		*h = (struct audit_header){.name = "last-modified", .value = s.modified};
	}
	struct store_batch item = {.batch = &b, .received_us = b.started_us, .skew_us = STORE_NO_SKEW};
	CHECK_INT(store_append(store, &item, 1, &err), 0);
	batch_free(&b);
}
#define SAW(p, t, n, ...) saw((struct seen){.probe = p, .target = t, .node = n, .sha256 = __VA_ARGS__})

/* Judge it all: "fra:same lon:stale syd:-", and the findings. */
static const char *contents(void)
{
	static char out[256];
	report = (struct report){.generated_us = NOW};
	for (size_t i = 0; i < 4; i++) {
		struct report_node *n = vec_add(&report.nodes);
		*n = (struct report_node){.cert_days_left = NAN, .clock_skew_s = NAN, .candidate = i == 3};
	}
	CHECK_INT(audits_load(&audits, store, &plan, NOW - 60 * MIN, END, &err), 0);
	CHECK(audits_fill(&audits, &report));
	CHECK(findings_make(&audits, &report));
	out[0] = '\0';
	for (size_t i = 0; i < 3; i++) {
		const char *name = report_content_name(report.nodes.at[i].content);
		size_t len = strlen(out);
		snprintf(out + len, sizeof out - len, "%s%s:%s", i > 0 ? " " : "", plan.nodes.at[i].name,
		         name != NULL ? name : "-");
	}
	return out;
}

static const char *finding(size_t i)
{
	return i < report.findings.len ? report.findings.at[i] : "none";
}

static void end(void)
{
	audits_free(&audits);
	report_free(&report);
	store_close(store);
}

#define OLD "Thu, 02 Jan 2025 03:04:05 GMT"
#define NEW "Fri, 02 Jan 2026 03:04:05 GMT"

static void bodies(void)
{
	begin("no audits: nothing is said");
	CHECK_STR(contents(), "fra:- lon:- syd:-");
	CHECK(!report.audited);
	CHECK_INT(report.findings.len, 0);
	end();

	begin("as the origin, older by its Last-Modified, and another; the rival is no reference");
	SAW("p", "rival", NULL, "rr");
	SAW("p", "origin", NULL, "aa", .modified = NEW);
	SAW("p", "www", "fra", "aa", .modified = NEW);
	SAW("p", "www", "lon", "bb", .modified = OLD);
	SAW("p", "www", "syd", "cc", .modified = NEW);
	CHECK_STR(contents(), "fra:same lon:stale syd:differs");
	CHECK(report.audited);
	CHECK_INT(report.findings.len, 2);
	CHECK_STR(finding(0), "www on lon is stale: older than what origin has.");
	CHECK_STR(finding(1), "www on syd is not what origin has.");
	end();

	begin("a new release that no node has yet: what the origin served earlier is stale");
	SAW("p", "origin", NULL, "old", .minutes_ago = 3000);
	SAW("p", "origin", NULL, "new");
	SAW("p", "www", "fra", "old");
	SAW("p", "www", "lon", "old");
	SAW("p", "www", "syd", "old");
	CHECK_STR(contents(), "fra:stale lon:stale syd:stale");
	end();

	begin("released while it was audited: what the origin serves to others later is not old");
	SAW("q", "origin", NULL, "new");
	SAW("p", "origin", NULL, "old", .minutes_ago = 30);
	SAW("p", "www", "lon", "old", .minutes_ago = 30);
	SAW("p", "www", "fra", "new", .minutes_ago = 29);
	CHECK_STR(contents(), "fra:differs lon:same syd:-");
	end();

	begin("the newest look at a node counts, whoever had it");
	SAW("p", "origin", NULL, "aa", .modified = NEW, .minutes_ago = 20);
	SAW("p", "www", "fra", "aa", .minutes_ago = 20);
	SAW("p", "www", "lon", "bb", .modified = OLD, .minutes_ago = 20);
	SAW("q", "origin", NULL, "aa", .modified = NEW, .minutes_ago = 5);
	SAW("q", "www", "lon", "aa", .minutes_ago = 5);
	CHECK_STR(contents(), "fra:same lon:same syd:-");
	CHECK_INT(report.findings.len, 0);
	end();

	begin("without a baseline of that path: most of the nodes");
	SAW("p", "img", "fra", "ii");
	SAW("p", "img", "lon", "ii");
	SAW("p", "img", "syd", "jj");
	CHECK_STR(contents(), "fra:same lon:same syd:differs");
	CHECK_STR(finding(0), "img on syd is not what most nodes have.");
	end();

	begin("a page made anew for each visit is not compared, nor is an error's");
	SAW("p", "origin", NULL, "1");
	SAW("p", "www", "fra", "2");
	SAW("p", "www", "lon", "3");
	SAW("p", "www", "syd", "4");
	SAW("p", "img", "fra", "404", .failed = true);
	SAW("p", "img", "lon", "404", .failed = true);
	CHECK_STR(contents(), "fra:- lon:- syd:-");
	end();

	begin("expect_sha256 of the plan goes before a baseline");
	plan.targets.at[0].expect_sha256 = "cc";
	SAW("p", "origin", NULL, "bb", .minutes_ago = 9);
	SAW("p", "origin", NULL, "aa");
	SAW("p", "www", "fra", "aa");
	SAW("p", "www", "lon", "cc");
	SAW("p", "www", "syd", "bb");
	CHECK_STR(contents(), "fra:differs lon:same syd:differs");
	CHECK_STR(finding(0), "www on fra is not what the plan says.");
	plan.targets.at[0].expect_sha256 = NULL;
	end();

	begin("of several targets the worst");
	SAW("p", "origin", NULL, "aa");
	SAW("p", "www", "fra", "aa");
	SAW("p", "www", "lon", "aa");
	SAW("p", "img", "fra", "ii");
	SAW("p", "img", "syd", "ii");
	SAW("p", "img", "lon", "jj");
	CHECK_STR(contents(), "fra:same lon:differs syd:same");
	end();
}

static void certificates(void)
{
	begin("certificates: the fewest days, by the newest look");
	SAW("p", "www", "fra", "aa", .days_left = 60);
	SAW("p", "img", "fra", "ii", .days_left = 20);
	SAW("p", "www", "lon", "aa", .days_left = 5, .minutes_ago = 10);
	SAW("q", "www", "lon", "aa", .days_left = 90);
	contents();
	CHECK_NEAR(report.nodes.at[0].cert_days_left, 20, 1e-9);
	CHECK_NEAR(report.nodes.at[1].cert_days_left, 90, 1e-9);
	CHECK(isnan(report.nodes.at[2].cert_days_left));
	CHECK_INT(report.findings.len, 0);
	end();

	begin("certificates: expired, soon to expire, not trusted, on the baseline; not on a cdn's name");
	SAW("p", "www", "fra", NULL, .days_left = -6, .chain = "certificate has expired", .failed = true);
	SAW("p", "www", "lon", "aa", .days_left = 6);
	SAW("p", "www", "syd", NULL, .days_left = 80, .chain = "self-signed certificate", .failed = true);
	SAW("q", "www", "syd", "aa", .days_left = 80);
	SAW("p", "www", NULL, NULL, .days_left = -6, .chain = "certificate has expired", .failed = true);
	SAW("p", "origin", NULL, "aa", .days_left = 1);
	contents();
	CHECK_NEAR(report.nodes.at[0].cert_days_left, -6, 1e-9);
	CHECK_INT(report.findings.len, 4);
	CHECK_STR(finding(0), "The certificate of www on fra expired on 2026-11-20.");
	CHECK_STR(finding(1), "The certificate of www on lon expires in 6 days, on 2026-12-02.");
	CHECK_STR(finding(2), "The certificate of www on syd is not trusted: self-signed certificate (at 1 of 2 vantages).");
	CHECK_STR(finding(3), "The certificate of origin expires in 1 day, on 2026-11-27.");
	end();
}

static void clocks(void)
{
	begin("clocks: the median, so that one vantage's own clock doesn't matter");
	SAW("p", "www", "fra", "aa", .skew_s = 1);
	SAW("q", "www", "fra", "aa", .skew_s = 2);
	SAW("r", "www", "fra", "aa", .skew_s = -3600);
	SAW("p", "www", "lon", "aa", .skew_s = -42);
	SAW("p", "www", "syd", "aa", .skew_s = 600);
	contents();
	CHECK_NEAR(report.nodes.at[0].clock_skew_s, 1, 1e-9);
	CHECK_NEAR(report.nodes.at[1].clock_skew_s, -42, 1e-9);
	CHECK_INT(report.findings.len, 2);
	CHECK_STR(finding(0), "The clock of lon is 42 s behind.");
	CHECK_STR(finding(1), "The clock of syd is 10 min ahead.");
	end();
}

static void strangers(void)
{
	begin("targets and nodes of another plan, and what is after the window or long before it");
	SAW("p", "gone", NULL, "aa", .days_left = -1);
	SAW("p", "www", "nowhere", "aa", .days_left = -1);
	SAW("p", "www", "fra", "aa", .days_left = -1, .minutes_ago = -2);
	SAW("p", "www", "fra", "aa", .days_left = -1, .minutes_ago = 3 * 24 * 60);
	CHECK_STR(contents(), "fra:- lon:- syd:-");
	CHECK(!report.audited);
	end();
	begin("nodes that are off are audited daily: an hour's report knows of them");
	SAW("p", "www", "syd", "aa", .days_left = 3, .minutes_ago = 25 * 60);
	contents();
	CHECK_NEAR(report.nodes.at[2].cert_days_left, 3, 1e-9);
	end();
}

int main(void)
{
	CHECK_INT(plan_parse(&plan, text, "plan.conf", &err), 0);
	CHECK_STR(err.text, "");
	bodies();
	certificates();
	clocks();
	strangers();
	plan_free(&plan);
	return check_done();
}
