#include "probe/response.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "probe/fetch.h"

static const char *header(CURL *easy, const char *name)
{
	struct curl_header *h = NULL;
	if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &h) != CURLHE_OK)
		return NULL;
	/* The last of several lines of one name: list order, RFC 9110, 5.3. */
	size_t amount = h->amount;
	if (amount > 1 && curl_easy_header(easy, name, amount - 1, CURLH_HEADER, -1, &h) != CURLHE_OK)
		return NULL;
	return h->value;
}

/* A copy that is one line of ASCII: the bytes are a stranger's. */
static void copy_clean(char *out, size_t size, const char *value)
{
	snprintf(out, size, "%s", value);
	for (char *c = out; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f)
			*c = '?';
}

static const char *last_element(const char *value)
{
	const char *comma = strrchr(value, ',');
	return comma == NULL ? value : comma + 1;
}

const char *response_x_cache(const char *value)
{
	const char *last = last_element(value);
	if (strcasestr(last, "hit") != NULL)
		return "HIT";
	return strcasestr(last, "miss") != NULL ? "MISS" : NULL;
}

const char *response_cache_status(const char *value)
{
	/* Parameters stand behind semicolons; a quoted string may hold anything, but the two
	 * that are looked for are tokens. */
	for (const char *p = strchr(last_element(value), ';'); p != NULL; p = strchr(p, ';')) {
		p += 1 + strspn(p + 1, " \t");
		size_t len = strcspn(p, " \t;=");
		if (len == 3 && strncasecmp(p, "hit", 3) == 0)
			return "HIT";
		if (len == 3 && strncasecmp(p, "fwd", 3) == 0)
			return "MISS";
	}
	return NULL;
}

void response_read(CURL *easy, const char *edge_header, struct fetch_result *out)
{
	const char *value;
	if (edge_header != NULL && (value = header(easy, edge_header)) != NULL)
		copy_clean(out->edge, sizeof out->edge, value);
	if ((value = header(easy, "Location")) != NULL)
		copy_clean(out->location, sizeof out->location, value);
	if ((value = header(easy, "Cache-Status")) != NULL)
		out->cache = response_cache_status(value);
	if (out->cache == NULL && (value = header(easy, "X-Cache")) != NULL)
		out->cache = response_x_cache(value);
}
