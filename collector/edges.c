#include "collector/edges.h"

#include <arpa/inet.h>
#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"

struct known {
	char addr[INET6_ADDRSTRLEN]; /* "": a free place of the table */
	bool asked;
	uint64_t generation;         /* of the databases that were asked */
};

struct edges {
	const struct log *log;
	struct known *at;            /* open addressing; cap is a power of two */
	size_t len, cap;
	size_t next;                 /* where the search for the next one to ask goes on */
	size_t left;                 /* to be asked, those that are new or of another generation */
	uint64_t generation;         /* that `left` is about */
	bool full;                   /* a warning was given */
};

struct edges *edges_new(const struct log *log)
{
	struct edges *e = calloc(1, sizeof *e);
	if (e != NULL)
		e->log = log;
	return e;
}

void edges_free(struct edges *e)
{
	if (e != NULL) {
		free(e->at);
		free(e);
	}
}

/* ---- the table -------------------------------------------------------------------- */

static size_t slot_of(const struct known *at, size_t cap, const char *addr)
{
	size_t i = (size_t)hash64(HASH64_INIT, addr, strlen(addr)) & (cap - 1);
	while (at[i].addr[0] != '\0' && strcmp(at[i].addr, addr) != 0)
		i = (i + 1) & (cap - 1);
	return i;
}

static bool grow(struct edges *e)
{
	size_t cap = e->cap == 0 ? 256 : e->cap * 2;
	struct known *more = calloc(cap, sizeof *more);
	if (more == NULL)
		return false;
	for (size_t i = 0; i < e->cap; i++)
		if (e->at[i].addr[0] != '\0')
			more[slot_of(more, cap, e->at[i].addr)] = e->at[i];
	free(e->at);
	e->at = more;
	e->cap = cap;
	e->next = 0;
	return true;
}

/* An address, and not some other text that a probe may send. */
static bool is_address(const char *text)
{
	struct in6_addr any;
	return strlen(text) < INET6_ADDRSTRLEN &&
	       (inet_pton(AF_INET, text, &any) == 1 || inet_pton(AF_INET6, text, &any) == 1);
}

static bool note(struct edges *e, const char *addr)
{
	if (e->cap > 0 && strlen(addr) < INET6_ADDRSTRLEN &&
	    e->at[slot_of(e->at, e->cap, addr)].addr[0] != '\0')
		return true;
	if (!is_address(addr))
		return true;
	if (e->len >= EDGES_MAX) {
		if (!e->full)
			log_warn(e->log, "geography: %d addresses have answered; further ones are not looked up",
			         EDGES_MAX);
		e->full = true;
		return true;
	}
	if (e->len * 2 >= e->cap && !grow(e))
		return false;
	struct known *k = &e->at[slot_of(e->at, e->cap, addr)];
	memcpy(k->addr, addr, strlen(addr) + 1);
	e->len++;
	e->left++;
	return true;
}

static int load_one(void *ctx, const struct store_place *place, struct err *err)
{
	return note(ctx, place->addr) ? 0 : err_nomem(err);
}

int edges_load(struct edges *e, struct store *s, struct err *err)
{
	return store_scan_places(s, load_one, e, err);
}

bool edges_add(struct edges *e, const struct batch *b)
{
	for (size_t i = 0; i < b->samples.len; i++) {
		const struct sample *s = &b->samples.at[i];
		if (s->addr != NULL && s->addr[0] != '\0' && s->node == NULL && s->role != ROLE_CANDIDATE &&
		    s->error == NEL_OK && !note(e, s->addr))
			return false;
	}
	return true;
}

/* ---- asking ------------------------------------------------------------------------ */

static bool must_ask(const struct known *k, uint64_t generation)
{
	return k->addr[0] != '\0' && (!k->asked || k->generation != generation);
}

bool edges_pending(const struct edges *e, struct geo *geo)
{
	return e->left > 0 || (e->len > 0 && geo_generation(geo) != e->generation);
}

static const char *or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

int edges_step(struct edges *e, struct store *s, struct geo *geo, int64_t now_us, struct err *err)
{
	uint64_t generation = geo_generation(geo);
	struct geo_place found[EDGES_STEP];
	struct store_place places[EDGES_STEP];
	struct known *asked[EDGES_STEP];
	size_t n = 0;
	if (generation != e->generation) {
		e->generation = generation;
		e->left = e->len;
	}
	for (size_t seen = 0; seen < e->cap && n < EDGES_STEP; seen++, e->next = (e->next + 1) & (e->cap - 1)) {
		struct known *k = &e->at[e->next];
		if (!must_ask(k, generation))
			continue;
		geo_find_text(geo, k->addr, &found[n]);
		places[n] = (struct store_place){.addr = k->addr, .country = or_null(found[n].country),
		                                 .city = or_null(found[n].city), .lat = found[n].lat,
		                                 .lon = found[n].lon, .asn = or_null(found[n].asn),
		                                 .built_s = found[n].built_s, .found_us = now_us};
		asked[n++] = k;
	}
	int rc = store_put_places(s, places, n, err);
	if (rc != 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		asked[i]->asked = true;
		asked[i]->generation = generation;
	}
	e->left = n < EDGES_STEP ? 0 : e->left - n;
	return 0;
}
