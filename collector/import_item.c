/* One record's batch: its strings, its name, its identity. */
#include <ctype.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/import.h"
#include "lib/clock.h"
#include "lib/hash.h"
#include "lib/num.h"
#include "lib/text.h"
#include "schema/country.h"
#include "schema/jsontext.h"
#include "schema/wire.h"

#define US_2000 946684800000000 /* 2000-01-01T00:00:00Z */

struct import_item *import_item_new(const struct import *im)
{
	struct import_item *item = calloc(1, sizeof *item);

	if (item == NULL)
		return NULL;
	item->batch.timeout_ms = WIRE_DEFAULT_TIMEOUT_MS;
	item->batch.round_ok = item->batch.cpu_us = item->batch.rss_kib = item->batch.duration_us = US_NONE;
	item->vantage = (struct probe_row){.lat = NAN, .lon = NAN, .network = im->s->vantage.network,
	                                   .source = import_format_name(im->s->format),
	                                   .enrolled_us = im->s->now_us, .last_seen_us = US_NONE,
	                                   .last_skew_us = STORE_NO_SKEW};
	return item;
}

void import_item_free(struct import_item *item)
{
	if (item == NULL)
		return;
	batch_free(&item->batch);
	free(item);
}

const char *import_text(struct import_item *item, const char *text, bool *ok)
{
	if (text == NULL || text[0] == '\0')
		return NULL;
	/* Valid UTF-8 only: what was cut elsewhere may end within a character. */
	size_t len = jsontext_utf8(text, strnlen(text, WIRE_MAX_STRING));
	char *copy = arena_strn(&item->batch.arena, text, len);
	if (copy == NULL)
		*ok = false;
	else
		text_clean(copy);
	return copy;
}

struct sample *import_item_sample(struct import_item *item, int64_t t_us)
{
	struct sample *s = vec_add(&item->batch.samples);

	if (s == NULL)
		return NULL;
	*s = sample_absent;
	s->seq = (uint32_t)(item->batch.samples.len - 1);
	s->t_us = t_us;
	if (item->batch.samples.len == 1)
		item->batch.started_us = t_us;
	return s;
}

struct audit *import_item_audit(struct import_item *item, int64_t t_us)
{
	struct audit *a = vec_add(&item->batch.audits);

	if (a == NULL)
		return NULL;
	*a = audit_absent;
	a->t_us = t_us;
	return a;
}

bool import_item_name(struct import_item *item, const char *prefix, const char *text)
{
	char name[NAME_MAX_LEN + 1], hash[HASH64_TEXT];
	size_t len = (size_t)snprintf(name, sizeof name, "%s", prefix);
	bool lost = false;

	for (const char *p = text; *p != '\0'; p++) {
		bool fits = isalnum((unsigned char)*p) || *p == '.' || *p == '_' || *p == '-';
		bool blank = *p == ' ' && name[len - 1] != '-';
		lost = lost || !(fits || blank) || len >= sizeof name - 1;
		if (len < sizeof name - 1 && (fits || name[len - 1] != '-'))
			name[len++] = fits ? *p : '-';
	}
	if (lost) {
		/* "." and eight digits: enough to keep apart what looks alike. */
		hash64_hex(hash64(HASH64_INIT, text, strlen(text)), hash);
		if (len > sizeof name - 10)
			len = sizeof name - 10;
		len += (size_t)snprintf(name + len, sizeof name - len, ".%.8s", hash);
	}
	item->vantage.name = item->batch.probe = arena_strn(&item->batch.arena, name, len);
	return item->batch.probe != NULL;
}

bool import_place_by_address(const struct import *im, struct import_item *item, const char *addr)
{
	struct geo_place place;
	bool ok = true;

	if (im->s->geo == NULL || addr == NULL || !geo_find_text(im->s->geo, addr, &place))
		return true;
	item->vantage.asn = import_text(item, place.asn, &ok);
	/* A database may have codes that are no country (AP, EU): such a place is no place to us. */
	if (country_find(place.country) != NULL) {
		item->vantage.country = import_text(item, place.country, &ok);
		item->vantage.city = import_text(item, place.city, &ok);
		item->vantage.lat = place.lat;
		item->vantage.lon = place.lon;
		item->vantage.place_source = "geo";
		item->vantage.geo_built_s = place.built_s;
	}
	return ok;
}

