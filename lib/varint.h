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

#endif
