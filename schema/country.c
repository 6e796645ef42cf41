#include "schema/country.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"

static const struct country countries[] = {
#define COUNTRY(code, continent, name) {code, continent, name},
#include "schema/country.def"
#undef COUNTRY
};

static const struct {
	char code[3];
	const char *name;
} continents[] = {
	{"AF", "Africa"},
	{"AN", "Antarctica"},
	{"AS", "Asia"},
	{"EU", "Europe"},
	{"NA", "North America"},
	{"OC", "Oceania"},
	{"SA", "South America"},
};

static int compare_code(const void *key, const void *row)
{
	return strcmp(key, ((const struct country *)row)->code);
}

const struct country *country_find(const char *code)
{
	if (code == NULL)
		return NULL;
	return bsearch(code, countries, LAT_COUNT(countries), sizeof countries[0], compare_code);
}

const char *continent_name(const char *code)
{
	for (size_t i = 0; code != NULL && i < LAT_COUNT(continents); i++)
		if (strcmp(continents[i].code, code) == 0)
			return continents[i].name;
	return NULL;
}
