#include "collector/seen.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/listen.h"
#include "lib/text.h"
#include "lib/vec.h"

struct seen_probe {
	char name[65], version[SEEN_TEXT], boot[SEEN_TEXT];
	int64_t at_us, skew_us, dropped, rejected;
	bool pending;
	struct sockaddr_storage peer;   /* of the last push, port 0 */
	struct sockaddr_storage placed; /* the address whose place was looked up last */
	uint64_t generation;            /* of the geo databases then */
};

struct seen {
	VEC(struct seen_probe) probes; /* in the order of their first push; as many as have tokens */
	size_t pending;
};

struct seen *seen_new(void)
{
	return calloc(1, sizeof(struct seen));
}

void seen_free(struct seen *s)
{
	if (s == NULL)
		return;
	vec_free(&s->probes);
	free(s);
}

static struct seen_probe *find(struct seen *s, const char *name)
{
	for (size_t i = 0; i < s->probes.len; i++)
		if (strcmp(s->probes.at[i].name, name) == 0)
			return &s->probes.at[i];
	struct seen_probe *p = vec_add(&s->probes);
	if (p != NULL)
		snprintf(p->name, sizeof p->name, "%s", name);
	return p; /* zeroed */
}

/* The address without its port, so that two connections compare equal. */
static void address_of(const struct sockaddr *sa, struct sockaddr_storage *out)
{
	listen_unmap(sa, out);
	if (out->ss_family == AF_INET)
		((struct sockaddr_in *)out)->sin_port = 0;
	else if (out->ss_family == AF_INET6)
		((struct sockaddr_in6 *)out)->sin6_port = 0;
}

/* Cut at a whole character; NULL leaves what is there. */
static void copy_text(char out[SEEN_TEXT], const char *text)
{
	if (text != NULL) {
		snprintf(out, SEEN_TEXT, "%s", text);
		out[text_cut(text, strlen(out))] = '\0';
	}
}

bool seen_add(struct seen *s, const struct batch *b, bool again, int64_t at_us, int64_t skew_us,
              const struct sockaddr *peer)
{
	struct seen_probe *p = find(s, b->probe);
	if (p == NULL)
		return false;
	/* What this push doesn't tell, the one before may have. */
	copy_text(p->version, b->version);
	copy_text(p->boot, b->boot);
	if (skew_us != STORE_NO_SKEW || !p->pending)
		p->skew_us = skew_us;
	p->at_us = at_us;
	if (!again) {
		p->dropped += b->dropped;
		p->rejected += b->rejected;
	}
	address_of(peer, &p->peer);
	if (!p->pending)
		s->pending++;
	p->pending = true;
	return true;
}

bool seen_pending(const struct seen *s)
{
	return s->pending > 0;
}

static int write_rows(struct seen *s, struct registry *r, struct err *err)
{
	VEC(struct registry_seen) rows = {0};
	int rc = 0;
	for (size_t i = 0; i < s->probes.len && rc == 0; i++) {
		const struct seen_probe *p = &s->probes.at[i];
		if (!p->pending)
			continue;
		struct registry_seen *row = vec_add(&rows);
		if (row == NULL)
			rc = err_nomem(err);
		else
			*row = (struct registry_seen){.probe = p->name, .at_us = p->at_us,
			                              .version = p->version[0] != '\0' ? p->version : NULL,
			                              .boot = p->boot[0] != '\0' ? p->boot : NULL,
			                              .skew_us = p->skew_us, .dropped = p->dropped,
			                              .rejected = p->rejected};
	}
	if (rc == 0)
		rc = registry_seen(r, rows.at, rows.len, err);
	vec_free(&rows);
	return rc;
}

static int place(struct seen_probe *p, struct registry *r, struct geo *geo, struct err *err)
{
	struct geo_place found;
	uint64_t generation = geo_generation(geo);
	if (p->generation == generation && memcmp(&p->placed, &p->peer, sizeof p->peer) == 0)
		return 0;
	if (geo_find(geo, (const struct sockaddr *)&p->peer, &found)) {
		const struct registry_place where = {.country = found.country[0] != '\0' ? found.country : NULL,
		                                     .city = found.city[0] != '\0' ? found.city : NULL,
		                                     .lat = found.lat, .lon = found.lon,
		                                     .asn = found.asn[0] != '\0' ? found.asn : NULL,
		                                     .built_s = found.built_s};
		int rc = registry_set_place(r, p->name, &where, err);
		if (rc != 0)
			return rc;
	}
	p->placed = p->peer;
	p->generation = generation;
	return 0;
}

int seen_flush(struct seen *s, struct registry *r, struct geo *geo, struct err *err)
{
	if (s->pending == 0)
		return 0;
	int rc = write_rows(s, r, err);
	if (rc != 0)
		return rc;
	for (size_t i = 0; i < s->probes.len; i++) {
		struct seen_probe *p = &s->probes.at[i];
		if (!p->pending)
			continue;
		p->dropped = p->rejected = 0;
		p->pending = false;
		s->pending--;
		int placed = geo != NULL ? place(p, r, geo, err) : 0;
		if (rc == 0)
			rc = placed; /* tried again with the probe's next push */
	}
	return rc;
}
