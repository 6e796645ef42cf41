/* Escaping: expectations are read off the formats' own rules (HTML's named characters,
 * CommonMark's backslash escapes, RFC 4180, gnuplot's quoting). */
#include <stdlib.h>

#include "lib/attr.h"
#include "report/escape.h"
#include "report/wrap.h"
#include "tests/check.h"

typedef void escape_fn(struct buf *out, const char *s);

static const char *escaped(escape_fn *fn, const char *s)
{
	static struct buf out;
	buf_clear(&out);
	if (s == NULL && out.data != NULL) { /* the end: free what is kept between calls */
		buf_free(&out);
		return "";
	}
	fn(&out, s);
	return buf_str(&out);
}

static void test_html(void)
{
	CHECK_CASE("html: the five characters");
	CHECK_STR(escaped(escape_html, "<a href=\"x\" b='y'>&amp;"),
	          "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;");
	CHECK_CASE("html: letters of all scripts stay");
	CHECK_STR(escaped(escape_html, "S\u00e3o Paulo \u6771\u4eac \U0001F30D"),
	          "S\u00e3o Paulo \u6771\u4eac \U0001F30D");
	CHECK_CASE("html: controls, and marks that turn the direction");
	CHECK_STR(escaped(escape_html, "a\x01" "b\u202e" "c\x7f"), "a\uFFFDb\uFFFDc\uFFFD");
	CHECK_CASE("html: bytes that are not UTF-8");
	CHECK_STR(escaped(escape_html, "a\xff" "b"), "a\uFFFDb");
	CHECK_STR(escaped(escape_html, "\xc0\xaf"), "\uFFFD\uFFFD");       /* overlong slash */
	CHECK_STR(escaped(escape_html, "\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD"); /* a surrogate */
	CHECK_STR(escaped(escape_html, "x\xe2\x82"), "x\uFFFD\uFFFD");     /* cut short */
}

static void test_markdown(void)
{
	CHECK_CASE("markdown: a cell stays a cell, a line a line");
	CHECK_STR(escaped(escape_markdown, "a|b\nc"), "a\\|b c");
	CHECK_CASE("markdown: no emphasis, code, link, image, html");
	CHECK_STR(escaped(escape_markdown, "*x* `y` [z](w) ![i](j) <b>"),
	          "\\*x\\* \\`y\\` \\[z\\](w) \\!\\[i\\](j) &lt;b&gt;");
}

static void test_csv(void)
{
	CHECK_CASE("csv: plain");
	CHECK_STR(escaped(escape_csv, "mumbai-1"), "mumbai-1");
	CHECK_CASE("csv: comma, quote, line end");
	CHECK_STR(escaped(escape_csv, "a,\"b\"\nc"), "\"a,\"\"b\"\"\nc\"");
	CHECK_CASE("csv: formulas are text");
	CHECK_STR(escaped(escape_csv, "=1+1"), "'=1+1");
	CHECK_STR(escaped(escape_csv, "-2"), "'-2");
	CHECK_STR(escaped(escape_csv, "@x,y"), "\"'@x,y\"");
}

static void test_plot(void)
{
	CHECK_CASE("plot: nothing that gnuplot's data files give a meaning to");
	CHECK_STR(escaped(escape_plot, "a\tb\"c`d\\e\nf"), "\"a b'c'd/e f\"");
}

static void test_terminal(void)
{
	CHECK_CASE("terminal: no escape sequences, no forged lines");
	CHECK_STR(escaped(escape_terminal, "a\033[31mb\rc\nd\xc2\x9b" "e"), "a?[31mb?c?d?e");
}

static void test_wrap(void)
{
	char *text = NULL;
	size_t size = 0;
	CHECK_CASE("wrap: lines of at most 100 columns, words whole, indented");
	FILE *f = open_memstream(&text, &size);
	if (f == NULL)
		return;
	wrap_print(f, 2, 4,
	           "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
	           "sixteen seventeen");
	fclose(f);
	/* 2 + 96 columns: "  one ... sixteen" is 95 wide, " seventeen" would make it 105. */
	CHECK_STR(
	    text,
	    "  one two three four five six seven eight nine ten eleven twelve "
	          "thirteen fourteen fifteen sixteen\n"
	    "    seventeen\n");
	free(text);

	struct buf cut = {0};
	CHECK_CASE("wrap: cut at a character, and told");
	wrap_cut(&cut, "\u00e4\u00f6\u00fc\u00df", 4);
	CHECK_STR(buf_str(&cut), "\u00e4\u00f6\u00fc\u00df");
	buf_clear(&cut);
	wrap_cut(&cut, "\u00e4\u00f6\u00fc\u00df", 3);
	CHECK_STR(buf_str(&cut), "\u00e4\u00f6\u2026");
	buf_free(&cut);
}

int main(void)
{
	test_html();
	test_markdown();
	test_csv();
	test_plot();
	test_terminal();
	test_wrap();
	escaped(escape_html, NULL);
	return check_done();
}
