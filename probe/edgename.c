#include "probe/edgename.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/attr.h"

/* ---- pieces of a value ------------------------------------------------------------------ */

struct piece { const char *at; size_t len; };

static struct piece trimmed(const char *at, size_t len)
{
	while (len > 0 && (at[0] == ' ' || at[0] == '\t'))
		at++, len--;
	while (len > 0 && (at[len - 1] == ' ' || at[len - 1] == '\t'))
		len--;
	return (struct piece){ at, len };
}

/* Up to `mark`, but not one within quotes (RFC 9110, 5.6.4) or a comment (5.6.5). */
static size_t span_to(const char *at, size_t len, char mark)
{
	bool quoted = false;
	int depth = 0;
	for (size_t i = 0; i < len; i++) {
		if (at[i] == '\\' && (quoted || depth > 0))
			i++;
		else if (at[i] == '"' && depth == 0)
			quoted = !quoted;
		else if (at[i] == '(' && !quoted)
			depth++;
		else if (at[i] == ')' && !quoted && depth > 0)
			depth--;
		else if (at[i] == mark && !quoted && depth == 0)
			return i;
	}
	return len;
}

/* The next part in front of `mark`; false at the end. */
static bool next_piece(struct piece *rest, char mark, struct piece *out)
{
	if (rest->at == NULL)
		return false;
	size_t n = span_to(rest->at, rest->len, mark);
	*out = trimmed(rest->at, n);
	*rest = n < rest->len ? (struct piece){ rest->at + n + 1, rest->len - n - 1 } : (struct piece){0};
	return true;
}

static struct piece last_element(const char *value)
{
	struct piece rest = { value, strlen(value) }, element, last = { value, 0 };
	while (next_piece(&rest, ',', &element))
		if (element.len > 0)
			last = element;
	return last;
}

static bool is(struct piece p, const char *word)
{
	return p.len == strlen(word) && strncasecmp(p.at, word, p.len) == 0;
}

static bool contains(struct piece p, const char *word)
{
	size_t n = strlen(word);
	for (size_t i = 0; i + n <= p.len; i++)
		if (strncasecmp(p.at + i, word, n) == 0)
			return true;
	return false;
}

static struct piece unquoted(struct piece p)
{
	if (p.len >= 2 && p.at[0] == '"' && p.at[p.len - 1] == '"')
		return (struct piece){ p.at + 1, p.len - 2 };
	return p;
}

static void copy_piece(char *out, size_t size, struct piece p)
{
	size_t n = p.len < size - 1 ? p.len : size - 1;
	for (size_t i = 0; i < n; i++)
		out[i] = (unsigned char)p.at[i] < 0x20 || (unsigned char)p.at[i] >= 0x7f ? '?' : p.at[i];
	out[n] = '\0';
}

void edgename_clean(char *out, size_t size, const char *value)
{
	copy_piece(out, size, (struct piece){ value, strlen(value) });
}

/* ---- from the cache or not ---------------------------------------------------------------- */

/* One word or phrase of those that caches have for it. */
static const char *cache_word(struct piece p)
{
	/* These asked for the object, or whether it was still good, before they answered. */
	static const char *const asked[] = { "miss", "refresh", "revalidated", "expired", "bypass", "dynamic", "pass" };
	for (size_t i = 0; i < LAT_COUNT(asked); i++)
		if (contains(p, asked[i]))
			return "MISS";
	return contains(p, "hit") || is(p, "stale") || is(p, "updating") ? "HIT" : NULL;
}

/* "HIT from compass.example.net" (Squid's form, and others'): behind "from" stands a name, in which any
 * word may hide. */
static const char *cache_list(const char *value)
{
	struct piece p = last_element(value), rest = p, word;
	for (size_t at = 0; next_piece(&rest, ' ', &word); at = (size_t)(word.at - p.at) + word.len)
		if (is(word, "from"))
			p.len = at;
	return cache_word(p);
}

/* RFC 9211: the cache's name, and behind semicolons what it did. */
static const char *cache_status(const char *value)
{
	struct piece rest = last_element(value), part;
	next_piece(&rest, ';', &part);
	while (next_piece(&rest, ';', &part)) {
		struct piece key = trimmed(part.at, span_to(part.at, part.len, '='));
		if (is(key, "hit") && (key.len == part.len || !contains(part, "=?0"))) /* a Boolean */
			return "HIT";
		if (is(key, "fwd"))
			return "MISS";
	}
	return NULL;
}

/* ---- who ------------------------------------------------------------------------------------ */

/* The description of one metric of Server-Timing (W3C); empty if it has none. */
static struct piece description(struct piece params)
{
	struct piece part;
	while (next_piece(&params, ';', &part)) {
		size_t eq = span_to(part.at, part.len, '=');
		if (eq < part.len && is(trimmed(part.at, eq), "desc"))
			return unquoted(trimmed(part.at + eq + 1, part.len - eq - 1));
	}
	return (struct piece){ "", 0 };
}

static void read_server_timing(const char *value, struct piece *edge, const char **cache)
{
	static const char *const names[] = { "cdn-pop", "pop", "host", "edge", "cdn-edge", "node" };
	static const char *const caches[] = { "cdn-cache", "cache", "cfCacheStatus" };
	struct piece rest = { value, strlen(value) }, metric, name;
	size_t best = LAT_COUNT(names);
	while (next_piece(&rest, ',', &metric)) {
		next_piece(&metric, ';', &name);
		struct piece desc = description(metric);
		for (size_t i = 0; i < best && desc.len > 0; i++)
			if (is(name, names[i])) {
				*edge = desc;
				best = i;
			}
		for (size_t i = 0; i < LAT_COUNT(caches); i++)
			if (is(name, caches[i]) && cache_word(desc) != NULL)
				*cache = cache_word(desc);
		if (is(name, "cdn-cache-hit"))
			*cache = "HIT";
		else if (is(name, "cdn-cache-miss") || is(name, "cdn-cache-refresh"))
			*cache = "MISS";
	}
}

