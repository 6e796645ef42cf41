/* Tokens: 256 bits from getrandom(2), written as 64 hexadecimal digits, kept as the
 * SHA-256 of those digits only. Also SHA-256 itself, for digests of batches. */
#ifndef LATLAS_COLLECTOR_TOKEN_H
#define LATLAS_COLLECTOR_TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "schema/registry.h"

#define TOKEN_TEXT 65 /* 64 digits and a NUL */

/* LAT_SOFTWARE if the kernel has no random numbers. */
int token_make(char out[TOKEN_TEXT], struct err *err) LAT_MUST_CHECK;
/* LAT_SOFTWARE if the hash fails. */
int token_hash(const void *data, size_t len, uint8_t out[REGISTRY_TOKEN_HASH],
               struct err *err) LAT_MUST_CHECK;

#endif
