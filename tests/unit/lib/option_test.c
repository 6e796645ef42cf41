/* What getopt_long(3) cannot read is named as it was typed. */
#include "lib/option.h"

#include <string.h>

#include "tests/check.h"

enum { O_JSON = 256, O_CONFIG };

/* "now" has a letter that is no short option. */
static const struct option longs[] = {
	{"count", required_argument, NULL, 'n'}, {"ipv4", no_argument, NULL, '4'}, {"json", no_argument, NULL, O_JSON},
	{"config", required_argument, NULL, O_CONFIG}, {"now", no_argument, NULL, 'w'}, {"node", no_argument, NULL, 'o'},
	{NULL, 0, NULL, 0},
};

/* Read the options of a line of words; what is wrong with the first that is, or "". */
static const char *wrong(const char *line)
{
	static struct err err;
	static char copy[200], name[] = "test";
	char *argv[16] = {name}, *save = NULL;
	int argc = 1, option;

	snprintf(copy, sizeof copy, "%s", line);
	for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	err = (struct err){0};
	optind = 0; /* glibc: anew */
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":n:46v", longs, NULL)) != -1)
		if (option == '?' || option == ':') {
			CHECK_INT(option_wrong(option, argv, longs, &err), LAT_USAGE);
			break;
		}
	return err.text;
}

int main(void)
{
	CHECK_CASE("nothing is wrong");
	CHECK_STR(wrong("a --count=3 -4v --json b --conf c -n4"), "");

	CHECK_CASE("no such option");
	CHECK_STR(wrong("--nosuch"), "--nosuch: no such option (see --help)");
	CHECK_STR(wrong("a --nosuch b c"), "--nosuch: no such option (see --help)");
	CHECK_STR(wrong("--nosuch=arg --json"), "--nosuch: no such option (see --help)");
	CHECK_STR(wrong("--jsons=arg"), "--jsons: no such option (see --help)");
	CHECK_STR(wrong("-x"), "-x: no such option (see --help)");
	CHECK_STR(wrong("a -x b"), "-x: no such option (see --help)");
	CHECK_STR(wrong("-4x"), "-x: no such option (see --help)");

	CHECK_CASE("in the midst of others, behind a word that was right");
	CHECK_STR(wrong("--json -4xv"), "-x: no such option (see --help)");
	CHECK_STR(wrong("--count=3 -xv"), "-x: no such option (see --help)");
	CHECK_STR(wrong("--config --nosuch -xv"), "-x: no such option (see --help)");
	CHECK_STR(wrong("--config=3 -w"), "-w: no such option (see --help)");
	CHECK_STR(wrong("--config=3 -wv"), "-w: no such option (see --help)");

	CHECK_CASE("of more than a byte");
	CHECK_STR(wrong("--json -4\xc3\xa4v"), "-\xc3\xa4: no such option (see --help)");
	CHECK_STR(wrong("-\xe2\x80\x94json x"), "-\xe2\x80\x94: no such option (see --help)");
	CHECK_STR(wrong("a -\xe2\x80\x94"), "-\xe2\x80\x94: no such option (see --help)");

	CHECK_CASE("a value is missing");
	CHECK_STR(wrong("a --count"), "--count: needs a value (see --help)");
	CHECK_STR(wrong("--cou"), "--cou: needs a value (see --help)");
	CHECK_STR(wrong("-n"), "-n: needs a value (see --help)");
	CHECK_STR(wrong("--json -4n"), "-n: needs a value (see --help)");

	CHECK_CASE("a value too many, whatever the option stands for");
	CHECK_STR(wrong("--json=x"), "--json: takes no value (see --help)");
	CHECK_STR(wrong("--ipv4=x"), "--ipv4: takes no value (see --help)");
	CHECK_STR(wrong("--now=x -4"), "--now: takes no value (see --help)");
	CHECK_STR(wrong("--js= b"), "--js: takes no value (see --help)");

	CHECK_CASE("a beginning of several");
	CHECK_STR(wrong("--co=3"), "--co: could be several options (see --help)");
	CHECK_STR(wrong("--no"), "--no: could be several options (see --help)");
	return check_done();
}
