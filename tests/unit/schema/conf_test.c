#include "schema/conf.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/attr.h"
#include "lib/buf.h"
#include "tests/check.h"

#define END {NULL, CONF_STRING, 0, 0, NULL, false}

static const struct conf_key inner_keys[] = {
	{"depth", CONF_INT, 0, 9, NULL, false},
	END,
};

static const struct conf_key plain_keys[] = {
	{"quantile", CONF_DOUBLE, 0.001, 0.999, NULL, false},
	{"limit_ms", CONF_DOUBLE, 1, 600000, NULL, false},
	{"inner", CONF_SECTION, 0, 0, inner_keys, false},
	END,
};

static const struct conf_key titled_keys[] = {
	{"url", CONF_STRING, 0, 0, NULL, false},
	{"statuses", CONF_INTS, 100, 599, NULL, false},
	END,
};

static const struct conf_key keys[] = {
	{"name", CONF_STRING, 0, 0, NULL, false},
	{"resolvers", CONF_STRINGS, 0, 0, NULL, false},
	{"port", CONF_INT, 1, 65535, NULL, false},
	{"any", CONF_INT, 0, 0, NULL, false},
	{"ratio", CONF_DOUBLE, -1, 1, NULL, false},
	{"on", CONF_BOOL, 0, 0, NULL, false},
	{"off", CONF_BOOL, 0, 0, NULL, false},
	{"every", CONF_DURATION, 60, 86400, NULL, false},
	{"plain", CONF_SECTION, 0, 0, plain_keys, false},
	{"titled", CONF_SECTION, 0, 0, titled_keys, true},
	END,
};

static struct err err;

static struct conf *parse(const char *text)
{
	struct conf *c;

	err = (struct err){0};
	return conf_parse(&c, text, "x.conf", keys, &err) == 0 ? c : NULL;
}

