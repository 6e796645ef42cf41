#include "collector/import_place.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "collector/csv.h"
#include "collector/import_split.h"
#include "lib/num.h"
#include "lib/vec.h"
#include "schema/country.h"
#include "schema/json.h"

#define JSON_DEPTH 16

struct place {
	const char *name;
	const char *country, *city, *asn;
	double lat, lon;
	enum network network;
};

struct import_places {
	VEC(struct place) rows;    /* by name, once loaded */
	struct arena arena;
	const char *path;          /* while it is read */
};

void import_places_free(struct import_places *p)
{
	if (p == NULL)
		return;
	vec_free(&p->rows);
	arena_free(&p->arena);
	free(p);
}

static int wrong(const struct import_places *p, size_t line, const char *why, struct err *err)
{
	return err_set(err, LAT_DATAERR, "%s:%zu: %s", p->path, line, why);
}

static int add(struct import_places *p, size_t line, const struct place *row, struct err *err)
{
	if (row->country != NULL && country_find(row->country) == NULL)
		return wrong(p, line, "the country is not one of ISO 3166-1 (two capital letters)", err);
	if (isnan(row->lat) != isnan(row->lon) || fabs(row->lat) > 90 || fabs(row->lon) > 180)
		return wrong(p, line, "latitude or longitude is missing or out of range", err);
	struct place *to = vec_add(&p->rows);
	if (to == NULL)
		return err_nomem(err);
	*to = *row;
	return 0;
}

/* ---- the probes API ------------------------------------------------------------- */

static const char *copy(struct import_places *p, const char *text, bool *ok)
{
	if (text == NULL || text[0] == '\0')
		return NULL;
	const char *to = arena_str(&p->arena, text);
	*ok = *ok && to != NULL;
	return to;
}

static int add_probe(struct import_places *p, size_t line, const struct json *j, struct err *err)
{
	char text[64];
	bool ok = true;
	int64_t id = json_get_int(j, "id", -1), asn = json_get_int(j, "asn_v4", json_get_int(j, "asn_v6", -1));
	const struct json *point = json_get(json_get(j, "geometry"), "coordinates");
	const struct json *anchor = json_get(j, "is_anchor");
	struct place row = {.lat = json_get_double(j, "latitude", NAN), .lon = json_get_double(j, "longitude", NAN)};

	if (id < 0)
		return wrong(p, line, "a probe without an id", err);
	/* GeoJSON, RFC 7946, 3.1.1: longitude first. */
	if (point != NULL && point->type == JSON_ARRAY && point->children >= 2
	    && point->child->type == JSON_NUMBER && point->child->next->type == JSON_NUMBER) {
		row.lon = point->child->number;
		row.lat = point->child->next->number;
	}
	snprintf(text, sizeof text, "atlas.%lld", (long long)id);
	row.name = copy(p, text, &ok);
	row.country = copy(p, json_get_string(j, "country_code", NULL), &ok);
	if (asn >= 0) {
		snprintf(text, sizeof text, "AS%lld", (long long)asn);
		row.asn = copy(p, text, &ok);
	}
	/* Anchors are servers in data centres; the others are at homes and in offices. */
	row.network = anchor != NULL && anchor->type == JSON_TRUE ? NETWORK_DATACENTER : NETWORK_EYEBALL;
	return ok ? add(p, line, &row, err) : err_nomem(err);
}

static int take_json(void *ctx, size_t line, const char *text, size_t len, const char *why, struct err *err)
{
	struct import_places *p = ctx;
	struct arena arena = {0};
	struct json *j;
	char what[256];

	if (text == NULL)
		return wrong(p, line, why, err);
	snprintf(what, sizeof what, "%.200s:%zu", p->path, line);
	int status = json_parse(&arena, text, len, JSON_DEPTH, what, &j, err);
	if (status == 0) {
		const struct json *list = json_get(j, "results");
		if (list == NULL)
			list = json_get(j, "objects");
		if (list == NULL)
			status = add_probe(p, line, j, err);
		for (const struct json *e = list != NULL ? list->child : NULL; status == 0 && e != NULL; e = e->next)
			status = add_probe(p, line, e, err);
	}
	arena_free(&arena);
	return status;
}

/* ---- CSV ------------------------------------------------------------------------ */

