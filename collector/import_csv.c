/* rtt-csv: round trips from elsewhere, one a row,
 *
 *     probe,country,target,rtt_ms[,t]
 *
 * with these names as the first line, in any order and with `city`, `lat`, `lon` and `network` besides,
 * or without such a line. Other columns are not looked at. A target is a name of the plan (target, node
 * or candidate), an address, or a host. rtt_ms empty, "timeout" or "*": there was no answer. `t` is RFC
 * 3339 or seconds since 1970.
 *
 * Equal rows of one file are so many measurements: a table in whole milliseconds, with timeouts, is full of
 * them, and counted once they would make every quantile that of the distinct values. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/csv.h"
#include "collector/import.h"
#include "lib/attr.h"
#include "lib/clock.h"
#include "lib/num.h"
#include "schema/country.h"

enum column { C_PROBE, C_COUNTRY, C_TARGET, C_RTT, C_T, C_CITY, C_LAT, C_LON, C_NETWORK, COLUMNS };

static const char *const names[COLUMNS] = {
	"probe", "country", "target", "rtt_ms", "t", "city", "lat", "lon", "network",
};

struct csv_columns {
	size_t at[COLUMNS]; /* number of the field; SIZE_MAX: there is none */
	size_t fields;      /* of the header; 0: there was none */
};

void import_csv_end(struct import *im)
{
	free(im->columns);
	im->columns = NULL;
}

static bool is_header(const char *const *f, size_t n)
{
	bool probe = false, rtt = false;

	for (size_t i = 0; i < n; i++) {
		probe = probe || strcmp(f[i], names[C_PROBE]) == 0;
		rtt = rtt || strcmp(f[i], names[C_RTT]) == 0;
	}
	return probe && rtt;
}

/* What the first line says about the columns. */
static bool begin(struct import *im, const char *const *f, size_t n, bool *header)
{
	struct csv_columns *c = calloc(1, sizeof *c);

	if (c == NULL)
		return false;
	*header = is_header(f, n);
	for (size_t k = 0; k < COLUMNS; k++) {
		c->at[k] = *header || k > C_T ? SIZE_MAX : k;
		for (size_t i = 0; *header && i < n; i++)
			if (strcmp(f[i], names[k]) == 0)
				c->at[k] = i;
	}
	c->fields = *header ? n : 0;
	im->columns = c;
	return true;
}

static const char *get(const struct import *im, const char *const *f, size_t n, enum column k)
{
	size_t at = im->columns->at[k];

	return at < n ? f[at] : "";
}

/* US_NONE: none that can be read. */
static int64_t moment(const char *text)
{
	double s;

	if (num_parse_double(text, "t", 0, 1e11, &s, NULL) == 0)
		return llround(s * US_PER_S);
	return import_time(text);
}

struct row { const char *probe, *target, *rtt, *t; int64_t rtt_us, t_us; bool answered; };

/* The row's place, into the vantage. *why: what is wrong with it. */
static bool set_place(const struct import *im, struct import_item *item, const char *const *f, size_t n,
                      const char **why)
{
	struct probe_row *v = &item->vantage;
	const char *country = get(im, f, n, C_COUNTRY), *lat = get(im, f, n, C_LAT), *lon = get(im, f, n, C_LON);
	const char *network = get(im, f, n, C_NETWORK);
	bool ok = true;

	if (country[0] != '\0' && country_find(country) == NULL)
		*why = "the country is not one of ISO 3166-1 (two capital letters)";
	else if ((lat[0] == '\0') != (lon[0] == '\0'))
		*why = "lat and lon go together";
	else if (lat[0] != '\0' && (num_parse_double(lat, "lat", -90, 90, &v->lat, NULL) != 0
	                            || num_parse_double(lon, "lon", -180, 180, &v->lon, NULL) != 0))
		*why = "lat is not in -90..90, or lon not in -180..180";
	else if (network[0] != '\0' && network_of(network) < 0)
		*why = "the network is neither datacenter nor eyeball";
	if (*why != NULL)
		return true;
	if (network[0] != '\0')
		v->network = (enum network)network_of(network);
	v->country = import_text(item, country, &ok);
	v->city = import_text(item, get(im, f, n, C_CITY), &ok);
	v->place_source = v->country != NULL ? "import" : NULL;
	return ok;
}

