#include "report/weights.h"
#include "tests/check.h"

static const char *fails(const char *text)
{
	static struct err err;
	struct weights w;

	err = (struct err){0};
	int status = weights_parse(&w, text, "w.txt", &err);
	weights_free(&w);
	return status == LAT_DATAERR ? err.text : "not LAT_DATAERR";
}

int main(void)
{
	struct weights w;
	struct err err = {0};

	CHECK_CASE("shares by region, comments and blank lines aside");
	CHECK_INT(weights_parse(&w,
	                        "# traffic\ncountry/IN 0.12\n\n  continent/AS\t5e-1 # half\r\ncountry/NA 0",
	                        "w", &err),
	          0);
	CHECK_INT(w.list.len, 3);
	CHECK_NEAR(weights_of(&w, "country/IN"), 0.12, 1e-15);
	CHECK_NEAR(weights_of(&w, "continent/AS"), 0.5, 1e-15);
	CHECK_NEAR(weights_of(&w, "country/NA"), 0, 0);
	CHECK(isnan(weights_of(&w, "continent/NA")));
	CHECK_NEAR(weights_of_continent(&w, "continent/AS"), 0.5, 1e-15);
	CHECK_NEAR(weights_of_continent(&w, "continent/NA"), 0, 0);
	weights_free(&w);

	CHECK_CASE("where the file speaks of countries only, continents weigh the same");
	CHECK_INT(weights_parse(&w, "country/IN 0.12", "w", &err), 0);
	CHECK_NEAR(weights_of_continent(&w, "continent/AS"), 1, 0);
	weights_free(&w);

	CHECK_CASE("without a file all weigh the same");
	CHECK_INT(weights_load(&w, NULL, &err), 0);
	CHECK_NEAR(weights_of(&w, "country/IN"), 1, 0);
	weights_free(&w);

	CHECK_CASE("a file that is not there");
	CHECK_INT(weights_load(&w, "/nonexistent/weights", &err), LAT_NOINPUT);
	weights_free(&w);

	CHECK_CASE("each error names file, line and what is wrong");
	CHECK_CONTAINS(fails("country/IN 0.1\ncountry/IN 0.2\n"), "w.txt:2: country/IN is there twice");
	CHECK_CONTAINS(fails("\ncountry/XX 0.1\n"), "w.txt:2: country/XX: no such region");
	CHECK_CONTAINS(fails("probe/a 0.1\n"), "w.txt:1: probe/a: no such region");
	CHECK_CONTAINS(fails("country/IN\n"), "w.txt:1: a line is a region and its share");
	CHECK_CONTAINS(fails("country/IN 0.1 0.2\n"), "w.txt:1: a line is");
	CHECK_CONTAINS(fails("country/IN -1\n"), "w.txt:1: country/IN: share");
	CHECK_CONTAINS(fails("country/IN nan\n"), "w.txt:1: country/IN: share");
	CHECK_CONTAINS(fails("# nothing\n"), "w.txt: names no region");
	return check_done();
}