static int take_line(void *ctx, size_t line, const char *text, size_t len, const char *why, struct err *err)
{
	struct import_places *p = ctx;
	const char *f[CSV_MAX_FIELDS];
	struct place row = {.lat = NAN, .lon = NAN};
	size_t n = 0;

	if (text == NULL)
		return wrong(p, line, why, err);
	if (!csv_split(&p->arena, text, len, f, &n, &why))
		return why == NULL ? err_nomem(err) : wrong(p, line, why, err);
	if (n == 1 && f[0][0] == '\0')
		return 0;
	if (p->rows.len == 0 && strcmp(f[0], "probe") == 0)
		return 0; /* the header */
	if (n != 6)
		return wrong(p, line, "not the six fields probe,country,city,lat,lon,network", err);
	int network = network_of(f[5]);
	if (network < 0)
		return wrong(p, line, "the network is neither datacenter nor eyeball", err);
	if ((f[3][0] != '\0' && num_parse_double(f[3], "lat", -90, 90, &row.lat, NULL) != 0)
	    || (f[4][0] != '\0' && num_parse_double(f[4], "lon", -180, 180, &row.lon, NULL) != 0))
		return wrong(p, line, "lat or lon is not a number in range", err);
	row.name = f[0];
	row.country = f[1][0] == '\0' ? NULL : f[1];
	row.city = f[2][0] == '\0' ? NULL : f[2];
	row.network = (enum network)network;
	return add(p, line, &row, err);
}

/* ---- both ----------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct place *)a)->name, ((const struct place *)b)->name);
}

/* JSON begins with a bracket or a brace, which no name does; a byte order mark may stand before it. */
static bool is_json(const char *text, size_t len)
{
	size_t i = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	while (i < len && strchr(" \t\r\n", text[i]) != NULL && text[i] != '\0')
		i++;
	return i < len && (text[i] == '{' || text[i] == '[');
}

static int read_all(struct import_places *p, int fd, struct err *err)
{
	static const size_t size = 64 << 10;
	char *block = malloc(size);
	struct split *split = NULL;
	int status = block == NULL ? err_nomem(err) : 0;
	ssize_t n = 0;

	while (status == 0 && (n = read(fd, block, size)) != 0) {
		if (n < 0) {
			status = errno == EINTR ? 0 : err_set_errno(err, LAT_IOERR, "%s", p->path);
			continue;
		}
		if (split == NULL) {
			bool json = is_json(block, (size_t)n);
			split = split_new(json ? SPLIT_JSON : SPLIT_LINES, json ? take_json : take_line, p);
		}
		status = split == NULL ? err_nomem(err) : split_feed(split, block, (size_t)n, err);
	}
	if (status == 0 && split != NULL)
		status = split_end(split, err);
	split_free(split);
	free(block);
	return status;
}

int import_places_load(struct import_places **out, const char *path, struct err *err)
{
	struct import_places *p = calloc(1, sizeof *p);
	int fd = open(path, O_RDONLY | O_CLOEXEC), status;

	*out = NULL;
	if (fd < 0) {
		status = err_set_errno(err, errno == ENOENT ? LAT_NOINPUT : LAT_IOERR, "%s", path);
	} else if (p == NULL) {
		status = err_nomem(err);
	} else {
		p->path = path;
		status = read_all(p, fd, err);
		p->path = NULL;
	}
	if (fd >= 0)
		close(fd);
	if (status == 0) {
		if (p->rows.len != 0)
			qsort(p->rows.at, p->rows.len, sizeof *p->rows.at, by_name);
		*out = p;
	} else {
		import_places_free(p);
	}
	return status;
}

static const struct place *find(const struct import_places *p, const char *name)
{
	struct place key = {.name = name};

	return p->rows.len == 0 ? NULL : bsearch(&key, p->rows.at, p->rows.len, sizeof key, by_name);
}

bool import_places_find(const struct import_places *p, struct probe_row *row, struct arena *arena)
{
	const struct place *at = p == NULL ? NULL : find(p, row->name);
	const char *bare = strchr(row->name, '.');

	if (p != NULL && at == NULL && bare != NULL)
		at = find(p, bare + 1);
	if (at == NULL)
		return true;
	row->network = at->network;
	if ((at->asn != NULL && (row->asn = arena_str(arena, at->asn)) == NULL))
		return false;
	if (at->country == NULL)
		return true;
	row->country = arena_str(arena, at->country);
	row->city = at->city == NULL ? NULL : arena_str(arena, at->city);
	row->lat = at->lat;
	row->lon = at->lon;
	row->place_source = "import";
	return row->country != NULL && (at->city == NULL || row->city != NULL);
}
