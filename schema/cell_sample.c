#include "schema/cell_sample.h"

#include <endian.h>
#include <string.h>

#define ALL 0x3f
#define NOT_FIRST 0x40
#define WIDE 0x80
#define NARROW_MOST ((1u << 8 * CELL_SAMPLE_NARROW) - 1)

static size_t put_wide(const int64_t values[CELL_SAMPLE_VALUES], unsigned head, unsigned char *to)
{
	unsigned char *at = to + 1;

	to[0] = (unsigned char)(head | WIDE);
	for (unsigned i = 0; i < CELL_SAMPLE_VALUES; i++) {
		if ((head >> i & 1) == 0)
			continue;
		int64_t us = values[i] < 0 ? 0 : values[i] > CELL_SAMPLE_US_MOST ? CELL_SAMPLE_US_MOST : values[i];
		for (unsigned byte = 0; byte < CELL_SAMPLE_WIDE; byte++)
			*at++ = (unsigned char)(us >> 8 * byte);
	}
	return (size_t)(at - to);
}

size_t cell_sample_put(const struct sample *s, unsigned char *to)
{
	const int64_t values[CELL_SAMPLE_VALUES] = {
		s->dns_us, s->tcp_us, s->tls_us, s->wait_us, s->body_us, s->min_rtt_us
	};
	unsigned head = s->nth != 0 ? NOT_FIRST : 0;
	unsigned char *at = to + 1;
	uint64_t any = 0; /* the bits of all */

	/* Each is written, and stays where it is there. */
	for (unsigned i = 0; i < CELL_SAMPLE_VALUES; i++) {
		bool there = values[i] != US_NONE;
		uint32_t bytes = htole32((uint32_t)values[i]);
		memcpy(at, &bytes, sizeof bytes);
		head |= (unsigned)there << i;
		any |= there ? (uint64_t)values[i] : 0;
		at += there ? CELL_SAMPLE_NARROW : 0;
	}
	if (any > NARROW_MOST)
		return put_wide(values, head, to);
	to[0] = (unsigned char)head;
	return (size_t)(at - to);
}

static size_t length(unsigned head)
{
	size_t width = (head & WIDE) != 0 ? CELL_SAMPLE_WIDE : CELL_SAMPLE_NARROW;

	return 1 + width * (size_t)__builtin_popcount(head & ALL);
}

/* The three bytes at `at`: read with the one before, which is there, for that is one load. */
static int64_t narrow(const unsigned char *at)
{
	uint32_t bytes;

	memcpy(&bytes, at - 1, sizeof bytes);
	return le32toh(bytes) >> 8;
}

static int64_t wide(const unsigned char *at)
{
	return narrow(at) | (int64_t)at[3] << 24 | (int64_t)at[4] << 32;
}

size_t cell_sample_get(const unsigned char *at, const unsigned char *end, struct sample *out)
{
	int64_t values[CELL_SAMPLE_VALUES];

	if (at == end)
		return 0;
	unsigned head = *at;
	if (end - at < CELL_SAMPLE_MOST && (size_t)(end - at) < length(head))
		return 0;
	const unsigned char *from = at + 1;
	for (unsigned i = 0; i < CELL_SAMPLE_VALUES; i++) {
		values[i] = US_NONE;
		if ((head >> i & 1) == 0)
			continue;
		values[i] = (head & WIDE) != 0 ? wide(from) : narrow(from);
		from += (head & WIDE) != 0 ? CELL_SAMPLE_WIDE : CELL_SAMPLE_NARROW;
	}
	out->nth = (head & NOT_FIRST) != 0;
	out->error = NEL_OK;
	out->dns_us = values[0];
	out->tcp_us = values[1];
	out->tls_us = values[2];
	out->wait_us = values[3];
	out->body_us = values[4];
	out->min_rtt_us = values[5];
	return (size_t)(from - at);
}
