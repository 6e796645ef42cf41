/* What a response's headers say beside its body: who answered, from a cache or not, and
 * where a redirect points. Read after the transfer, when no timer runs. */
#ifndef LATLAS_PROBE_RESPONSE_H
#define LATLAS_PROBE_RESPONSE_H

#include <curl/curl.h>

struct fetch_result;

/* Fills edge, cache and location from the headers that libcurl kept. */
void response_read(CURL *easy, const char *edge_header, struct fetch_result *out);

/* "HIT" or "MISS", or NULL if the value says neither. X-Cache is a habit, not a standard
 * ("HIT", "Hit from cloudfront", "TCP_MISS", "MISS, HIT"); Cache-Status is RFC 9211
 * ("ExampleCache; hit", "OriginCache; hit, EdgeCache; fwd=miss"). In a list of several caches
 * the last is the one nearest to us. */
const char *response_x_cache(const char *value);
const char *response_cache_status(const char *value);

#endif
