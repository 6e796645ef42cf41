/* Whole numbers in seven bits a byte, the least first; the high bit says that another follows (LEB128). */
#ifndef LATLAS_LIB_VARINT_H
#define LATLAS_LIB_VARINT_H

#include <stddef.h>
#include <stdint.h>

#define VARINT_MAX 10 /* bytes that 64 bits take */

/* Write `n` to out[], which has room for VARINT_MAX; how many bytes it took. */
static inline size_t varint_make(uint64_t n, unsigned char *out)
{
	size_t len = 0;

	for (; n >= 0x80; n >>= 7)
		out[len++] = (unsigned char)(n | 0x80);
	out[len++] = (unsigned char)n;
	return len;
}

/* Read one into *n; how many bytes it took, 0 if there is none between `at` and `end`, of at most 64 bits
 * and no longer than need be. */
static inline size_t varint_take(const unsigned char *at, const unsigned char *end, uint64_t *n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < VARINT_MAX && at + i < end; i++) {
		unsigned char c = at[i];
		if (i == VARINT_MAX - 1 && c > 1) /* 63 bits are there */
			return 0;
		sum |= (uint64_t)(c & 0x7f) << 7 * i;
		if (c < 0x80) {
			*n = sum;
			return c == 0 && i != 0 ? 0 : i + 1;
		}
	}
	return 0;
}

#endif