/* ---- numbers -------------------------------------------------------------------- */

int64_t import_us(double ms)
{
	double us = ms * US_PER_MS;

	return us >= 0 && us <= (double)US_PER_DAY ? llround(us) : US_NONE;
}

double import_number(const struct json *j, const char *key)
{
	const struct json *m = json_get(j, key);
	double x = NAN;

	if (m != NULL && m->type == JSON_NUMBER)
		return m->number;
	if (m != NULL && m->type == JSON_STRING && num_parse_double(m->string, key, -1e15, 1e15, &x, NULL) == 0)
		return x;
	return NAN;
}

int64_t import_time(const char *text)
{
	struct wall w;

	/* wall_parse() takes durations, too; a date has dashes. */
	if (text == NULL || strchr(text, '-') == NULL || wall_parse(text, (struct wall){0}, &w, NULL) != 0)
		return US_NONE;
	return w.us;
}

bool import_is_address(const char *host)
{
	return strchr(host, ':') != NULL || host[strspn(host, "0123456789.")] == '\0';
}

bool import_moment(struct import *im, int64_t t_us)
{
	char text[WALL_TEXT];

	if (t_us >= US_2000 && t_us <= im->s->now_us + US_PER_HOUR)
		return true;
	if (t_us == US_NONE)
		import_leave(im, "it does not say when it was measured");
	else
		import_leave(im, "measured at %s, which is before 2000 or yet to come",
		             wall_format((struct wall){t_us < 0 ? 0 : t_us}, text));
	return false;
}

/* ---- identity ------------------------------------------------------------------- */

/* A record is the same however it is written: members in any order, blanks anywhere. So what is
 * hashed is its tree, with members in the order of their keys; each value begins with a letter
 * for its type and ends with a NUL, which no string can hold. */
static bool hash_json(gnutls_hash_hd_t h, const struct json *j);

static bool hash_text(gnutls_hash_hd_t h, char type, const char *text)
{
	return gnutls_hash(h, &type, 1) == 0 && gnutls_hash(h, text, strlen(text) + 1) == 0;
}

static int by_key(const void *a, const void *b)
{
	return strcmp((*(const struct json *const *)a)->key, (*(const struct json *const *)b)->key);
}

static bool hash_object(gnutls_hash_hd_t h, const struct json *j)
{
	const struct json **members = malloc((j->children + 1) * sizeof *members);
	size_t n = 0;

	if (members == NULL)
		return false;
	for (const struct json *m = j->child; m != NULL; m = m->next)
		members[n++] = m;
	qsort(members, n, sizeof *members, by_key);
	bool ok = hash_text(h, '{', "");
	for (size_t i = 0; ok && i < n; i++)
		ok = hash_text(h, 'k', members[i]->key) && hash_json(h, members[i]);
	free(members);
	return ok && hash_text(h, '}', "");
}

static bool hash_json(gnutls_hash_hd_t h, const struct json *j)
{
	char number[40];
	bool ok = true;

	if (j == NULL)
		return hash_text(h, '-', "");
	switch (j->type) {
	case JSON_NULL: return hash_text(h, '0', "");
	case JSON_FALSE: return hash_text(h, 'f', "");
	case JSON_TRUE: return hash_text(h, 't', "");
	case JSON_NUMBER:
		snprintf(number, sizeof number, "%.17g", j->number);
		return hash_text(h, 'n', number);
	case JSON_STRING: return hash_text(h, 's', j->string);
	case JSON_OBJECT: return hash_object(h, j);
	case JSON_ARRAY: break;
	}
	ok = hash_text(h, '[', "");
	for (const struct json *e = j->child; ok && e != NULL; e = e->next)
		ok = hash_json(h, e);
	return ok && hash_text(h, ']', "");
}

