#include "collector/geo.h"

#include <maxminddb.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/listen.h"
#include "lib/text.h"
#include "schema/country.h"
#include "schema/jsontext.h"

enum { CITY, ASN, KINDS };
static const char *const what[KINDS] = {"City or Country", "ASN or ISP"};

struct geo {
	const struct log *log;
	pthread_rwlock_t lock;
	MMDB_s *db[KINDS];   /* NULL: none */
	bool broken[KINDS];  /* a warning was given; not asked again (under lock, written as a flag) */
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

static void close_db(MMDB_s *db)
{
	if (db != NULL) {
		MMDB_close(db);
		free(db);
	}
}

void geo_free(struct geo *g)
{
	if (g == NULL)
		return;
	for (int k = 0; k < KINDS; k++)
		close_db(g->db[k]);
	pthread_rwlock_destroy(&g->lock);
	free(g);
}

static bool type_fits(const char *type, int kind)
{
	if (kind == CITY)
		return strstr(type, "City") != NULL || strstr(type, "Country") != NULL ||
		       strstr(type, "Enterprise") != NULL;
	return strstr(type, "ASN") != NULL || strstr(type, "ISP") != NULL;
}

static int open_db(const char *path, int kind, MMDB_s **out, struct err *err)
{
	MMDB_s *db = calloc(1, sizeof *db);
	if (db == NULL)
		return err_nomem(err);
	int rc = MMDB_open(path, MMDB_MODE_MMAP, db);
	if (rc != MMDB_SUCCESS) {
		free(db);
		return err_set(err, rc == MMDB_FILE_OPEN_ERROR ? LAT_NOINPUT : LAT_DATAERR, "%s: %s", path,
		               MMDB_strerror(rc));
	}
	if (!type_fits(db->metadata.database_type, kind)) {
		err_set(err, LAT_DATAERR, "%s: is a %.64s database, not a %s one", path,
		        db->metadata.database_type, what[kind]);
		close_db(db);
		return LAT_DATAERR;
	}
	*out = db;
	return 0;
}

int geo_check(const char *path, bool asn, struct err *err)
{
	MMDB_s *db = NULL;
	int rc = open_db(path, asn ? ASN : CITY, &db, err);
	close_db(db);
	return rc;
}

static void load_one(struct geo *g, int kind, const char *path)
{
	struct err err = {0};
	MMDB_s *fresh = NULL;
	if (path != NULL && open_db(path, kind, &fresh, &err) != 0) {
		log_warn(g->log, "geography: %s", err.text);
		return;
	}
	pthread_rwlock_wrlock(&g->lock);
	MMDB_s *old = g->db[kind];
	g->db[kind] = fresh;
	g->broken[kind] = false;
	g->generation++;
	pthread_rwlock_unlock(&g->lock);
	close_db(old);
}

void geo_load(struct geo *g, const char *city_path, const char *asn_path)
{
	load_one(g, CITY, city_path);
	load_one(g, ASN, asn_path);
}

uint64_t geo_generation(struct geo *g)
{
	pthread_rwlock_rdlock(&g->lock);
	uint64_t n = g->generation;
	pthread_rwlock_unlock(&g->lock);
	return n;
}

/* The database's text, cut at `size` and at a whole character; empty unless it is valid
 * UTF-8 without control characters: a broken database must get no further than here. */
static void copy_text(char *out, size_t size, const char *text, size_t len)
{
	bool bad = jsontext_utf8(text, len) != len;
	for (size_t i = 0; i < len && !bad; i++)
		bad = (unsigned char)text[i] < 0x20 || text[i] == 0x7f;
	if (len >= size)
		len = size - 1;
	if (bad)
		len = 0;
	memcpy(out, text, len);
	out[len] = '\0';
	out[text_cut(out, len)] = '\0';
}

static bool get_text(MMDB_entry_s *entry, char *out, size_t size, const char *const *path)
{
	MMDB_entry_data_s data;
	out[0] = '\0';
	if (MMDB_aget_value(entry, &data, path) != MMDB_SUCCESS || !data.has_data ||
	    data.type != MMDB_DATA_TYPE_UTF8_STRING)
		return false;
	copy_text(out, size, data.utf8_string, data.data_size);
	return out[0] != '\0';
}

static double get_double(MMDB_entry_s *entry, const char *const *path, double limit)
{
	MMDB_entry_data_s data;
	if (MMDB_aget_value(entry, &data, path) != MMDB_SUCCESS || !data.has_data ||
	    data.type != MMDB_DATA_TYPE_DOUBLE || !(fabs(data.double_value) <= limit))
		return NAN;
	return data.double_value;
}

static void read_place(MMDB_entry_s *entry, struct geo_place *out)
{
	static const char *const country[] = {"country", "iso_code", NULL};
	static const char *const registered[] = {"registered_country", "iso_code", NULL};
	static const char *const city[] = {"city", "names", "en", NULL};
	static const char *const lat[] = {"location", "latitude", NULL};
	static const char *const lon[] = {"location", "longitude", NULL};
	char code[8];
	if ((get_text(entry, code, sizeof code, country) || get_text(entry, code, sizeof code, registered)) &&
	    country_find(code) != NULL)
		memcpy(out->country, code, 3);
	get_text(entry, out->city, sizeof out->city, city);
	out->lat = get_double(entry, lat, 90);
	out->lon = get_double(entry, lon, 180);
	if (isnan(out->lat) || isnan(out->lon))
		out->lat = out->lon = NAN;
}

static void read_network(MMDB_entry_s *entry, struct geo_place *out)
{
	static const char *const number[] = {"autonomous_system_number", NULL};
	static const char *const owner[] = {"autonomous_system_organization", NULL};
	MMDB_entry_data_s data;
	char name[128];
	if (MMDB_aget_value(entry, &data, number) != MMDB_SUCCESS || !data.has_data ||
	    data.type != MMDB_DATA_TYPE_UINT32)
		return;
	bool named = get_text(entry, name, sizeof name, owner);
	snprintf(out->asn, sizeof out->asn, "AS%u%s%s", data.uint32, named ? " " : "", name);
}

/* Holds the lock. *failed: the database is broken there. */
static bool look_up(MMDB_s *db, const struct sockaddr *sa, MMDB_lookup_result_s *found, bool *failed)
{
	int rc;
	*found = MMDB_lookup_sockaddr(db, sa, &rc);
	*failed = rc != MMDB_SUCCESS && rc != MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR;
	return rc == MMDB_SUCCESS && found->found_entry;
}

bool geo_find(struct geo *g, const struct sockaddr *sa, struct geo_place *out)
{
	struct sockaddr_storage plain;
	MMDB_lookup_result_s found;
	bool failed[KINDS] = {false};
	memset(out, 0, sizeof *out);
	out->lat = out->lon = NAN;
	listen_unmap(sa, &plain);
	const struct sockaddr *addr = (const struct sockaddr *)&plain;

	pthread_rwlock_rdlock(&g->lock);
	uint64_t generation = g->generation;
	if (g->db[CITY] != NULL && !g->broken[CITY] && look_up(g->db[CITY], addr, &found, &failed[CITY]))
		read_place(&found.entry, out);
	if (g->db[ASN] != NULL && !g->broken[ASN] && look_up(g->db[ASN], addr, &found, &failed[ASN]))
		read_network(&found.entry, out);
	pthread_rwlock_unlock(&g->lock);

	for (int k = 0; k < KINDS; k++) {
		if (!failed[k])
			continue;
		pthread_rwlock_wrlock(&g->lock);
		bool first = generation == g->generation && !g->broken[k];
		if (first)
			g->broken[k] = true;
		pthread_rwlock_unlock(&g->lock);
		if (first)
			log_warn(g->log, "geography: the %s database is broken inside; it is not asked again",
			         what[k]);
	}
	return out->country[0] != '\0' || out->city[0] != '\0' || !isnan(out->lat) || out->asn[0] != '\0';
}