static void test_values(void)
{
	char where[64];

	CHECK_CASE("values of every type");
	struct conf *c = parse(
		"# comment = 1\n"
		"name = \"a \\\"b\\\" # no comment // nor this /* nor this */\"\n"
		"resolvers = {\"9.9.9.9\", ::1, 'single \\' \"quotes\"',} // comment\n"
		"port = 8443 /* over\n lines */ any = -7\n"
		"ratio = -.5\ton = yes\r\n"
		"off = False every = \"36m\"\n"
		"plain { limit_ms = 1e3\n"
		"        inner { depth = 9 } }\n"
		"titled \"a\" { url = https://x.example/?a\n statuses = {200, 301} }\n"
		"//comment without a blank\n"
		"titled b { statuses = {} }");
	CHECK_STR(err.text, "");
	CHECK(c != NULL);
	if (c == NULL)
		return;
	CHECK_STR(conf_string(c, "name", NULL), "a \"b\" # no comment // nor this /* nor this */");
	CHECK_INT(conf_count(c, "resolvers"), 3);
	CHECK_STR(conf_string_at(c, "resolvers", 0), "9.9.9.9");
	CHECK_STR(conf_string_at(c, "resolvers", 1), "::1");
	CHECK_STR(conf_string_at(c, "resolvers", 2), "single ' \"quotes\"");
	CHECK(conf_string_at(c, "resolvers", 3) == NULL);
	CHECK_INT(conf_int(c, "port", 1), 8443);
	CHECK_INT(conf_int(c, "any", 1), -7);
	CHECK_NEAR(conf_double(c, "ratio", 1), -0.5, 0);
	CHECK(conf_bool(c, "on", false));
	CHECK(!conf_bool(c, "off", true));
	CHECK_INT(conf_duration_us(c, "every", 1), 36LL * 60 * 1000000);
	const struct conf *plain = conf_section_at(c, "plain", 0);
	CHECK_NEAR(conf_double(plain, "limit_ms", 1), 1000, 0);
	CHECK(!conf_has(plain, "quantile"));
	CHECK(conf_title(plain) == NULL);
	CHECK_INT(conf_int(conf_section_at(plain, "inner", 0), "depth", 0), 9);
	CHECK_INT(conf_count(c, "titled"), 2);
	const struct conf *a = conf_section_at(c, "titled", 0), *b = conf_section_at(c, "titled", 1);
	CHECK_STR(conf_title(a), "a");
	CHECK_STR(conf_string(a, "url", NULL), "https://x.example/?a");
	CHECK_INT(conf_count(a, "statuses"), 2);
	CHECK_INT(conf_int_at(a, "statuses", 1), 301);
	CHECK_STR(conf_title(b), "b");
	CHECK(conf_has(b, "statuses"));
	CHECK_INT(conf_count(b, "statuses"), 0);
	CHECK(conf_section_at(c, "titled", 2) == NULL);

	CHECK_CASE("where things stand");
	CHECK_STR(conf_where(c, "port", where, sizeof where), "x.conf:4");
	CHECK_STR(conf_where(c, "any", where, sizeof where), "x.conf:5");
	CHECK_STR(conf_where(plain, "limit_ms", where, sizeof where), "x.conf:8");
	CHECK_STR(conf_where(plain, "quantile", where, sizeof where), "x.conf:8");
	CHECK_STR(conf_where(a, "statuses", where, sizeof where), "x.conf:11");
	CHECK_STR(conf_where(b, NULL, where, sizeof where), "x.conf:13");
	CHECK_STR(conf_where(c, NULL, where, sizeof where), "x.conf");
	conf_free(c);

	CHECK_CASE("what isn't given");
	c = parse("");
	CHECK(c != NULL);
	CHECK(!conf_has(c, "name") && !conf_has(c, "plain") && !conf_has(c, "titled"));
	CHECK_STR(conf_string(c, "name", "otherwise"), "otherwise");
	CHECK_INT(conf_int(c, "port", 443), 443);
	CHECK_NEAR(conf_double(c, "ratio", 0.25), 0.25, 0);
	CHECK(conf_bool(c, "on", true) && !conf_bool(c, "on", false));
	CHECK_INT(conf_duration_us(c, "every", 5), 5);
	CHECK_INT(conf_count(c, "resolvers"), 0);
	CHECK_INT(conf_count(c, "plain"), 0);
	CHECK(conf_section_at(c, "plain", 0) == NULL);
	conf_free(c);

	CHECK_CASE("given and empty, and a list of one without braces");
	c = parse("name = \"\" resolvers = 9.9.9.9 plain {}");
	CHECK(c != NULL && conf_has(c, "name") && conf_has(c, "plain"));
	CHECK_STR(conf_string(c, "name", "x"), "");
	CHECK_INT(conf_count(c, "resolvers"), 1);
	CHECK_STR(conf_string_at(c, "resolvers", 0), "9.9.9.9");
	conf_free(c);

	CHECK_CASE("a zero before a number makes it no octal");
	c = parse("port = 0100");
	CHECK(c != NULL);
	CHECK_INT(conf_int(c, "port", 0), 100);
	conf_free(c);

	CHECK_CASE("a byte order mark is no key");
	c = parse("\xef\xbb\xbfname = x");
	CHECK(c != NULL);
	conf_free(c);
	conf_free(NULL);
}

