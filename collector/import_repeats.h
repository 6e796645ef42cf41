/* Equal records of one file, numbered. A record that says neither when nor by whom it was made (a
 * row of a table, say) can be there twice because the same came out twice: three timeouts are three.
 * Their numbers tell them apart, and as a file that has grown gives its old records their old
 * numbers, it can be read again. */
#ifndef LATLAS_COLLECTOR_IMPORT_REPEATS_H
#define LATLAS_COLLECTOR_IMPORT_REPEATS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/keymap.h"

/* Of one file. Zeroed is empty. */
struct import_repeats { struct keymap seen; };

/* How many records of this identity came before; it counts as one from now on. The first eight bytes
 * stand for all of it. false: out of memory. */
bool import_repeats_nth(struct import_repeats *r, const uint8_t identity[32], uint64_t *nth);
void import_repeats_free(struct import_repeats *r);

#endif
