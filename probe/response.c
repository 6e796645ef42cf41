#include "probe/response.h"

#include <string.h>

#include "probe/edgename.h"
#include "probe/fetch.h"

/* An edgename_get; also of several headers in one name the last: list order, RFC 9110, 5.3. */
static const char *header(void *easy, const char *name)
{
	struct curl_header *h = NULL;
	if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &h) != CURLHE_OK)
		return NULL;
	size_t amount = h->amount;
	if (amount > 1 && curl_easy_header(easy, name, amount - 1, CURLH_HEADER, -1, &h) != CURLHE_OK)
		return NULL;
	return h->value;
}

void response_read(CURL *easy, const char *edge_header, struct fetch_result *out)
{
	struct edgename who;
	edgename_read(&who, edge_header, header, easy);
	memcpy(out->edge, who.edge, sizeof out->edge);
	out->cache = who.cache;
	out->age_s = who.age_s;
	const char *location = header(easy, "Location");
	if (location != NULL)
		edgename_clean(out->location, sizeof out->location, location);
}
