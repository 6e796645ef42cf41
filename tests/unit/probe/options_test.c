#include "probe/options.h"

#include "lib/attr.h"
#include "tests/check.h"

static struct options o;
static struct err err;

static int parse(const char *line)
{
	static char copy[512], *argv[64];
	extern int optind;
	int argc = 1;
	snprintf(copy, sizeof copy, "%s", line);
	argv[0] = (char *)"latlas-probe";
	for (char *save = NULL, *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	argv[argc] = NULL;
	optind = 0; /* getopt(3), glibc: start anew */
	err = (struct err){0};
	return options_parse(&o, argc, argv, &err);
}

static const struct { const char *line, *want; } bad[] = {
	{ "", "what to measure?" },
	{ "--json", "what to measure?" },
	{ "http://x/ -n", "-n: needs a value" },
	{ "http://x/ -n 0", "--count: " },
	{ "http://x/ -n 10001", "--count: " },
	{ "http://x/ -n ten", "--count: " },
	{ "http://x/ --colour", "--colour: no such option" },
	{ "http://x/ -q", "-q: no such option" },
	{ "http://x/ --colour=red", "--colour: no such option" },
	{ "http://x/ --json=x", "--json: takes no value" },
	{ "http://x/ --ipv4=x", "--ipv4: takes no value" },
	{ "http://x/ --help=x", "--help: takes no value" },
	{ "http://x/ --json -4n", "-n: needs a value" },
	{ "http://x/ --splay 3", "--splay does not go with a URL" },
	{ "http://x/ --plan p", "--plan does not go with a URL" },
	{ "http://x/ --force", "--force does not go with a URL" },
	{ "--config c http://x/", "a URL does not go with --config" },
	{ "--config c -n 3", "--count does not go with --config" },
	{ "--config c -4", "--ipv4 does not go with --config" },
	{ "--config c --splay -1", "--splay: " },
	{ "--config c --splay 86401", "--splay: " },
	{ "--config c --send-only --stdout", "--send-only does not go with" },
	{ "--config c --check --stdout", "--check does not go with" },
	{ "join now", "now: takes no argument" },
	{ "join --json", "--json does not go with join" },
};

int main(void)
{
	CHECK_CASE("by hand");
	CHECK_INT(parse("http://a/ -n 3 http://b/ --resolver 9.9.9.9 -6 --json"), 0);
	CHECK_INT(o.mode, MODE_BY_HAND);
	CHECK_INT(o.url_count, 2);
	CHECK_STR(o.urls[0], "http://a/");
	CHECK_STR(o.urls[1], "http://b/");
	CHECK_INT(o.count, 3);
	CHECK_STR(o.resolver, "9.9.9.9");
	CHECK(o.ipv6 && !o.ipv4 && o.json);
	CHECK_INT(parse("http://a/"), 0);
	CHECK_INT(o.count, 10);
	CHECK_CASE("a round");
	CHECK_INT(parse("--config c --plan p --stdout --splay 30 -vv"), 0);
	CHECK_INT(o.mode, MODE_ROUND);
	CHECK_STR(o.config, "c");
	CHECK_STR(o.plan, "p");
	CHECK(o.to_stdout && !o.send_only && !o.check);
	CHECK_INT(o.splay_s, 30);
	CHECK_INT(o.verbose, 2);
	CHECK_CASE("join");
	CHECK_INT(parse("join --dir /tmp/x --force"), 0);
	CHECK_INT(o.mode, MODE_JOIN);
	CHECK_STR(o.dir, "/tmp/x");
	CHECK_STR(o.spool, "/var/spool/latlas");
	CHECK(o.force);
	CHECK_CASE("help and version win");
	CHECK_INT(parse("--help"), 0);
	CHECK_INT(o.mode, MODE_HELP);
	CHECK_INT(parse("join --version"), 0);
	CHECK_INT(o.mode, MODE_VERSION);
	CHECK_CASE("what is wrong is one line and 64");
	for (size_t i = 0; i < LAT_COUNT(bad); i++) {
		CHECK_INT(parse(bad[i].line), LAT_USAGE);
		CHECK_CONTAINS(err.text, bad[i].want);
		CHECK(strchr(err.text, '\n') == NULL);
	}
	return check_done();
}
