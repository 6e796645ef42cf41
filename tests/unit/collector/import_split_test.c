/* Records out of streams: whatever the blocks they come in, and however broken. */
#include "collector/import_split.h"

#include <stdlib.h>

#include "lib/buf.h"
#include "tests/check.h"

static int take(void *ctx, size_t line, const char *text, size_t len, const char *why, struct err *err)
{
	struct buf *out = ctx;
	(void)err;
	buf_addf(out, "%zu", line);
	if (text != NULL) {
		buf_addc(out, '=');
		buf_add(out, text, len);
	} else {
		buf_addf(out, "!%s", why);
	}
	buf_addc(out, ';');
	return 0;
}

/* The same for blocks of every size up to the whole. */
static void expect(enum split_form form, const char *text, const char *want)
{
	size_t len = strlen(text);
	for (size_t step = 1; step <= len; step++) {
		struct buf out = {0};
		struct err err = {0};
		struct split *s = split_new(form, take, &out);
		for (size_t at = 0; at < len; at += step)
			CHECK_INT(split_feed(s, text + at, len - at < step ? len - at : step, &err), 0);
		CHECK_INT(split_end(s, &err), 0);
		CHECK_STR(buf_str(&out), want);
		split_free(s);
		buf_free(&out);
	}
}

static int stop(void *ctx, size_t line, const char *text, size_t len, const char *why, struct err *err)
{
	(void)line, (void)text, (void)len, (void)why;
	++*(int *)ctx;
	return err_set(err, LAT_IOERR, "enough");
}

static void test_limits(void)
{
	CHECK_CASE("a record over the limit costs only itself");
	struct buf out = {0};
	struct err err = {0};
	struct split *s = split_new(SPLIT_JSON, take, &out);
	size_t len = IMPORT_MAX_RECORD + 10;
	char *big = malloc(len);
	memset(big, 'x', len);
	CHECK_INT(split_feed(s, "{\"a\":\"", 6, &err), 0);
	CHECK_INT(split_feed(s, big, len, &err), 0);
	CHECK_INT(split_feed(s, "\"}\n{\"b\":1}\n", 11, &err), 0);
	CHECK_INT(split_end(s, &err), 0);
	CHECK_STR(buf_str(&out), "1!a record of more than 16 MiB;2={\"b\":1};");
	split_free(s);
	buf_clear(&out);
	s = split_new(SPLIT_LINES, take, &out);
	CHECK_INT(split_feed(s, big, IMPORT_MAX_LINE + 1, &err), 0);
	CHECK_INT(split_feed(s, "\na,b\n", 5, &err), 0);
	CHECK_INT(split_end(s, &err), 0);
	CHECK_STR(buf_str(&out), "1!longer than 64 KiB;2=a,b;");
	split_free(s);
	buf_free(&out);
	free(big);
}

int main(void)
{
	CHECK_CASE("one a line");
	expect(SPLIT_JSON, "{\"a\":1}\n{\"b\":[{}]}\n", "1={\"a\":1};2={\"b\":[{}]};");
	CHECK_CASE("an array, on one line and on many");
	expect(SPLIT_JSON, "[{\"a\":1},{\"b\":2}]\n", "1={\"a\":1};1={\"b\":2};");
	expect(SPLIT_JSON, "[\n{\"a\":1},\n{\"b\":2}\n]\n", "2={\"a\":1};3={\"b\":2};");
	CHECK_CASE("printed over many lines");
	expect(SPLIT_JSON, "{\n  \"a\": {\n  }\n}\n{\n  \"b\": 2\n}", "1={\n  \"a\": {\n  }\n};5={\n  \"b\": 2\n};");
	CHECK_CASE("braces and quotes in strings are text");
	expect(SPLIT_JSON, "{\"a\":\"}{\\\"]\\\\\"}\n", "1={\"a\":\"}{\\\"]\\\\\"};");
	CHECK_CASE("cut short by the next line, by a line's end in a string, by the end");
	expect(SPLIT_JSON, "{\"a\":[1,\n{\"b\":2}\n", "1!cut short: the next line begins a record;2={\"b\":2};");
	expect(SPLIT_JSON, "{\"a\":\"x\n{\"b\":2}\n", "1!cut short: a line ends within a string;2={\"b\":2};");
	expect(SPLIT_JSON, "{\"b\":2}\n{\"a\":", "1={\"b\":2};2!cut short: the file ends;");
	CHECK_CASE("what is no object is one refusal a line");
	expect(SPLIT_JSON, "<html><body>\n{\"b\":2}\n}}\n", "1!not a JSON object;2={\"b\":2};3!not a JSON object;");
	expect(SPLIT_JSON, "", "");
	CHECK_CASE("lines");
	expect(SPLIT_LINES, "a,b\n\nc,{\r\nd", "1=a,b;3=c,{\r;4=d;");
	CHECK_CASE("a byte order mark is skipped, once; a part of one is not");
	expect(SPLIT_LINES, "\xef\xbb\xbf" "a,b\r\nc", "1=a,b\r;2=c;");
	expect(SPLIT_LINES, "\xef\xbb\xbf\xef\xbb\xbf" "a\n", "1=\xef\xbb\xbf" "a;");
	expect(SPLIT_LINES, "\xef\xbb" "a\n\xef\xbb\xbf" "b\n", "1=\xef\xbb" "a;2=\xef\xbb\xbf" "b;");
	expect(SPLIT_LINES, "\xef\xbb", "1=\xef\xbb;");
	expect(SPLIT_LINES, "\xef\xbb\xbf", "");
	expect(SPLIT_JSON, "\xef\xbb\xbf{\"a\":1}\n", "1={\"a\":1};");
	expect(SPLIT_JSON, "\xef\xbb\xbf[{\"a\":1}]\n", "1={\"a\":1};");
	expect(SPLIT_JSON, "\xef\xbb{}\n{}\n", "1!not a JSON object;2={};");
	test_limits();
	CHECK_CASE("an error of the taker ends the reading");
	int calls = 0;
	struct err err = {0};
	struct split *s = split_new(SPLIT_JSON, stop, &calls);
	CHECK_INT(split_feed(s, "{}\n{}\n", 6, &err), LAT_IOERR);
	CHECK_INT(calls, 1);
	split_free(s);
	return check_done();
}
