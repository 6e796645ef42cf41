#include "schema/measure.h"

#include <stddef.h>
#include <string.h>

#include "lib/attr.h"

static const char *const names[] = {
	[M_DNS] = "dns",
	[M_TCP] = "tcp",
	[M_TLS] = "tls",
	[M_WAIT] = "wait",
	[M_BODY] = "body",
	[M_TTFB] = "ttfb",
	[M_TOTAL] = "total",
	[M_MIN_RTT] = "min_rtt",
	[M_SERVER] = "server",
	[M_TTFB_NO_DNS] = "ttfb-dns",
	[M_TOTAL_NO_DNS] = "total-dns",
	[M_TTFB_NO_SERVER] = "ttfb-server",
	[M_TOTAL_NO_SERVER] = "total-server",
	[M_TTFB_NO_DNS_NO_SERVER] = "ttfb-dns-server",
	[M_TOTAL_NO_DNS_NO_SERVER] = "total-dns-server",
};
_Static_assert(LAT_COUNT(names) == MEASURES, "every measure has a name");
_Static_assert(MEASURES <= 32, "a set of measures is a uint32_t");

const char *measure_name(enum measure m)
{
	return (unsigned)m < MEASURES ? names[m] : "unknown";
}

int measure_of(const char *name)
{
	for (int i = 0; name != NULL && i < MEASURES; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

/* Without one of the two there is no difference. */
static int64_t less(int64_t value, int64_t part)
{
	return value == US_NONE || part == US_NONE ? US_NONE : value - part;
}

void measure_values(const struct sample *s, int64_t out[MEASURES])
{
	if (s->error != NEL_OK) {
		for (int m = 0; m < MEASURES; m++)
			out[m] = US_NONE;
		return;
	}
	/* What a visitor waits for is the first sample's of a target and node in a round. */
	bool first = s->nth == 0;
	int64_t dns = first ? s->dns_us : US_NONE, server = sample_server_us(s);
	int64_t ttfb = first ? sample_ttfb_us(s) : US_NONE, total = first ? sample_total_us(s) : US_NONE;

	out[M_DNS] = dns;
	out[M_TCP] = s->tcp_us;
	out[M_TLS] = s->tls_us;
	out[M_WAIT] = s->wait_us;
	out[M_BODY] = s->body_us;
	out[M_TTFB] = ttfb;
	out[M_TOTAL] = total;
	out[M_MIN_RTT] = s->min_rtt_us;
	out[M_SERVER] = server;
	out[M_TTFB_NO_DNS] = less(ttfb, dns);
	out[M_TOTAL_NO_DNS] = less(total, dns);
	out[M_TTFB_NO_SERVER] = less(ttfb, server);
	out[M_TOTAL_NO_SERVER] = less(total, server);
	out[M_TTFB_NO_DNS_NO_SERVER] = less(out[M_TTFB_NO_DNS], server);
	out[M_TOTAL_NO_DNS_NO_SERVER] = less(out[M_TOTAL_NO_DNS], server);
}

int64_t measure_value(enum measure m, const struct sample *s)
{
	int64_t values[MEASURES];

	if ((unsigned)m >= MEASURES)
		return US_NONE;
	measure_values(s, values);
	return values[m];
}

enum measure measure_without(enum measure m, bool dns, bool server)
{
	bool total = m == M_TOTAL;

	if (!total && m != M_TTFB)
		return m;
	if (dns && server)
		return total ? M_TOTAL_NO_DNS_NO_SERVER : M_TTFB_NO_DNS_NO_SERVER;
	if (dns)
		return total ? M_TOTAL_NO_DNS : M_TTFB_NO_DNS;
	if (server)
		return total ? M_TOTAL_NO_SERVER : M_TTFB_NO_SERVER;
	return m;
}
