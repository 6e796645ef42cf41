#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "lib/num.h"
#include "schema/plan.h"

/* RFC 3986 as far as a measurement needs it: http or https, a host, maybe a port, a path
 * with its query. What a browser would mend (blanks, other alphabets) is refused: two
 * programs could mend it in two ways. */

#define HOST_MAX 253 /* RFC 1035, section 2.3.4, in text form */
#define LABEL_MAX 63

#define SHOWN "%.80s"

static int check_characters(const char *text, struct err *err)
{
	size_t len = strlen(text);

	if (len > PLAN_MAX_URL)
		return err_set(err, LAT_USAGE, "%zu bytes (limit %d)", len, PLAN_MAX_URL);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c >= 0x80)
			return err_set(err, LAT_USAGE, "\"" SHOWN "\" has characters beyond ASCII "
			               "(write the host as xn--..., the path in %%XX)", text);
		if (c <= ' ' || c == 0x7f || strchr("\"<>\\^`{|}", c) != NULL)
			return err_set(err, LAT_USAGE, "\"" SHOWN "\" has a character 0x%02x, which no URL has", text, c);
	}
	if (strchr(text, '#') != NULL)
		return err_set(err, LAT_USAGE, "\"" SHOWN "\" has a fragment (#), which no server sees", text);
	return 0;
}

static int check_host_name(const char *host, struct err *err)
{
	size_t len = strlen(host), label = 0;
	unsigned char v4[4];

	if (len == 0 || len > HOST_MAX)
		return err_set(err, LAT_USAGE, "the host has %zu characters (1 to %d)", len, HOST_MAX);
	for (size_t i = 0; i <= len; i++) {
		char c = host[i];
		if (c == '.' || c == '\0') {
			if (label == 0 || label > LABEL_MAX)
				return err_set(err, LAT_USAGE, "\"" SHOWN "\" has an empty part, or one of more than %d "
				               "characters", host, LABEL_MAX);
			label = 0;
		} else if (isalnum((unsigned char)c) || c == '-' || c == '_') {
			label++;
		} else {
			return err_set(err, LAT_USAGE, "\"" SHOWN "\" has a '%c'", host, c);
		}
	}
	/* A name that ends in a number is an address, or a trap: 127.1, 0x7f000001 */
	const char *last = strrchr(host, '.');
	last = last != NULL ? last + 1 : host;
	if (isdigit((unsigned char)last[0]) && (last[strspn(last, "0123456789")] == '\0' || last[1] == 'x')
	    && inet_pton(AF_INET, host, v4) != 1)
		return err_set(err, LAT_USAGE, "\"" SHOWN "\" is neither a name nor an IPv4 address", host);
	return 0;
}

/* [2001:db8::1]; `len` without the brackets. */
static int take_ipv6(struct arena *arena, const char *text, size_t len, struct plan_url *out, struct err *err)
{
	unsigned char v6[16];
	char *host = arena_strn(arena, text, len);

	if (host == NULL)
		return err_nomem(err);
	if (inet_pton(AF_INET6, host, v6) != 1)
		return err_set(err, LAT_USAGE, "\"" SHOWN "\" is not an IPv6 address", host);
	for (size_t i = 0; i < len; i++)
		host[i] = (char)tolower((unsigned char)host[i]);
	out->host = host;
	return 0;
}

static int take_name(struct arena *arena, const char *text, size_t len, struct plan_url *out, struct err *err)
{
	char *host = arena_strn(arena, text, len);

	if (host == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < len; i++)
		host[i] = (char)tolower((unsigned char)host[i]);
	out->host = host;
	return check_host_name(host, err);
}

static int take_port(const char *text, size_t len, struct plan_url *out, struct err *err)
{
	char port[8];
	int64_t n;

	out->port = out->https ? 443 : 80;
	if (len == 0)
		return 0;
	if (text[0] != ':' || len - 1 >= sizeof port)
		return err_set(err, LAT_USAGE, "\"%.*s\" behind the host is not a port", len < 40 ? (int)len : 40, text);
	memcpy(port, text + 1, len - 1);
	port[len - 1] = '\0';
	int status = num_parse_i64(port, "port", 1, 65535, &n, err);
	if (status == 0)
		out->port = (int)n;
	return status;
}

static int take_path(struct arena *arena, const char *text, struct plan_url *out, struct err *err)
{
	size_t len = strlen(text);
	char *path = arena_alloc(arena, len + 2);

	if (path == NULL)
		return err_nomem(err);
	if (text[0] != '/')
		path[0] = '/'; /* nothing, or a query alone */
	memcpy(path + (text[0] != '/'), text, len);
	out->path = path;
	return 0;
}

int plan_url_parse(struct arena *arena, const char *text, struct plan_url *out, struct err *err)
{
	int status = check_characters(text, err);

	if (status != 0)
		return status;
	memset(out, 0, sizeof *out);
	const char *rest;
	if (strncasecmp(text, "https://", 8) == 0) {
		out->https = true;
		rest = text + 8;
	} else if (strncasecmp(text, "http://", 7) == 0) {
		rest = text + 7;
	} else {
		return err_set(err, LAT_USAGE, "\"" SHOWN "\" does not begin with http:// or https://", text);
	}
	size_t len = strcspn(rest, "/?");
	if (memchr(rest, '@', len) != NULL)
		return err_set(err, LAT_USAGE, "a URL with a user or password is not taken"); /* not shown: a secret */
	const char *close = rest[0] == '[' ? memchr(rest, ']', len) : NULL;
	const char *colon = memchr(rest, ':', len);
	size_t host;
	if (rest[0] == '[' && close == NULL)
		return err_set(err, LAT_USAGE, "\"" SHOWN "\" has a '[' without its ']'", text);
	if (close != NULL) {
		host = (size_t)(close - rest) + 1;
		status = take_ipv6(arena, rest + 1, host - 2, out, err);
	} else {
		host = colon != NULL ? (size_t)(colon - rest) : len;
		status = take_name(arena, rest, host, out, err);
	}
	if (status == 0)
		status = take_port(rest + host, len - host, out, err);
	if (status == 0)
		status = take_path(arena, rest + len, out, err);
	if (status == 0 && (out->text = arena_str(arena, text)) == NULL)
		status = err_nomem(err);
	return status;
}

int plan_url_at(struct arena *arena, const struct plan_url *base, const char *path, struct plan_url *out,
                struct err *err)
{
	size_t start = base->https ? strlen("https://") : strlen("http://");
	size_t len = start + strcspn(base->text + start, "/?"), more = strlen(path);
	char *text = arena_alloc(arena, len + more + 1);

	if (text == NULL)
		return err_nomem(err);
	memcpy(text, base->text, len);
	memcpy(text + len, path, more + 1);
	return plan_url_parse(arena, text, out, err);
}
