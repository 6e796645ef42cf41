#include "schema/json.h"

#include <math.h>

#include "tests/check.h"

static struct buf out;
static struct err err;

/* What was written since, or the error. */
static const char *done(struct json_out *j)
{
	static struct err why;

	why = (struct err){0};
	return json_out_done(j, &why) == 0 ? buf_str(&out) : why.text;
}

static struct json_out *start(bool indent)
{
	buf_clear(&out);
	return json_out_new(&out, indent);
}

static void test_out(void)
{
	struct json_out *j;

	CHECK_CASE("all kinds of values");
	j = start(false);
	json_object(j);
	json_key(j, "s"), json_string(j, "a\"b\\c\n\t\x01/é");
	json_key(j, "none"), json_string(j, NULL);
	json_key(j, "list"), json_array(j);
	json_int(j, 0), json_int(j, INT64_MIN), json_int(j, INT64_MAX);
	json_bool(j, true), json_bool(j, false), json_null(j);
	json_array_end(j);
	json_key(j, "empty"), json_object(j), json_object_end(j);
	json_object_end(j);
	CHECK_STR(done(j), "{\"s\":\"a\\\"b\\\\c\\n\\t\\u0001/é\",\"none\":null,"
	          "\"list\":[0,-9223372036854775808,9223372036854775807,true,false,null],\"empty\":{}}");

	CHECK_CASE("numbers as short as they can be");
	static const struct { double x; int decimals; const char *want; } doubles[] = {
		{0.75, 6, "0.75"}, {1000, 3, "1000"}, {100, 0, "100"}, {1.0 / 3, 3, "0.333"}, {2.5, 0, "2"},
		{-0.0004, 3, "0"}, {-12.5, 2, "-12.5"}, {1e15, 2, "1000000000000000"}, {0, 2, "0"},
		{NAN, 2, "null"}, {INFINITY, 2, "null"}, {-INFINITY, 2, "null"}, {0.1, 17, "0.10000000000000001"},
	};
	for (size_t i = 0; i < LAT_COUNT(doubles); i++) {
		j = start(false);
		json_double(j, doubles[i].x, doubles[i].decimals);
		CHECK_STR(done(j), doubles[i].want);
	}
	j = start(false);
	json_double(j, 1e308, 17);
	CHECK_INT(strlen(done(j)), 309);

	CHECK_CASE("pretty, for people");
	j = start(true);
	json_object(j), json_key(j, "a"), json_array(j), json_int(j, 1), json_int(j, 2), json_array_end(j);
	json_object_end(j);
	CHECK_STR(done(j), "{\n  \"a\": [\n    1,\n    2\n  ]\n}\n");

	CHECK_CASE("appended to what is there");
	buf_clear(&out);
	CHECK(buf_adds(&out, "x="));
	j = json_out_new(&out, false);
	json_int(j, 5);
	CHECK_STR(done(j), "x=5");
}

static void test_out_errors(void)
{
	struct json_out *j;

	CHECK_CASE("invalid UTF-8 is an error: overlong, surrogate, cut, beyond the last");
	static const char *const bad[] = {"\xc0\x80", "\xed\xa0\x80", "a\xe2\x82", "\xf4\x90\x80\x80", "\xff"};
	for (size_t i = 0; i < LAT_COUNT(bad); i++) {
		j = start(false);
		json_string(j, bad[i]);
		CHECK_STR(done(j), "JSON: invalid UTF-8");
	}
	j = start(false);
	json_object(j), json_key(j, "\x80"), json_int(j, 1), json_object_end(j);
	CHECK_STR(done(j), "JSON: invalid UTF-8");

	CHECK_CASE("what doesn't match is an error");
	const char *unbalanced = "JSON: brackets, keys and values do not match";
	j = start(false), json_object(j);
	CHECK_STR(done(j), unbalanced);
	j = start(false);
	CHECK_STR(done(j), unbalanced);
	j = start(false), json_object(j), json_array_end(j);
	CHECK_STR(done(j), unbalanced);
	j = start(false), json_object(j), json_key(j, "a"), json_object_end(j);
	CHECK_STR(done(j), unbalanced);
	j = start(false), json_object(j), json_int(j, 1), json_object_end(j);
	CHECK_STR(done(j), unbalanced);
	j = start(false), json_array(j), json_key(j, "a"), json_array_end(j);
	CHECK_STR(done(j), unbalanced);
	j = start(false), json_int(j, 1), json_int(j, 2);
	CHECK_STR(done(j), unbalanced);
	j = start(false), json_array_end(j);
	CHECK_STR(done(j), unbalanced);

	CHECK_CASE("depth has an end");
	j = start(false);
	for (int i = 0; i < 1000; i++)
		json_array(j);
	for (int i = 0; i < 1000; i++)
		json_array_end(j);
	CHECK_STR(done(j), "JSON: nested too deep");

	CHECK_CASE("a buffer that is full");
	struct buf small;
	buf_init(&small, 4);
	j = json_out_new(&small, false);
	json_string(j, "12345");
	CHECK_INT(json_out_done(j, &err), LAT_SOFTWARE);
	CHECK_CONTAINS(err.text, "limit of 4 bytes");
	buf_free(&small);

	CHECK_CASE("no memory for a writer is told at the end");
	json_object(NULL), json_key(NULL, "a"), json_double(NULL, 1, 1), json_object_end(NULL);
	CHECK_INT(json_out_done(NULL, &err), LAT_SOFTWARE);
}

