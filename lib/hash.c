#include "lib/hash.h"

#define FNV_PRIME 0x100000001b3ULL

uint64_t hash64(uint64_t state, const void *data, size_t len)
{
	const unsigned char *p = data;
	for (size_t i = 0; i < len; i++)
		state = (state ^ p[i]) * FNV_PRIME;
	return state;
}

const char *hash64_hex(uint64_t hash, char out[HASH64_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	for (int i = 15; i >= 0; i--, hash >>= 4)
		out[i] = digits[hash & 15];
	out[16] = '\0';
	return out;
}