static void test_refused(void)
{
	static const struct { const char *text, *want; } bad[] = {
		/* keys */
		{"\nnane = 1", "x.conf:2: unknown key 'nane' (did you mean 'name'?)"},
		{"plain {\n quantil = 0.5 }", "x.conf:2: unknown key 'quantil' (did you mean 'quantile'?)"},
		{"plain {\n elephant = 0.5 }", "x.conf:2: unknown key 'elephant' in plain"},
		{"elephant = 0.5", "x.conf:1: unknown key 'elephant' in the file outside of sections"},
		{"plain { url = x }", "x.conf:1: unknown key 'url' in plain"},
		{"titles \"a\" {}", "x.conf:1: unknown key 'titles' (did you mean 'titled'?)"},
		{"include(\"x\")", "x.conf:1: unknown key 'include'"},
		{"plain|limit_ms = 5", "x.conf:1: unknown key 'plain|limit_ms'"},
		{"\"name\" = x", "x.conf:1: a string, not a key"},
		{"= x", "x.conf:1: '=', not a key"},
		/* twice */
		{"port = 1\n\nport = 2", "x.conf:3: port: given twice (first in line 1)"},
		{"titled a {\n url = x\n url = x }", "x.conf:3: url: given twice (first in line 2)"},
		{"resolvers = {a}\nresolvers += {b}", "x.conf:2: resolvers: given twice"},
		{"resolvers += {b}", "x.conf:1: \"+=\" is not known"},
		{"plain {}\nplain {}", "x.conf:2: plain: given twice (first in line 1)"},
		{"titled a {}\ntitled \"a\" {}", "x.conf:2: titled \"a\": given twice (first in line 1)"},
		{"titled a {}\ntitled \"\\a\" {}", "x.conf:2: \"\\a\" in a string"},
		{"titled a {}\ntitled '\\a' {}", "x.conf:2: titled: backslash in the title"},
		/* the environment */
		{"name = \"${HOME}\"", "x.conf:1: \"${\": nothing is put in from the environment"},
		{"\n\nname = \"a/${HOME}/b\"", "x.conf:3: \"${\""},
		{"name = ${HOME}", "x.conf:1: \"${\""},
		{"name = '${HOME}'", "x.conf:1: \"${\""},
		{"${HOME} = 1", "x.conf:1: \"${\""},
		{"titled \"${HOME}\" {}", "x.conf:1: \"${\""},
		{"plain { limit_ms = ${X} }", "x.conf:1: \"${\""},
		{"resolvers = {a${X}}", "x.conf:1: \"${\""},
		/* what isn't closed or doesn't belong */
		{"name = \"abc\nport = 1", "x.conf:1: string is not closed on its line: \" is missing"},
		{"name = 'abc", "x.conf:1: string is not closed on its line: ' is missing"},
		{"name = 'abc\\", "x.conf:1: string is not closed"},
		{"name = \"abc\\", "x.conf:1: "},
		{"\n/* comment", "x.conf:2: comment is not closed"},
		{"/*/ name = x", "x.conf:1: comment is not closed"},
		{"plain {\n limit_ms = 5\n", "x.conf:1: plain: is not closed: '}' is missing"},
		{"titled a {\n url = x\n", "x.conf:1: titled \"a\": is not closed"},
		{"plain {} }", "x.conf:1: '}', not a key"},
		{"titled {}", "x.conf:1: titled: title is missing"},
		{"titled \"\" {}", "x.conf:1: titled: title is missing"},
		{"titled a b {}", "x.conf:1: titled: a word, not '{'"},
		{"plain \"a\" {}", "x.conf:1: plain: a string, not '{'"},
		{"plain = 5", "x.conf:1: plain: '=', not '{'"},
		{"name", "x.conf:1: name: the end of the file, not '='"},
		{"name \"x\"", "x.conf:1: name: a string, not '='"},
		{"name =", "x.conf:1: name: the end of the file, not a value"},
		{"name = = x", "x.conf:1: name: '=', not a value"},
		{"name = {a}", "x.conf:1: name: a list, not a single value"},
		{"resolvers = {a b}", "x.conf:1: resolvers: a word in a list, not ',' or '}'"},
		{"resolvers = {a,,b}", "x.conf:1: resolvers: ',' in a list, not a value"},
		{"resolvers = {a", "x.conf:1: resolvers: the end of the file in a list"},
		{"resolvers = {{a}}", "x.conf:1: resolvers: '{' in a list"},
		{"name = a*b", "x.conf:1: unexpected '*'"},
		{"name = a+b", "x.conf:1: unexpected '+'"},
		{"name = f(x)", "x.conf:1: unexpected '('"},
		{"name = \"a\x01\"", "x.conf:1: control character 0x01 in a string"},
		{"name = \x02", "x.conf:1: control character 0x02"},
		{"name = \"\\q\"", "x.conf:1: \"\\q\" in a string: only"},
		{"name = \"\\400\"", "x.conf:1: \"\\4\" in a string: only"},
		{"\nname = \"\xff\"", "x.conf:2: byte 0xff is not UTF-8"},
		/* types and ranges */
		{"port = 5s", "x.conf:1: port: \"5s\" is not a whole number"},
		{"port = 1.0", "x.conf:1: port: \"1.0\" is not a whole number"},
		{"port = 0x10", "x.conf:1: port: \"0x10\" is not a whole number"},
		{"port = \"\"", "x.conf:1: port: \"\" is not a whole number"},
		{"\nport = 0", "x.conf:2: port: 0 is not in 1..65535"},
		{"port = 65536", "x.conf:1: port: 65536 is not in 1..65535"},
		{"port = 99999999999999999999", "x.conf:1: port: 99999999999999999999 is not in 1..65535"},
		{"any = 9223372036854775808", "x.conf:1: any: 9223372036854775808 is not in"},
		{"ratio = 1.01", "x.conf:1: ratio: 1.01 is not in -1..1"},
		{"ratio = nan", "x.conf:1: ratio: \"nan\" is not a number"},
		{"ratio = 1,5", "x.conf:1: ',', not a key"},
		{"plain { quantile = 1 }", "x.conf:1: quantile: 1 is not in 0.001..0.999"},
		{"on = maybe", "x.conf:1: on: \"maybe\" is not true or false"},
		{"on = 1", "x.conf:1: on: \"1\" is not true or false"},
		{"every = 1", "x.conf:1: every: \"1\" is not a duration"},
		{"every = 5s", "x.conf:1: every: 5s is not in "},
		{"every = 2d", "x.conf:1: every: 2d is not in "},
		{"titled a { statuses = {200, 99} }", "x.conf:1: statuses: 99 is not in 100..599"},
	};

	CHECK_CASE("refused, with file, line, key and limit");
	for (size_t i = 0; i < LAT_COUNT(bad); i++) {
		CHECK(parse(bad[i].text) == NULL);
		CHECK_INT(err.code, LAT_CONFIG);
		CHECK_CONTAINS(err.text, bad[i].want);
		CHECK(strchr(err.text, '\n') == NULL);
	}

	CHECK_CASE("and read well again after all that");
	struct conf *c = parse("name = ok");
	CHECK(c != NULL);
	conf_free(c);

	CHECK_CASE("the environment in a comment does no harm");
	c = parse("# ${HOME}\n/* ${HOME} */ name = x // ${HOME}");
	CHECK(c != NULL);
	conf_free(c);
}