static void test_in(void)
{
	struct arena arena = {0};
	struct json *j = NULL;
	static const char text[] =
		" {\"s\":\"a\\\"\\u00e9\\ud83d\\ude00\",\"i\":-9223372036854775808,\"d\":1.5e2,\"t\":true,\"f\":false,"
		"\"n\":null,\"a\":[1,[2],{}],\"big\":9223372036854775808,\"zero\":-0} ";

	CHECK_CASE("a tree of all kinds");
	CHECK_INT(json_parse(&arena, text, sizeof text - 1, 3, "x", &j, &err), 0);
	CHECK(j != NULL && j->type == JSON_OBJECT && j->key == NULL);
	CHECK_INT(j->children, 9);
	CHECK_STR(json_get_string(j, "s", NULL), "a\"é😀");
	CHECK(json_get_int(j, "i", 0) == INT64_MIN);
	CHECK_NEAR(json_get_double(j, "d", 0), 150, 0);
	CHECK(!json_get(j, "d")->is_integer);
	CHECK_STR(json_get(j, "d")->string, "1.5e2");
	CHECK_INT(json_get(j, "t")->type, JSON_TRUE);
	CHECK_INT(json_get(j, "f")->type, JSON_FALSE);
	CHECK_INT(json_get(j, "n")->type, JSON_NULL);
	CHECK(!json_get(j, "big")->is_integer && json_get(j, "big")->number > 9.2e18);
	CHECK(json_get(j, "zero")->is_integer && json_get(j, "zero")->integer == 0);
	const struct json *a = json_get(j, "a");
	CHECK_INT(a->children, 3);
	CHECK_INT(a->child->integer, 1);
	CHECK_INT(a->child->next->child->integer, 2);
	CHECK_INT(a->child->next->next->type, JSON_OBJECT);
	CHECK(a->child->next->next->next == NULL);

	CHECK_CASE("members that are not there, or of another type");
	CHECK(json_get(j, "x") == NULL && json_get(NULL, "x") == NULL && json_get(a, "x") == NULL);
	CHECK_STR(json_get_string(j, "i", "otherwise"), "otherwise");
	CHECK_INT(json_get_int(j, "s", 7), 7);
	CHECK_INT(json_get_int(j, "d", 7), 7); /* 150, but not written as an integer */
	CHECK_NEAR(json_get_double(j, "t", 2.5), 2.5, 0);

	CHECK_CASE("a value alone");
	CHECK_INT(json_parse(&arena, "5", 1, 1, "x", &j, &err), 0);
	CHECK_INT(j->integer, 5);
	arena_free(&arena);
}

static void test_in_errors(void)
{
	static const struct { const char *text; size_t len; const char *want; } bad[] = {
#define T(s) s, sizeof s - 1
		{T(""), "not valid JSON"},
		{T("   "), "not valid JSON"},
		{T("{"), "not valid JSON"},
		{T("{\"a\":1} x"), "not valid JSON"},
		{T("{\"a\":1}{}"), "not valid JSON"},
		{T("{\"a\":01}"), "not valid JSON"},
		{T("{\"a\":1,}"), "not valid JSON"},
		{T("{'a':1}"), "not valid JSON"},
		{T("[1 2]"), "not valid JSON"},
		{T("/* c */ 1"), "not valid JSON"},
		{T("\"\t\""), "not valid JSON"},
		{T("nul"), "not valid JSON"},
		{T("{\"a\":1,\"b\":2,\"a\":3}"), "a key twice"},
		{T("{\"a\":1,\"\\u0061\":3}"), "a key twice"},
		{T("[[[[1]]]]"), "nested too deep"},
		{T("\"\xc0\x80\""), "byte 1: invalid UTF-8"},
		{T("\"\xed\xa0\x80\""), "invalid UTF-8"},
		{T("\"\\ud800\""), "surrogate"},
		{T("\"\\ud800\\u0041\""), "surrogate"},
		{T("\"\\udc00\""), "surrogate"},
		{T("\"a\\u0000b\""), "a NUL"},
		{T("{\"a\\u0000\":1}"), "a NUL"},
		{T("\"a\0b\""), "not valid JSON"},
		{T("1e999"), "out of range"},
	};
	struct arena arena = {0};
	struct json *j;

	CHECK_CASE("what isn't JSON, and what is, but not to us");
	for (size_t i = 0; i < LAT_COUNT(bad); i++) {
		err.text[0] = '\0';
		CHECK_INT(json_parse(&arena, bad[i].text, bad[i].len, 3, "in.json", &j, &err), LAT_DATAERR);
		CHECK_CONTAINS(err.text, bad[i].want);
		CHECK_CONTAINS(err.text, "in.json: byte ");
		CHECK(j == NULL);
	}

	CHECK_CASE("an escaped backslash before a u is no escape");
	CHECK_INT(json_parse(&arena, T("\"\\\\ud800\""), 3, "x", &j, &err), 0);
	CHECK_STR(j->string, "\\ud800");
	arena_free(&arena);
}

int main(void)
{
	buf_init(&out, 0);
	test_out();
	test_out_errors();
	test_in();
	test_in_errors();
	buf_free(&out);
	return check_done();
}
