#include "lib/table.h"

#include <stdlib.h>

#include "tests/check.h"

static char *printed(const struct table *t)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	CHECK(table_print(t, out));
	fclose(out);
	return text;
}

static void row(struct table *t, const char *name, double a, const char *verdict)
{
	table_cell(t, "%s", name);
	table_cell(t, "%.1f", a);
	table_cell(t, "%s", verdict);
}

int main(void)
{
	struct table *t = table_new("lrl");

	CHECK_CASE("columns as wide as their widest cell, in characters; no trailing blanks");
	table_cell(t, "region");
	table_cell(t, "p75");
	table_cell(t, "verdict");
	table_rule(t);
	row(t, "India", 1041.25, "needs-node");
	row(t, "C\xc3\xb4te d'Ivoire", 7, "ok");
	row(t, "Peru", 88, "");
	char *text = printed(t);
	CHECK_STR(text,
	          "region            p75  verdict\n"
	          "-------------  ------  ----------\n"
	          "India          1041.2  needs-node\n"
	          "C\xc3\xb4te d'Ivoire     7.0  ok\n"
	          "Peru             88.0\n");
	free(text);
	table_free(t);

	CHECK_CASE("a rule ends the row above; a last row may be short");
	t = table_new("rr");
	table_cell(t, "a");
	table_rule(t);
	table_cell(t, "1");
	table_cell(t, "22");
	table_cell(t, "333");
	text = printed(t);
	CHECK_STR(text, "  a\n---  --\n  1  22\n333\n");
	free(text);
	table_free(t);

	CHECK_CASE("hostile cells cannot break the table");
	t = table_new("l");
	table_cell(t, "x\ny\x1b[2J");
	text = printed(t);
	CHECK_STR(text, "x y?[2J\n");
	free(text);
	table_free(t);

	CHECK_CASE("nothing in, nothing out");
	t = table_new("l");
	text = printed(t);
	CHECK_STR(text, "");
	free(text);
	table_free(t);
	CHECK(table_new("") == NULL);
	table_free(NULL);

	CHECK_CASE("a full disk is told");
	FILE *full = fopen("/dev/full", "w");
	if (full == NULL) {
		CHECK_SKIP("no /dev/full");
	} else {
		setvbuf(full, NULL, _IONBF, 0);
		t = table_new("l");
		table_cell(t, "x");
		CHECK(!table_print(t, full));
		table_free(t);
		fclose(full);
	}
	return check_done();
}
