/* Which edge answered, from its cache or not, and how old the copy was: what the headers of a
 * response say, in the forms that CDNs document.
 *
 *     Server-Timing     host;desc="cp3066", cdn-pop;desc="FRA56-P3"; cdn-cache;desc=HIT, cdn-cache-hit
 *     X-Served-By       cache-iad-kiad7000110-IAD, cache-fra-eddf8230060-FRA     (Fastly) -> FRA
 *     CF-Ray            230b030023ae2822-SJC                                  (Cloudflare) -> SJC
 *     X-Amz-Cf-Pop      FRA56-P3                                              (CloudFront)
 *     Via               1.1 varnish, 1.1 lon-1.example.net:80 (Varnish/6.0)    -> lon-1.example.net
 *     Cache-Status      RFC 9211;   CF-Cache-Status, X-Cache;   Age: RFC 9111, 5.1
 *
 * A place is preferred to a machine in it, since the edge is part of a series. In a list of several
 * caches the last is the one nearest to us. HIT means that it answered by itself, MISS that it had
 * to ask another one first, if only whether its copy was still good. Knows nothing of libcurl. */
#ifndef LATLAS_PROBE_EDGENAME_H
#define LATLAS_PROBE_EDGENAME_H

#include <stddef.h>
#include <stdint.h>

#define EDGENAME_TEXT 128

struct edgename {
	char edge[EDGENAME_TEXT]; /* one line of ASCII, cut if longer; "" */
	const char *cache;        /* "HIT", "MISS"; NULL: not told */
	int64_t age_s;            /* -1: not told */
};

/* The value of a header (names in any case); NULL: there is none. Of several lines of one name the
 * last. Good until the next call. */
typedef const char *edgename_get(void *ctx, const char *name);

/* `edge_header`: the operator's own, whose value is the name (of one of those above: what it says),
 * looked at first; may be NULL. */
void edgename_read(struct edgename *out, const char *edge_header, edgename_get *get, void *ctx);

/* A copy that is one line of ASCII: the bytes are a stranger's. */
void edgename_clean(char *out, size_t size, const char *value);

#endif
