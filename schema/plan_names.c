#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/num.h"
#include "schema/plan_impl.h"

/* What a plan says in the forms of DNS: subnets for ECS, a zone in which any name exists. */

bool plan_address_normal(const char *s, char out[PLAN_ADDRESS_TEXT])
{
	unsigned char bytes[16];
	int family = strchr(s, ':') != NULL ? AF_INET6 : AF_INET;

	return inet_pton(family, s, bytes) == 1 && inet_ntop(family, bytes, out, PLAN_ADDRESS_TEXT) != NULL;
}

int plan_subnet_normal(const char *s, char out[PLAN_SUBNET_TEXT], struct err *err)
{
	unsigned char bytes[16];
	char address[PLAN_ADDRESS_TEXT];
	const char *slash = strchr(s, '/');
	int family = strchr(s, ':') != NULL ? AF_INET6 : AF_INET;
	int bits = family == AF_INET6 ? 128 : 32;
	int64_t prefix;

	if (slash == NULL || (size_t)(slash - s) >= sizeof address)
		return err_set(err, LAT_USAGE, "\"%.60s\" is not address/length", s);
	memcpy(address, s, (size_t)(slash - s));
	address[slash - s] = '\0';
	if (inet_pton(family, address, bytes) != 1)
		return err_set(err, LAT_USAGE, "\"%.60s\" is neither an IPv4 nor an IPv6 subnet", s);
	if (num_parse_i64(slash + 1, "length", 1, bits, &prefix, NULL) != 0)
		return err_set(err, LAT_USAGE, "\"%.60s\": the length is not in 1..%d", s, bits);
	/* RFC 7871, section 6: what is beyond the prefix must be zero. */
	for (int bit = (int)prefix; bit < bits; bit++)
		if (bytes[bit / 8] & 0x80 >> bit % 8)
			return err_set(err, LAT_USAGE, "\"%.60s\" has bits beyond its length of %d", s, (int)prefix);
	inet_ntop(family, bytes, address, sizeof address);
	snprintf(out, PLAN_SUBNET_TEXT, "%s/%d", address, (int)prefix);
	return 0;
}

int plan_wildcard_check(struct arena *arena, const char *s, const char **out, struct err *err)
{
	char url[PLAN_MAX_TEXT + 64], *copy;
	struct plan_url parsed;

	if (strncmp(s, "*.", 2) != 0 || strpbrk(s + 1, "*/:?@[") != NULL)
		return err_set(err, LAT_USAGE, "\"%.60s\" is not a zone with \"*.\" before it", s);
	/* The label that will be put before it has this many characters at most. */
	snprintf(url, sizeof url, "http://%0*d%.*s/", PLAN_WILDCARD_LABEL, 0, PLAN_MAX_TEXT, s + 1);
	int status = plan_url_parse(arena, url, &parsed, err);
	if (status != 0)
		return status;
	if ((copy = arena_str(arena, s)) == NULL)
		return err_nomem(err);
	for (char *p = copy; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	*out = copy;
	return 0;
}