static struct piece by_server_timing(const char *value)
{
	struct piece edge = { "", 0 };
	const char *unused = NULL;
	read_server_timing(value, &edge, &unused);
	return edge;
}

/* "cache-fra-eddf8230060-FRA": the place; anything else as it is. */
static struct piece by_served_by(const char *value)
{
	struct piece p = last_element(value);
	if (p.len < 10 || strncmp(p.at, "cache-", 6) != 0 || p.at[p.len - 4] != '-')
		return p;
	for (size_t i = p.len - 3; i < p.len; i++)
		if (!isupper((unsigned char)p.at[i]))
			return p;
	return (struct piece){ p.at + p.len - 3, 3 };
}

/* "230b030023ae2822-SJC": without a place it only names the request. */
static struct piece by_cf_ray(const char *value)
{
	const char *dash = strrchr(value, '-');
	return dash == NULL ? (struct piece){ "", 0 } : trimmed(dash + 1, strlen(dash + 1));
}

static struct piece by_cf_pop(const char *value)
{
	return trimmed(value, strlen(value));
}

/* RFC 9110, 7.6.3: protocol, received-by, maybe a comment. A pseudonym that only names a product
 * is nobody's name. */
static struct piece by_via(const char *value)
{
	static const char *const products[] = {
		"varnish", "google", "vegur", "squid", "nginx", "haproxy", "envoy", "caddy", "apache",
	};
	struct piece rest = last_element(value), protocol, by = { "", 0 };
	next_piece(&rest, ' ', &protocol);
	while (by.len == 0 && next_piece(&rest, ' ', &by))
		;
	if (by.len == 0 || by.at[0] == '(')
		return (struct piece){ "", 0 };
	for (size_t i = 0; i < LAT_COUNT(products); i++)
		if (is(by, products[i]))
			return (struct piece){ "", 0 };
	/* The port is no part of the name; nor is it one of an IPv6 address's colons. */
	size_t colon = by.len;
	while (colon > 0 && isdigit((unsigned char)by.at[colon - 1]))
		colon--;
	if (colon > 1 && colon < by.len && by.at[colon - 1] == ':' && memchr(by.at, ':', colon - 1) == NULL)
		by.len = colon - 1;
	return by;
}

/* In the order in which they are believed. */
static const struct { const char *header; struct piece (*name)(const char *value); } known[] = {
	{ "Server-Timing", by_server_timing }, { "X-Served-By", by_served_by }, { "CF-Ray", by_cf_ray },
	{ "X-Amz-Cf-Pop", by_cf_pop }, { "Via", by_via },
};

/* The value is the getter's until its next call: it is copied at once. */
static bool name_by(struct edgename *out, size_t k, edgename_get *get, void *ctx)
{
	const char *value = get(ctx, known[k].header);
	struct piece p = value != NULL ? known[k].name(value) : (struct piece){ "", 0 };
	copy_piece(out->edge, sizeof out->edge, p);
	return p.len > 0;
}

static bool name_by_operator(struct edgename *out, const char *header, edgename_get *get, void *ctx)
{
	for (size_t k = 0; k < LAT_COUNT(known); k++)
		if (strcasecmp(header, known[k].header) == 0)
			return name_by(out, k, get, ctx);
	const char *value = get(ctx, header);
	if (value != NULL)
		edgename_clean(out->edge, sizeof out->edge, value);
	return out->edge[0] != '\0';
}

/* RFC 9111, 5.1 and 1.2.2: the first of a list; what is too large is 2^31. */
static int64_t read_age(const char *value)
{
	int64_t age = 0;
	value += strspn(value, " \t");
	size_t n = strspn(value, "0123456789");
	if (n == 0 || value[n + strspn(value + n, " \t")] != (strchr(value, ',') != NULL ? ',' : '\0'))
		return -1;
	for (size_t i = 0; i < n && age < INT64_C(1) << 31; i++)
		age = age * 10 + (value[i] - '0');
	return age < INT64_C(1) << 31 ? age : INT64_C(1) << 31;
}

static const char *cache_timing(const char *value)
{
	struct piece unused;
	const char *cache = NULL;
	read_server_timing(value, &unused, &cache);
	return cache;
}

void edgename_read(struct edgename *out, const char *edge_header, edgename_get *get, void *ctx)
{
	static const struct { const char *header; const char *(*word)(const char *value); } caches[] = {
		{ "Cache-Status", cache_status }, { "CF-Cache-Status", cache_list }, { "X-Cache", cache_list },
		{ "Server-Timing", cache_timing },
	};
	*out = (struct edgename){ .age_s = -1 };
	bool named = edge_header != NULL && name_by_operator(out, edge_header, get, ctx);
	for (size_t k = 0; !named && k < LAT_COUNT(known); k++)
		named = name_by(out, k, get, ctx);
	for (size_t k = 0; out->cache == NULL && k < LAT_COUNT(caches); k++) {
		const char *value = get(ctx, caches[k].header);
		out->cache = value != NULL ? caches[k].word(value) : NULL;
	}
	const char *age = get(ctx, "Age");
	if (age != NULL)
		out->age_s = read_age(age);
}
