#include "schema/sample.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/attr.h"
#include "lib/clock.h"
#include "lib/hash.h"

static const char *const roles[] = {
	[ROLE_CDN] = "cdn",
	[ROLE_BASELINE] = "baseline",
	[ROLE_CANDIDATE] = "candidate",
};
_Static_assert(LAT_COUNT(roles) == ROLES, "every role has a name");

static const char *const dns_caches[] = {
	[DNS_CACHE_NONE] = NULL,
	[DNS_CACHE_HIT] = "hit",
	[DNS_CACHE_MISS] = "miss",
	[DNS_CACHE_UNKNOWN] = "unknown",
};

static const char *const kinds[] = {
	[KIND_COLD] = "cold",
	[KIND_RARE] = "rare",
	[KIND_DNS_ONLY] = "dns-only",
};
_Static_assert(LAT_COUNT(kinds) == SERIES_KINDS, "every kind has a name");

const struct sample sample_absent = {
	.ttl = US_NONE, .dns_tries = US_NONE, .ecs_scope = US_NONE,
	.dns_us = US_NONE, .tcp_us = US_NONE, .tls_us = US_NONE, .wait_us = US_NONE, .body_us = US_NONE,
	.min_rtt_us = US_NONE, .syn_rtt_us = US_NONE, .retrans = US_NONE, .lag_us = US_NONE,
	.status = US_NONE, .bytes = US_NONE, .age_s = US_NONE,
};

const struct audit audit_absent = {
	.status = US_NONE, .bytes = US_NONE, .cert_not_before = US_NONE, .cert_not_after = US_NONE,
	.clock_skew_us = US_NONE,
};

const char *series_kind_name(enum series_kind k)
{
	return (unsigned)k < SERIES_KINDS ? kinds[k] : "unknown";
}

int series_kind_of(const char *name)
{
	for (int i = 0; name != NULL && i < SERIES_KINDS; i++)
		if (strcmp(kinds[i], name) == 0)
			return i;
	return -1;
}

const char *role_name(enum role role)
{
	return (unsigned)role < ROLES ? roles[role] : "unknown";
}

int role_of(const char *name)
{
	for (int i = 0; name != NULL && i < ROLES; i++)
		if (strcmp(roles[i], name) == 0)
			return i;
	return -1;
}

const char *dns_cache_name(enum dns_cache c)
{
	return (unsigned)c < LAT_COUNT(dns_caches) ? dns_caches[c] : NULL;
}

int dns_cache_of(const char *name)
{
	if (name == NULL)
		return DNS_CACHE_NONE;
	for (size_t i = DNS_CACHE_HIT; i < LAT_COUNT(dns_caches); i++)
		if (strcmp(dns_caches[i], name) == 0)
			return (int)i;
	return -1;
}

bool sample_name_ok(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t len = strspn(name, allowed);

	return len >= 1 && len <= NAME_MAX_LEN && name[len] == '\0';
}

void batch_free(struct batch *b)
{
	for (size_t i = 0; i < b->audits.len; i++)
		vec_free(&b->audits.at[i].headers);
	vec_free(&b->audits);
	vec_free(&b->samples);
	arena_free(&b->arena);
	memset(b, 0, sizeof *b);
}

/* Where the kernel has no randomness to give (a seccomp filter, a kernel before 3.17) a
 * UUID that is only unlikely to collide is still better than no batch: it is a key, not
 * a secret. */
static void poor_random(unsigned char *out, size_t len)
{
	struct mono mono = mono_now();
	struct wall wall = wall_now();
	uint64_t h = hash64(hash64(HASH64_INIT, &mono, sizeof mono), &wall, sizeof wall);
	const void *stack = &mono;

	h = hash64(h, &stack, sizeof stack);
	for (size_t i = 0; i < len; i++) {
		h = hash64(h, &i, sizeof i);
		out[i] = (unsigned char)(h >> 32);
	}
}

void batch_new_uuid(char uuid[37])
{
	unsigned char r[16];
	ssize_t got;

	do
		got = getrandom(r, sizeof r, 0);
	while (got < 0 && errno == EINTR);
	if (got != (ssize_t)sizeof r)
		poor_random(r, sizeof r);
	/* RFC 9562, section 5.4: version 4 in octet 6, variant 10 in octet 8. */
	r[6] = (unsigned char)((r[6] & 0x0f) | 0x40);
	r[8] = (unsigned char)((r[8] & 0x3f) | 0x80);
	snprintf(uuid, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
	         r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7],
	         r[8], r[9], r[10], r[11], r[12], r[13], r[14], r[15]);
}

static int64_t or_zero(int64_t us)
{
	return us == US_NONE ? 0 : us;
}

int64_t sample_ttfb_us(const struct sample *s)
{
	if (s->error != NEL_OK || s->wait_us == US_NONE)
		return US_NONE;
	return or_zero(s->dns_us) + or_zero(s->tcp_us) + or_zero(s->tls_us) + s->wait_us;
}

int64_t sample_total_us(const struct sample *s)
{
	int64_t ttfb = sample_ttfb_us(s);

	if (ttfb == US_NONE || s->body_us == US_NONE)
		return US_NONE;
	return ttfb + s->body_us;
}

int64_t sample_server_us(const struct sample *s)
{
	if (s->wait_us == US_NONE || s->min_rtt_us == US_NONE)
		return US_NONE;
	return s->wait_us > s->min_rtt_us ? s->wait_us - s->min_rtt_us : 0;
}