static const char *read_row(const struct import *im, const char *const *f, size_t n, struct row *r)
{
	double ms;

	*r = (struct row){.probe = get(im, f, n, C_PROBE), .target = get(im, f, n, C_TARGET),
	                  .rtt = get(im, f, n, C_RTT), .t = get(im, f, n, C_T), .t_us = im->at_us};
	if (im->columns->fields != 0 ? n != im->columns->fields : n != 4 && n != 5)
		return im->columns->fields != 0 ? "another number of fields than the first line has"
		                                : "not the fields probe,country,target,rtt_ms[,t]";
	if (r->probe[0] == '\0' || r->target[0] == '\0')
		return "no probe or no target";
	if (r->rtt[0] != '\0' && strcmp(r->rtt, "timeout") != 0 && strcmp(r->rtt, "*") != 0) {
		if (num_parse_double(r->rtt, "rtt_ms", 0, 600000, &ms, NULL) != 0)
			return "rtt_ms is neither a number in 0..600000, nor empty, \"timeout\" or \"*\"";
		r->rtt_us = import_us(ms);
		r->answered = true;
	}
	if (r->t[0] != '\0' && (r->t_us = moment(r->t)) == US_NONE)
		return "t is neither RFC 3339 nor seconds since 1970";
	return NULL;
}

static int take_row(struct import *im, const char *const *f, size_t n, const struct row *r, struct err *err)
{
	struct import_item *item = import_item_new(im);
	struct sample *s = item == NULL ? NULL : import_item_sample(item, r->t_us);
	struct import_what what = {.host = r->target, .addr = r->target, .round_trip = true, .named = true};
	const char *why = NULL;
	char at[WALL_TEXT] = "";
	bool ok = s != NULL && import_item_name(item, "csv.", r->probe) && set_place(im, item, f, n, &why);

	if (ok && why == NULL) {
		s->nth = 1; /* a round trip alone is no visit: it must not enter dns, ttfb or total, nor its loss */
		ok = import_target(im, item, s, &what);
		if (r->answered)
			s->min_rtt_us = r->rtt_us;
		else
			import_failed(s, NULL, NEL_TCP_TIMED_OUT);
	}
	if (!ok || why != NULL) {
		import_item_free(item);
		if (!ok)
			return err_nomem(err);
		import_leave(im, "%s", why);
		return 0;
	}
	item->repeats = true;
	im->counts.untimed += r->t[0] == '\0';
	if (r->t[0] == '\0' && im->s->at_told)
		wall_format((struct wall){im->s->at_us}, at);
	return import_item_done(im, item, NULL, 0, (const char *const[]){r->target, r->rtt, r->t, at}, 4, err);
}

int import_csv(struct import *im, const char *line, size_t len, struct err *err)
{
	struct arena arena = {0};
	const char *f[CSV_MAX_FIELDS], *why;
	struct row r;
	size_t n;
	bool header = false;
	int status = 0;

	if (!csv_split(&arena, line, len, f, &n, &why)) {
		if (why == NULL)
			status = err_nomem(err);
		else
			import_leave(im, "%s", why);
	} else if (n == 1 && f[0][0] == '\0') {
		im->counts.records--; /* a line of blanks is no record */
	} else if (im->columns == NULL && !begin(im, f, n, &header)) {
		status = err_nomem(err);
	} else if (header) {
		im->counts.records--;
	} else if ((why = read_row(im, f, n, &r)) != NULL) {
		import_leave(im, "%s", why);
	} else if (import_moment(im, r.t_us)) {
		status = take_row(im, f, n, &r, err);
	}
	arena_free(&arena);
	return status;
}
