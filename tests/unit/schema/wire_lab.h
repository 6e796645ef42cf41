/* What the tests of the wire share. */
#ifndef LATLAS_TESTS_UNIT_SCHEMA_WIRE_LAB_H
#define LATLAS_TESTS_UNIT_SCHEMA_WIRE_LAB_H

#include <string.h>

#include "schema/wire.h"
#include "tests/check.h"

#define UUID "01927b3e-5c4d-4f6a-8b9c-0d1e2f3a4b5c"

static struct err err;

static int decode(struct batch *b, const char *text)
{
	err.text[0] = '\0';
	return wire_decode(b, text, strlen(text), NULL, &err);
}

/* A string of n times c. */
static const char *repeat(struct buf *b, size_t n, char c)
{
	buf_clear(b);
	for (size_t i = 0; i < n; i++)
		CHECK(buf_addc(b, c));
	return buf_str(b);
}

#endif
