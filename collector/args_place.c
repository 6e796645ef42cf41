#include "collector/args_place.h"

#include <math.h>
#include <string.h>

#include "lib/num.h"
#include "lib/text.h"
#include "schema/country.h"
#include "schema/jsontext.h"

#define CITY_BYTES 128

static int read_country(struct args_place *p, const char *text, struct err *err)
{
	/* Codes are upper case; people are not always. */
	for (int i = 0; i < 2 && strlen(text) == 2; i++)
		p->country[i] = (char)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - 'a' + 'A' : text[i]);
	if (strlen(text) != 2 || country_find(p->country) == NULL)
		return err_set(err, LAT_USAGE, "--country: '%.40s' is not an ISO 3166-1 code of two letters", text);
	return 0;
}

/* The same as a plan's city may be: it gets into JSON and HTML, where a terminal's Latin-1 is no text. */
static int read_city(struct probe_row *row, const char *text, struct err *err)
{
	size_t len = strlen(text);
	if (len > CITY_BYTES)
		return err_set(err, LAT_USAGE, "--city: longer than %d bytes", CITY_BYTES);
	if (jsontext_utf8(text, len) != len)
		return err_set(err, LAT_USAGE, "--city: not UTF-8");
	if (text_has_control(text, len))
		return err_set(err, LAT_USAGE, "--city: '%s' has a control character", text);
	row->city = text;
	return 0;
}

int args_place(struct args_place *p, struct probe_row *row, int opt, const char *text, struct err *err)
{
	int network, rc;
	switch (opt) {
	case ARGS_COUNTRY:
		if ((rc = read_country(p, text, err)) == 0)
			row->country = p->country;
		return rc;
	case ARGS_CITY:
		return read_city(row, text, err);
	case ARGS_LAT:
		return num_parse_double(text, "--lat", -90, 90, &row->lat, err);
	case ARGS_LON:
		return num_parse_double(text, "--lon", -180, 180, &row->lon, err);
	case ARGS_NETWORK:
		if ((network = network_of(text)) < 0)
			return err_set(err, LAT_USAGE, "--network: '%.40s' is neither datacenter nor eyeball", text);
		row->network = (enum network)network;
		p->network = true;
		return 0;
	default:
		return 0;
	}
}

int args_place_check(const struct probe_row *row, struct err *err)
{
	if (isnan(row->lat) != isnan(row->lon))
		return err_set(err, LAT_USAGE, "--lat and --lon go together");
	if (row->country == NULL && (row->city != NULL || !isnan(row->lat)))
		return err_set(err, LAT_USAGE, "--city, --lat and --lon need --country");
	return 0;
}
