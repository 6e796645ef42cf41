#include "schema/measure.h"

#include <stddef.h>
#include <string.h>

#include "lib/attr.h"

/* What a measure starts from, and what is taken out of it. */
enum base { B_DNS, B_TCP, B_TLS, B_WAIT, B_BODY, B_MIN_RTT, B_SERVER, B_TTFB, B_TOTAL, BASES };

static const struct {
	const char *name;
	enum base base;
	bool less_dns, less_server;
	bool first_only; /* only the first sample of a target and node in a round enters */
} measures[] = {
	[M_DNS] = {"dns", B_DNS, false, false, true},
	[M_TCP] = {"tcp", B_TCP, false, false, false},
	[M_TLS] = {"tls", B_TLS, false, false, false},
	[M_WAIT] = {"wait", B_WAIT, false, false, false},
	[M_BODY] = {"body", B_BODY, false, false, false},
	[M_TTFB] = {"ttfb", B_TTFB, false, false, true},
	[M_TOTAL] = {"total", B_TOTAL, false, false, true},
	[M_MIN_RTT] = {"min_rtt", B_MIN_RTT, false, false, false},
	[M_SERVER] = {"server", B_SERVER, false, false, false},
	[M_TTFB_NO_DNS] = {"ttfb-dns", B_TTFB, true, false, true},
	[M_TOTAL_NO_DNS] = {"total-dns", B_TOTAL, true, false, true},
	[M_TTFB_NO_SERVER] = {"ttfb-server", B_TTFB, false, true, true},
	[M_TOTAL_NO_SERVER] = {"total-server", B_TOTAL, false, true, true},
	[M_TTFB_NO_DNS_NO_SERVER] = {"ttfb-dns-server", B_TTFB, true, true, true},
	[M_TOTAL_NO_DNS_NO_SERVER] = {"total-dns-server", B_TOTAL, true, true, true},
};
_Static_assert(LAT_COUNT(measures) == MEASURES, "every measure has a row");
_Static_assert(MEASURES <= 32, "a set of measures is a uint32_t");

const char *measure_name(enum measure m)
{
	return (unsigned)m < MEASURES ? measures[m].name : "unknown";
}

int measure_of(const char *name)
{
	for (int i = 0; name != NULL && i < MEASURES; i++)
		if (strcmp(measures[i].name, name) == 0)
			return i;
	return -1;
}

static void bases_of(const struct sample *s, int64_t out[BASES])
{
	out[B_DNS] = s->dns_us;
	out[B_TCP] = s->tcp_us;
	out[B_TLS] = s->tls_us;
	out[B_WAIT] = s->wait_us;
	out[B_BODY] = s->body_us;
	out[B_MIN_RTT] = s->min_rtt_us;
	out[B_SERVER] = sample_server_us(s);
	out[B_TTFB] = sample_ttfb_us(s);
	out[B_TOTAL] = sample_total_us(s);
}

static int64_t derive(enum measure m, const int64_t base[BASES], bool first)
{
	int64_t value = base[measures[m].base];

	if (value == US_NONE || (measures[m].first_only && !first))
		return US_NONE;
	if (measures[m].less_dns) {
		if (base[B_DNS] == US_NONE)
			return US_NONE;
		value -= base[B_DNS];
	}
	if (measures[m].less_server) {
		if (base[B_SERVER] == US_NONE)
			return US_NONE;
		value -= base[B_SERVER];
	}
	return value;
}

int64_t measure_value(enum measure m, const struct sample *s)
{
	int64_t base[BASES];

	if ((unsigned)m >= MEASURES || s->error != NEL_OK)
		return US_NONE;
	bases_of(s, base);
	return derive(m, base, s->nth == 0);
}

void measure_values(const struct sample *s, int64_t out[MEASURES])
{
	int64_t base[BASES];

	bases_of(s, base);
	for (int m = 0; m < MEASURES; m++)
		out[m] = s->error != NEL_OK ? US_NONE : derive((enum measure)m, base, s->nth == 0);
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
