/* Countries and continents by code. The table (schema/country.def) is derived from
 * the ISO 3166-1 codes and continents of datasets/country-codes (PDDL). Beware "NA":
 * North America as a continent, Namibia as a country, hence region ids as
 * "continent/NA" and "country/NA". */
#ifndef LATLAS_SCHEMA_COUNTRY_H
#define LATLAS_SCHEMA_COUNTRY_H

struct country {
	char code[3];      /* ISO 3166-1 alpha-2 */
	char continent[3]; /* AF AN AS EU NA OC SA */
	const char *name;  /* short English name */
};

/* NULL if there is no such code (upper case only). */
const struct country *country_find(const char *code);
/* "Asia"; NULL if there is no such code. */
const char *continent_name(const char *code);

#endif
