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

size_t cell_sample_get(const unsigned char *at, const unsigned char *end, struct sample *out)
{
	int64_t *const values[CELL_SAMPLE_VALUES] = {
		&out->dns_us, &out->tcp_us, &out->tls_us, &out->wait_us, &out->body_us, &out->min_rtt_us
	};

	if (at == end)
		return 0;
	unsigned head = *at;
	size_t width = (head & WIDE) != 0 ? CELL_SAMPLE_WIDE : CELL_SAMPLE_NARROW;
	size_t len = 1 + width * (size_t)__builtin_popcount(head & ALL);
	if ((size_t)(end - at) < len)
		return 0;
	out->nth = (head & NOT_FIRST) != 0;
	out->error = NEL_OK;
	const unsigned char *from = at + 1;
	for (unsigned i = 0; i < CELL_SAMPLE_VALUES; i++) {
		*values[i] = US_NONE;
		if ((head >> i & 1) == 0)
			continue;
		*values[i] = from[0] | from[1] << 8 | from[2] << 16;
		if (width == CELL_SAMPLE_WIDE)
			*values[i] |= (int64_t)from[3] << 24 | (int64_t)from[4] << 32;
		from += width;
	}
	return len;
}