static void test_files(void)
{
	char path[] = "/tmp/latlas-conf-test-XXXXXX";
	int fd = mkstemp(path);
	struct conf *c;
	struct buf text;

	CHECK_CASE("a file");
	CHECK(fd >= 0 && write(fd, "port = 5\n", 9) == 9);
	err = (struct err){0};
	CHECK_INT(conf_load(&c, path, keys, &err), 0);
	CHECK(c != NULL);
	CHECK_INT(conf_int(c, "port", 0), 5);
	conf_free(c);

	CHECK_CASE("a file with an error is named");
	CHECK(write(fd, "prot = 5\n", 9) == 9);
	CHECK_INT(conf_load(&c, path, keys, &err), LAT_CONFIG);
	CHECK(c == NULL);
	CHECK(strncmp(err.text, path, strlen(path)) == 0);
	CHECK_CONTAINS(err.text, ":2: unknown key 'prot' (did you mean 'port'?)");

	CHECK_CASE("a NUL in it");
	CHECK(ftruncate(fd, 20) == 0);
	CHECK_INT(conf_load(&c, path, keys, &err), LAT_CONFIG);
	CHECK_CONTAINS(err.text, "NUL");

	CHECK_CASE("too large");
	CHECK(ftruncate(fd, CONF_MAX_BYTES + 1) == 0);
	CHECK_INT(conf_load(&c, path, keys, &err), LAT_CONFIG);
	CHECK_CONTAINS(err.text, "limit 1048576 bytes");
	close(fd);
	unlink(path);

	CHECK_CASE("not there");
	CHECK_INT(conf_load(&c, path, keys, &err), LAT_NOINPUT);
	CHECK(c == NULL);

	CHECK_CASE("more sections than may be");
	buf_init(&text, 0);
	for (int i = 0; i < CONF_MAX_SECTIONS; i++)
		CHECK(buf_addf(&text, "titled t%d {}\n", i));
	c = parse(buf_str(&text));
	CHECK(c != NULL);
	CHECK_INT(c != NULL ? conf_count(c, "titled") : 0, CONF_MAX_SECTIONS);
	conf_free(c);
	CHECK(buf_adds(&text, "titled one-more {}\n"));
	CHECK(parse(buf_str(&text)) == NULL);
	CHECK_CONTAINS(err.text, "x.conf:5001: more than 5000 sections");
	buf_free(&text);
}

