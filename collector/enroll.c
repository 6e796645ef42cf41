/* latlas-collector enroll: a probe, its token, and the block that `latlas-probe join` reads. */
#include <math.h>
#include <string.h>

#include "collector/args.h"
#include "collector/block.h"
#include "collector/commands.h"
#include "lib/clock.h"
#include "lib/num.h"
#include "schema/country.h"
#include "schema/registry.h"

enum { O_COUNTRY = 256, O_CITY, O_LAT, O_LON, O_NETWORK, O_CONFIG, O_RAW, O_AGAIN };

struct enroll {
	struct probe_row row;
	char country[3];
	const char *config;
	bool raw, again, network_given;
};

static int read_country(struct enroll *e, const char *text, struct err *err)
{
	if (strlen(text) == 2) {
		/* Codes are upper case; people are not always. */
		for (int i = 0; i < 2; i++)
			e->country[i] =
				(char)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - 'a' + 'A' : text[i]);
		if (country_find(e->country) != NULL) {
			e->row.country = e->country;
			return 0;
		}
	}
	return err_set(err, LAT_USAGE, "--country: '%.40s' is not an ISO 3166-1 code of two letters", text);
}

static int read_option(struct enroll *e, int opt, const char *text, struct err *err)
{
	int network;
	switch (opt) {
	case O_COUNTRY:
		return read_country(e, text, err);
	case O_CITY:
		if (strlen(text) > 128)
			return err_set(err, LAT_USAGE, "--city: longer than 128 bytes");
		e->row.city = text;
		return 0;
	case O_LAT:
		return num_parse_double(text, "--lat", -90, 90, &e->row.lat, err);
	case O_LON:
		return num_parse_double(text, "--lon", -180, 180, &e->row.lon, err);
	case O_NETWORK:
		network = network_of(text);
		if (network < 0)
			return err_set(err, LAT_USAGE, "--network: '%.40s' is neither datacenter nor eyeball",
			               text);
		e->row.network = (enum network)network;
		e->network_given = true;
		return 0;
	case O_CONFIG:
		e->config = text;
		return 0;
	default:
		e->raw = e->raw || opt == O_RAW;
		e->again = e->again || opt == O_AGAIN;
		return 0;
	}
}

static int check_row(const struct enroll *e, struct err *err)
{
	if (!sample_name_ok(e->row.name))
		return err_set(err, LAT_USAGE, "NAME: '%.80s' is not 1 to %d of A-Z a-z 0-9 . _ -",
		               e->row.name, NAME_MAX_LEN);
	if (isnan(e->row.lat) != isnan(e->row.lon))
		return err_set(err, LAT_USAGE, "--lat and --lon go together");
	if (e->row.country == NULL && (e->row.city != NULL || !isnan(e->row.lat)))
		return err_set(err, LAT_USAGE, "--city, --lat and --lon need --country");
	if (e->again && e->row.country == NULL && e->network_given)
		return err_set(err, LAT_USAGE, "--again: a new --network needs the place, too: --country");
	return 0;
}

static int enroll(struct enroll *e, const struct settings *s, struct err *err)
{
	struct block block;
	struct registry *registry = NULL;
	int rc = block_make(&block, s, err);
	if (rc == 0)
		rc = registry_open(&registry, s->db, STORE_WRITE, err);
	if (rc == 0 && e->again)
		rc = registry_readmit(registry, &e->row, block.hash, err);
	else if (rc == 0)
		rc = registry_enroll(registry, &e->row, block.hash, err);
	if (rc == 0)
		rc = block_print(&block, s, e->row.name, e->raw, "enrolled", err);
	registry_close(registry);
	block_free(&block);
	return rc;
}

static int with_settings(struct enroll *e, struct err *err)
{
	struct settings s;
	struct problems problems = {0};
	settings_load(&s, e->config, &problems);
	int rc = problems_first(&problems, err);
	if (rc == 0)
		rc = enroll(e, &s, err);
	problems_free(&problems);
	settings_free(&s);
	return rc;
}

int enroll_main(int argc, char **argv)
{
	static const struct option table[] = {{"country", required_argument, NULL, O_COUNTRY},
	                                      {"city", required_argument, NULL, O_CITY},
	                                      {"lat", required_argument, NULL, O_LAT},
	                                      {"lon", required_argument, NULL, O_LON},
	                                      {"network", required_argument, NULL, O_NETWORK},
	                                      {"config", required_argument, NULL, O_CONFIG},
	                                      {"raw", no_argument, NULL, O_RAW},
	                                      {"again", no_argument, NULL, O_AGAIN}, {0}};
	struct err err = {0};
	struct enroll e = {.config = COLLECTOR_CONFIG,
	                   .row = {.lat = NAN, .lon = NAN, .network = NETWORK_DATACENTER,
	                           .last_seen_us = US_NONE, .last_skew_us = STORE_NO_SKEW}};
	int opt, rc = 0;
	args_start();
	while (rc == 0 && (opt = args_next(argc, argv, table, &err)) != -1)
		rc = opt == '?' ? err.code : read_option(&e, opt, optarg, &err);
	if (rc == 0) {
		e.row.name = args_one(argc, argv, "NAME", &err);
		rc = e.row.name == NULL ? err.code : check_row(&e, &err);
	}
	e.row.enrolled_us = wall_now().us;
	e.row.place_source = e.row.country != NULL ? "enrol" : NULL;
	if (rc == 0)
		rc = with_settings(&e, &err);
	return rc == 0 ? 0 : err_print(&err, COLLECTOR_NAME);
}
