#include "collector/geo.h"

#include <arpa/inet.h>
#include <math.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/geofile.h"
#include "collector/listen.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "schema/country.h"
#include "schema/jsontext.h"

struct geo {
	const struct log *log;
	pthread_rwlock_t lock;
	struct geofile *file[GEOFILE_KINDS]; /* NULL: none */
	bool broken[GEOFILE_KINDS];          /* a warning was given; not asked again */
	uint64_t generation;
};

struct geo *geo_new(const struct log *log)
{
	struct geo *g = calloc(1, sizeof *g);
	if (g == NULL)
		return NULL;
	g->log = log;
	if (pthread_rwlock_init(&g->lock, NULL) != 0) {
		free(g);
		return NULL;
	}
	return g;
}

void geo_free(struct geo *g)
{
	if (g == NULL)
		return;
	for (int k = 0; k < GEOFILE_KINDS; k++)
		geofile_close(g->file[k]);
	pthread_rwlock_destroy(&g->lock);
	free(g);
}

int geo_check(const char *path, bool asn, struct err *err)
{
	struct geofile *f = NULL;
	int rc = geofile_open(&f, path, asn ? GEOFILE_NETWORKS : GEOFILE_PLACES, err);
	geofile_close(f);
	return rc;
}

/* In place of the one that is there. */
static void put(struct geo *g, enum geofile_kind kind, struct geofile *fresh)
{
	pthread_rwlock_wrlock(&g->lock);
	struct geofile *old = g->file[kind];
	g->file[kind] = fresh;
	g->broken[kind] = false;
	g->generation++;
	pthread_rwlock_unlock(&g->lock);
	geofile_close(old);
}

int geo_load_file(struct geo *g, const char *path, bool asn, struct err *err)
{
	enum geofile_kind kind = asn ? GEOFILE_NETWORKS : GEOFILE_PLACES;
	char date[GEO_DATE];
	struct geofile *fresh = NULL;
	int rc = geofile_open(&fresh, path, kind, err);
	if (rc != 0)
		return rc;
	log_info(g->log, "geography: %s: %s, of %s", path, fresh->db.metadata.database_type,
	         geo_date(fresh->built_s, date));
	put(g, kind, fresh);
	return 0;
}

static void load_or_warn(struct geo *g, const char *path, bool asn)
{
	struct err err = {0};
	if (path == NULL)
		put(g, asn ? GEOFILE_NETWORKS : GEOFILE_PLACES, NULL);
	else if (geo_load_file(g, path, asn, &err) != 0)
		log_warn(g->log, "geography: %s", err.text);
}

void geo_load(struct geo *g, const char *city_path, const char *asn_path)
{
	load_or_warn(g, city_path, false);
	load_or_warn(g, asn_path, true);
}

int geo_load_bytes(struct geo *g, const void *data, size_t len, bool asn, struct err *err)
{
	enum geofile_kind kind = asn ? GEOFILE_NETWORKS : GEOFILE_PLACES;
	struct geofile *fresh;
	int rc = geofile_open_bytes(&fresh, "database", data, len, kind, err);
	if (rc == 0)
		put(g, kind, fresh);
	return rc;
}

const char *geo_date(int64_t built_s, char out[GEO_DATE])
{
	char text[WALL_TEXT];
	snprintf(out, GEO_DATE, "%s", "no date");
	if (built_s > 0) {
		wall_format((struct wall){built_s * US_PER_S}, text);
		snprintf(out, GEO_DATE, "%.10s", text);
	}
	return out;
}

uint64_t geo_generation(struct geo *g)
{
	pthread_rwlock_rdlock(&g->lock);
	uint64_t n = g->generation;
	pthread_rwlock_unlock(&g->lock);
	return n;
}

/* ---- one record -------------------------------------------------------------------- */

/* The database's text, cut at `size` and at a whole character; empty unless it is valid
 * UTF-8 without control characters: a broken database must get no further than here. */
static void copy_text(char *out, size_t size, const char *text, size_t len)
{
	bool bad = jsontext_utf8(text, len) != len || text_has_control(text, len);
	if (len >= size)
		len = size - 1;
	if (bad)
		len = 0;
	memcpy(out, text, len);
	out[len] = '\0';
	out[text_cut(out, len)] = '\0';
}

/* *broken: the record isn't what the format allows. That a key is missing is no fault. */
static bool get(MMDB_entry_s *entry, MMDB_entry_data_s *data, const char *const *path, uint32_t type,
                bool *broken)
{
	int rc = MMDB_aget_value(entry, data, path);
	if (rc != MMDB_SUCCESS && rc != MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR)
		*broken = true;
	return rc == MMDB_SUCCESS && data->has_data && data->type == type;
}

static bool get_text(MMDB_entry_s *entry, char *out, size_t size, const char *const *path, bool *broken)
{
	MMDB_entry_data_s data;
	out[0] = '\0';
	if (get(entry, &data, path, MMDB_DATA_TYPE_UTF8_STRING, broken))
		copy_text(out, size, data.utf8_string, data.data_size);
	return out[0] != '\0';
}