struct told {
	size_t n;
	struct err last;
};

static void note(void *cls, const struct err *e)
{
	struct told *t = cls;
	t->n++;
	t->last = *e;
}

static struct conf *load_telling(const char *text, struct told *told)
{
	char path[] = "/tmp/latlas_conf_XXXXXX";
	int fd = mkstemp(path);
	struct conf *c;

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	err = (struct err){0};
	*told = (struct told){0};
	int rc = conf_load_telling(&c, path, keys, note, told, &err);
	CHECK_INT(rc, err.code);
	unlink(path);
	return c;
}

static void test_telling(void)
{
	struct told told;
	struct buf text;

	CHECK_CASE("all faults are told, and the other lines count");
	struct conf *c = load_telling("port = 7 # \"\nprt = 8\nratio = 2\nport = 9\nname { }\n= 3\nany = 5", &told);
	CHECK(c != NULL);
	/* unknown, twice, a '{' for a '=', a '=' without a key, and behind those of form: out of range */
	CHECK_INT(told.n, 5);
	CHECK_CONTAINS(told.last.text, ":3: ratio: 2 is not in -1..1");
	CHECK_INT(conf_int(c, "port", 0), 7);
	CHECK_INT(conf_int(c, "any", 0), 5);
	CHECK_NEAR(conf_double(c, "ratio", 0.5), 0.5, 0);
	conf_free(c);

	CHECK_CASE("what isn't a line's ends it");
	CHECK(load_telling("prt = 1\n\xff", &told) == NULL);
	CHECK_CONTAINS(err.text, ":2: byte 0xff is not UTF-8");
	c = load_telling("port = 1 /* open\nprt = 1", &told);
	CHECK(c != NULL && told.n == 1);
	CHECK_CONTAINS(told.last.text, ":1: comment is not closed");
	conf_free(c);

	CHECK_CASE("and so do too many");
	buf_init(&text, 0);
	for (int i = 0; i < CONF_MAX_FAULTS; i++)
		CHECK(buf_addf(&text, "k%d = 1\n", i));
	c = load_telling(buf_str(&text), &told);
	CHECK(c != NULL && told.n == CONF_MAX_FAULTS);
	conf_free(c);
	CHECK(buf_adds(&text, "one_more = 1\nport = 2\n"));
	CHECK(load_telling(buf_str(&text), &told) == NULL);
	CHECK_INT(told.n, CONF_MAX_FAULTS);
	CHECK_CONTAINS(err.text, ":101: unknown key 'one_more'");
	buf_free(&text);
}

int main(void)
{
	test_values();
	test_telling();
	test_refused();
	test_files();
	return check_done();
}
