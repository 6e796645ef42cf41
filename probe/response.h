/* What a response's headers say beside its body: who answered, from a cache or not, and
 * where a redirect points. Read after the transfer, when no timer runs. */
#ifndef LATLAS_PROBE_RESPONSE_H
#define LATLAS_PROBE_RESPONSE_H

#include <curl/curl.h>

struct fetch_result;

/* Fills edge, cache, age and location from the headers that libcurl kept. */
void response_read(CURL *easy, const char *edge_header, struct fetch_result *out);

#endif
