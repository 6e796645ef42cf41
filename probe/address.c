#include "probe/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "lib/num.h"

/* inet_pton wants a string of its own; the longest literal is 45 characters (RFC 4291,
 * IPv4-mapped form). */
static bool parse_part(const char *text, size_t len, struct address *out)
{
	char copy[46];
	if (len == 0 || len >= sizeof copy)
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	*out = (struct address){0};
	if (inet_pton(AF_INET, copy, out->bytes) == 1)
		out->family = 4;
	else if (inet_pton(AF_INET6, copy, out->bytes) == 1)
		out->family = 6;
	return out->family != 0;
}

bool address_parse(const char *text, struct address *out)
{
	size_t len = strlen(text);
	if (len > 2 && text[0] == '[' && text[len - 1] == ']')
		return parse_part(text + 1, len - 2, out) && out->family == 6;
	return parse_part(text, len, out);
}

bool address_parse_port(const char *text, uint16_t port, struct address *out)
{
	const char *number = NULL;
	bool ok;
	if (text[0] == '[') {
		const char *end = strchr(text, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return false;
		ok = parse_part(text + 1, (size_t)(end - text) - 1, out) && out->family == 6;
		if (end[1] == ':')
			number = end + 2;
	} else {
		/* One colon parts a port from an IPv4 address; more of them are IPv6. */
		const char *colon = strchr(text, ':');
		bool with_port = colon != NULL && strchr(colon + 1, ':') == NULL;
		ok = parse_part(text, with_port ? (size_t)(colon - text) : strlen(text), out);
		if (with_port)
			number = colon + 1;
	}
	int64_t n = port;
	if (!ok || (number != NULL && num_parse_i64(number, "port", 1, 65535, &n, NULL) != 0))
		return false;
	out->port = (uint16_t)n;
	return true;
}

bool address_from_sockaddr(const struct sockaddr *sa, struct address *out)
{
	*out = (struct address){0};
	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, sa, sizeof in);
		memcpy(out->bytes, &in.sin_addr, 4);
		out->family = 4;
		out->port = ntohs(in.sin_port);
	} else if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;
		memcpy(&in6, sa, sizeof in6);
		memcpy(out->bytes, &in6.sin6_addr, 16);
		out->family = 6;
		out->port = ntohs(in6.sin6_port);
	}
	return out->family != 0;
}

const char *address_text(const struct address *a, char out[ADDRESS_TEXT])
{
	out[0] = '\0';
	if (a->family != 0)
		inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->bytes, out, ADDRESS_TEXT);
	return out;
}

const char *address_text_port(const struct address *a, uint16_t usual, char out[ADDRESS_TEXT])
{
	char bare[ADDRESS_TEXT];
	address_text(a, bare);
	if (a->port == usual || a->port == 0)
		snprintf(out, ADDRESS_TEXT, "%.46s", bare);
	else
		snprintf(out, ADDRESS_TEXT, a->family == 6 ? "[%.46s]:%u" : "%.46s:%u", bare, (unsigned)a->port);
	return out;
}

bool address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, a->family == 4 ? 4 : 16) == 0;
}
