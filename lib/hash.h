/* FNV-1a, 64 bits (Fowler, Noll, Vo; RFC 9923): names revisions and spreads
 * start times. Not for anything that an adversary could choose. */
#ifndef LATLAS_LIB_HASH_H
#define LATLAS_LIB_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH64_INIT 0xcbf29ce484222325ULL

uint64_t hash64(uint64_t state, const void *data, size_t len); /* start with HASH64_INIT */
/* 16 lower-case hexadecimal digits and a NUL. */
#define HASH64_TEXT 17
const char *hash64_hex(uint64_t hash, char out[HASH64_TEXT]);

#endif
