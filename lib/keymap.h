/* A number for each of many 64-bit keys, hashes of what they stand for.
 *
 *     struct keymap seen = {0};
 *     uint64_t *times = keymap_at(&seen, hash);  // NULL when out of memory; 0 for a new key
 *     ++*times;
 *     keymap_free(&seen);
 */
#ifndef LATLAS_LIB_KEYMAP_H
#define LATLAS_LIB_KEYMAP_H

#include <stddef.h>
#include <stdint.h>

/* 21 to 43 bytes for each key, and half as much more while it grows. Zeroed is empty. */
struct keymap {
	struct keymap_place *at; /* open addressing */
	size_t len, cap;         /* a power of two */
};

/* The number of `key`, good until the next call. A new key has 0, which must become another by then: 0 is
 * a free place. Its low bits say where it is looked for, so that keys must differ there. NULL: out of
 * memory. */
uint64_t *keymap_at(struct keymap *m, uint64_t key);
void keymap_free(struct keymap *m);

#endif
