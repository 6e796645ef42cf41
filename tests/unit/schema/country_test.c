#include "schema/country.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/attr.h"
#include "tests/check.h"

static const char *const codes[] = {
#define COUNTRY(code, continent, name) code,
#include "schema/country.def"
#undef COUNTRY
};

/* Every row of the table that ours comes from has its continent in ours. */
static void compare_with_source(const char *path)
{
	FILE *f = fopen(path, "r");
	char line[256];
	int rows = 0;

	if (f == NULL) {
		CHECK_SKIP("no ../shared/data");
		return;
	}
	CHECK(fgets(line, sizeof line, f) != NULL);
	CHECK(strncmp(line, "alpha2,alpha3,numeric,name,continent,", 37) == 0);
	while (fgets(line, sizeof line, f) != NULL) {
		char code[3] = {line[0], line[1], '\0'}, *at = line;
		for (int commas = 0; commas < 4 && at != NULL; commas++)
			at = strchr(at, ',') == NULL ? NULL : strchr(at, ',') + 1;
		const struct country *c = country_find(code);
		CHECK(c != NULL && at != NULL && strncmp(c->continent, at, 2) == 0);
		rows++;
	}
	fclose(f);
	CHECK_INT(rows, 249);
	CHECK_INT(LAT_COUNT(codes), rows + 1); /* Kosovo is ours */
}

int main(void)
{
	CHECK_CASE("countries by code");
	CHECK_STR(country_find("IN")->name, "India");
	CHECK_STR(country_find("IN")->continent, "AS");
	CHECK_STR(country_find("GB")->name, "United Kingdom");
	CHECK_STR(country_find("US")->continent, "NA");
	CHECK_STR(country_find("AD")->name, "Andorra"); /* the first and the last */
	CHECK_STR(country_find("ZW")->name, "Zimbabwe");
	CHECK_STR(country_find("XK")->continent, "EU");

	CHECK_CASE("NA is Namibia as a country, North America as a continent");
	CHECK_STR(country_find("NA")->name, "Namibia");
	CHECK_STR(country_find("NA")->continent, "AF");
	CHECK_STR(continent_name("NA"), "North America");

	CHECK_CASE("no such code");
	CHECK(country_find("in") == NULL);
	CHECK(country_find("UK") == NULL);
	CHECK(country_find("") == NULL);
	CHECK(country_find("INN") == NULL);
	CHECK(country_find(NULL) == NULL);
	CHECK(continent_name("XX") == NULL);
	CHECK(continent_name(NULL) == NULL);

	CHECK_CASE("sorted, every row found, every continent has a name");
	for (size_t i = 0; i < LAT_COUNT(codes); i++) {
		const struct country *c = country_find(codes[i]);
		CHECK(i == 0 || strcmp(codes[i - 1], codes[i]) < 0);
		CHECK(c != NULL && strcmp(c->code, codes[i]) == 0 && c->name[0] != '\0');
		CHECK(c != NULL && continent_name(c->continent) != NULL);
	}

	CHECK_CASE("the same continents as the source");
	compare_with_source("../shared/data/geo/country_continent.csv");
	return check_done();
}