/* RFC 9562, section 5.8: a UUID whose bits are ours to define, but for version and variant. */
static void make_uuid(const uint8_t hash[32], char uuid[37])
{
	static const char digits[] = "0123456789abcdef";
	char *p = uuid;

	for (int i = 0; i < 16; i++) {
		uint8_t b = i == 6 ? (uint8_t)(0x80 | (hash[i] & 0x0f))
		            : i == 8 ? (uint8_t)(0x80 | (hash[i] & 0x3f)) : hash[i];
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = digits[b >> 4];
		*p++ = digits[b & 15];
	}
	*p = '\0';
}

/* The digest tells two readings of one record apart: as another target, say. Not in it is what may
 * change without anybody's meaning it: the plan's revision, a file's time. */
static bool make_digest(struct import_item *item, const uint8_t identity[32])
{
	gnutls_hash_hd_t h;
	bool ok = gnutls_hash_init(&h, GNUTLS_DIG_SHA256) == 0;

	if (!ok)
		return false;
	ok = gnutls_hash(h, identity, 32) == 0;
	for (size_t i = 0; ok && i < item->batch.samples.len; i++) {
		const struct sample *s = &item->batch.samples.at[i];
		ok = hash_text(h, 't', s->target) && hash_text(h, 'n', s->node == NULL ? "" : s->node)
		     && hash_text(h, 'r', role_name(s->role));
	}
	gnutls_hash_deinit(h, item->digest);
	return ok;
}

/* The first of equal ones is named as if it were the only one: a file that has grown by the second. */
static bool tell_apart(struct import *im, uint8_t identity[32])
{
	gnutls_hash_hd_t h;
	char number[24];
	uint64_t nth;

	if (!import_repeats_nth(&im->repeats, identity, &nth))
		return false;
	if (nth == 0)
		return true;
	if (gnutls_hash_init(&h, GNUTLS_DIG_SHA256) != 0)
		return false;
	snprintf(number, sizeof number, "%llu", (unsigned long long)nth);
	bool ok = gnutls_hash(h, identity, 32) == 0 && hash_text(h, 'N', number);
	gnutls_hash_deinit(h, identity);
	return ok;
}

static bool identify(struct import *im, struct import_item *item, const struct json *const *parts, size_t n,
                     const char *const *words, size_t n_words)
{
	uint8_t identity[32];
	gnutls_hash_hd_t h;

	if (gnutls_hash_init(&h, GNUTLS_DIG_SHA256) != 0)
		return false;
	bool ok = hash_text(h, 'F', import_format_name(im->s->format)) && hash_text(h, 'V', item->batch.probe);
	for (size_t i = 0; ok && i < n; i++)
		ok = hash_json(h, parts[i]);
	for (size_t i = 0; ok && i < n_words; i++)
		ok = hash_text(h, 'w', words[i] == NULL ? "" : words[i]);
	gnutls_hash_deinit(h, identity);
	ok = ok && (!item->repeats || tell_apart(im, identity));
	if (ok)
		make_uuid(identity, item->batch.uuid);
	return ok && make_digest(item, identity);
}

/* A failure counts as the timeout, which must lie above every success. */
static void raise_timeout(struct batch *b)
{
	for (size_t i = 0; i < b->samples.len; i++) {
		int64_t total = sample_total_us(&b->samples.at[i]);
		if (total != US_NONE && total / US_PER_MS >= b->timeout_ms)
			b->timeout_ms = total / US_PER_MS + 1;
	}
}

int import_item_done(struct import *im, struct import_item *item, const struct json *const *parts, size_t n,
                     const char *const *words, size_t n_words, struct err *err)
{
	raise_timeout(&item->batch);
	if (!identify(im, item, parts, n, words, n_words)) {
		import_item_free(item);
		return err_nomem(err);
	}
	if (!import_places_find(im->s->places, &item->vantage, &item->batch.arena)) {
		import_item_free(item);
		return err_nomem(err);
	}
	return im->take(im->ctx, item, err);
}