static double get_double(MMDB_entry_s *entry, const char *const *path, double limit, bool *broken)
{
	MMDB_entry_data_s data;
	if (!get(entry, &data, path, MMDB_DATA_TYPE_DOUBLE, broken) || !(fabs(data.double_value) <= limit))
		return NAN;
	return data.double_value;
}

static void read_place(MMDB_entry_s *entry, struct geo_place *out, bool *broken)
{
	static const char *const country[] = {"country", "iso_code", NULL};
	static const char *const registered[] = {"registered_country", "iso_code", NULL};
	static const char *const city[] = {"city", "names", "en", NULL};
	static const char *const lat[] = {"location", "latitude", NULL};
	static const char *const lon[] = {"location", "longitude", NULL};
	char code[8];
	if ((get_text(entry, code, sizeof code, country, broken) ||
	     get_text(entry, code, sizeof code, registered, broken)) &&
	    country_find(code) != NULL)
		memcpy(out->country, code, 3);
	get_text(entry, out->city, sizeof out->city, city, broken);
	out->lat = get_double(entry, lat, 90, broken);
	out->lon = get_double(entry, lon, 180, broken);
	if (isnan(out->lat) || isnan(out->lon))
		out->lat = out->lon = NAN;
}

static void read_network(MMDB_entry_s *entry, struct geo_place *out, bool *broken)
{
	static const char *const number[] = {"autonomous_system_number", NULL};
	static const char *const owner[] = {"autonomous_system_organization", NULL};
	MMDB_entry_data_s data;
	char name[128];
	if (!get(entry, &data, number, MMDB_DATA_TYPE_UINT32, broken))
		return;
	bool named = get_text(entry, name, sizeof name, owner, broken);
	snprintf(out->asn, sizeof out->asn, "AS%u%s%s", data.uint32, named ? " " : "", name);
}

/* ---- looking up -------------------------------------------------------------------- */

/* Under the lock. *broken: the database is, here. */
static void ask(const struct geo *g, enum geofile_kind kind, const struct sockaddr *sa, struct geo_place *out,
                bool *broken)
{
	int rc;
	MMDB_lookup_result_s found = MMDB_lookup_sockaddr(&g->file[kind]->db, sa, &rc);
	if (rc == MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR)
		return;
	*broken = rc != MMDB_SUCCESS;
	if (*broken || !found.found_entry)
		return;
	if (kind == GEOFILE_PLACES)
		read_place(&found.entry, out, broken);
	else
		read_network(&found.entry, out, broken);
}

static void note_broken(struct geo *g, enum geofile_kind kind, uint64_t generation)
{
	pthread_rwlock_wrlock(&g->lock);
	bool first = generation == g->generation && !g->broken[kind];
	if (first) {
		g->broken[kind] = true;
		log_warn(g->log, "geography: %s: the %s database is broken inside; it is not asked again",
		         g->file[kind]->path, geofile_kind_name(kind));
	}
	pthread_rwlock_unlock(&g->lock);
}

static void clear(struct geo_place *out)
{
	memset(out, 0, sizeof *out);
	out->lat = out->lon = NAN;
	out->built_s = US_NONE;
}

bool geo_find(struct geo *g, const struct sockaddr *sa, struct geo_place *out)
{
	struct sockaddr_storage plain;
	bool broken[GEOFILE_KINDS] = {false};
	clear(out);
	listen_unmap(sa, &plain);

	pthread_rwlock_rdlock(&g->lock);
	uint64_t generation = g->generation;
	for (int k = 0; k < GEOFILE_KINDS; k++) {
		if (g->file[k] == NULL || g->broken[k])
			continue;
		struct geo_place found = *out;
		ask(g, (enum geofile_kind)k, (const struct sockaddr *)&plain, &found, &broken[k]);
		/* What a record that is broken says isn't believed in parts. */
		if (!broken[k])
			*out = found;
		if (!broken[k] && k == GEOFILE_PLACES)
			out->built_s = g->file[k]->built_s;
	}
	pthread_rwlock_unlock(&g->lock);

	for (int k = 0; k < GEOFILE_KINDS; k++)
		if (broken[k])
			note_broken(g, (enum geofile_kind)k, generation);
	return out->country[0] != '\0' || out->city[0] != '\0' || !isnan(out->lat) || out->asn[0] != '\0';
}

bool geo_find_text(struct geo *g, const char *addr, struct geo_place *out)
{
	struct sockaddr_in four = {.sin_family = AF_INET};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	clear(out);
	if (inet_pton(AF_INET, addr, &four.sin_addr) == 1)
		return geo_find(g, (const struct sockaddr *)&four, out);
	return inet_pton(AF_INET6, addr, &six.sin6_addr) == 1 &&
	       geo_find(g, (const struct sockaddr *)&six, out);
}
