#include "schema/audit.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/attr.h"

static int compare_name(const void *key, const void *item)
{
	return strcasecmp(key, *(const char *const *)item);
}

bool audit_header_volatile(const char *name)
{
	static const char *const names[] = { /* sorted */
		"age", "cache-status", "cf-cache-status", "cf-ray", "content-security-policy", "date",
		"expires", "nel", "report-to", "retry-after", "server-timing", "set-cookie", "traceparent",
		"x-amz-cf-id", "x-amz-cf-pop", "x-amz-id-2", "x-amz-request-id", "x-cache", "x-cache-hits",
		"x-cache-status", "x-correlation-id", "x-fastly-request-id", "x-proxy-cache",
		"x-ratelimit-remaining", "x-ratelimit-reset", "x-request-id", "x-runtime", "x-served-by",
		"x-timer", "x-trace-id", "x-varnish",
	};

	return bsearch(name, names, LAT_COUNT(names), sizeof names[0], compare_name) != NULL;
}

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* The next header from *at on that counts; NULL at the end. */
static const struct audit_header *next(const struct audit *a, size_t *at)
{
	while (*at < a->headers.len) {
		const struct audit_header *h = &a->headers.at[(*at)++];
		if (!audit_header_volatile(h->name == NULL ? "" : h->name))
			return h;
	}
	return NULL;
}

static bool same_headers(const struct audit *a, const struct audit *b)
{
	size_t i = 0, k = 0;

	for (;;) {
		const struct audit_header *x = next(a, &i), *y = next(b, &k);
		if (x == NULL || y == NULL)
			return x == y;
		if (!same_text(x->name == NULL ? "" : x->name, y->name == NULL ? "" : y->name)
		    || !same_text(x->value, y->value))
			return false;
	}
}

bool audit_same(const struct audit *a, const struct audit *b)
{
	return a->status == b->status && a->bytes == b->bytes && a->error == b->error
	       && a->error_phase == b->error_phase && a->cert_not_before == b->cert_not_before
	       && a->cert_not_after == b->cert_not_after && same_text(a->target_rev, b->target_rev)
	       && same_text(a->addr, b->addr) && same_text(a->edge, b->edge) && same_text(a->sha256, b->sha256)
	       && same_text(a->etag, b->etag) && same_text(a->cert_sha256, b->cert_sha256)
	       && same_text(a->chain, b->chain) && same_text(a->cert_subject, b->cert_subject)
	       && same_text(a->cert_issuer, b->cert_issuer) && same_text(a->cert_names, b->cert_names)
	       && same_headers(a, b);
}
