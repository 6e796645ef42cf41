#include "probe/guard.h"

#include <string.h>

#include "lib/attr.h"

struct prefix {
	uint8_t bytes[16];
	int bits;
	const char *what;
};

static const struct prefix refused4[] = {
	{ {0}, 8, "this network (0/8)" },
	{ {10}, 8, "private" },
	{ {100, 64}, 10, "shared address space (100.64/10)" },
	{ {127}, 8, "loopback" },
	{ {168, 63, 129, 16}, 32, "metadata service" }, /* Azure */
	{ {169, 254, 169, 254}, 32, "metadata service" }, /* AWS, GCP, Azure, OpenStack, ... */
	{ {169, 254}, 16, "link-local" },
	{ {172, 16}, 12, "private" },
	{ {192, 0, 0}, 24, "protocol assignments (192.0.0/24)" },
	{ {192, 168}, 16, "private" },
	{ {224}, 4, "multicast" },
	{ {255, 255, 255, 255}, 32, "broadcast" },
};

static const struct prefix refused6[] = {
	{ {0}, 128, "unspecified" },
	{ {[15] = 1}, 128, "loopback" },
	{ {0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, "local NAT64 (64:ff9b:1::/48)" },
	{ {0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, 0x54}, 128, "metadata service" }, /* AWS */
	{ {0xfc}, 7, "unique local" },
	{ {0xfe, 0x80}, 10, "link-local" },
	{ {0xfe, 0xc0}, 10, "site-local" },
	{ {0xff}, 8, "multicast" },
};

/* IPv6 forms with an IPv4 address at byte `at`; Teredo's client is stored inverted. */
static const struct carrier {
	struct prefix prefix;
	int at;
	uint8_t invert;
} carriers[] = {
	{ { {[10] = 0xff, [11] = 0xff}, 96, "IPv4-mapped" }, 12, 0 },
	{ { {0}, 96, "IPv4-compatible" }, 12, 0 },
	{ { {0x00, 0x64, 0xff, 0x9b}, 96, "NAT64" }, 12, 0 },
	{ { {0x20, 0x02}, 16, "6to4" }, 2, 0 },
	{ { {0x20, 0x01, 0x00, 0x00}, 32, "Teredo server" }, 4, 0 },
	{ { {0x20, 0x01, 0x00, 0x00}, 32, "Teredo client" }, 12, 0xff },
};

static bool matches(const uint8_t *bytes, const struct prefix *p)
{
	int whole = p->bits / 8, rest = p->bits % 8;
	if (memcmp(bytes, p->bytes, (size_t)whole) != 0)
		return false;
	return rest == 0 || ((bytes[whole] ^ p->bytes[whole]) >> (8 - rest)) == 0;
}

static const char *find(const struct prefix *table, size_t n, const uint8_t *bytes)
{
	for (size_t i = 0; i < n; i++)
		if (matches(bytes, &table[i]))
			return table[i].what;
	return NULL;
}

const char *guard_address(const struct guard *g, const struct address *a)
{
	if (g->off || g->allow_private)
		return NULL;
	if (a->family == 4)
		return find(refused4, LAT_COUNT(refused4), a->bytes);
	if (a->family != 6)
		return "no IP address";
	const char *what = find(refused6, LAT_COUNT(refused6), a->bytes);
	for (size_t i = 0; what == NULL && i < LAT_COUNT(carriers); i++) {
		if (!matches(a->bytes, &carriers[i].prefix))
			continue;
		uint8_t inner[4];
		for (int k = 0; k < 4; k++)
			inner[k] = a->bytes[carriers[i].at + k] ^ carriers[i].invert;
		what = find(refused4, LAT_COUNT(refused4), inner);
	}
	return what;
}

bool guard_port(const struct guard *g, int port)
{
	if (g->off)
		return true;
	for (size_t i = 0; i < g->port_count; i++)
		if (g->ports[i] == port)
			return true;
	return false;
}
