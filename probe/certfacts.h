/* What a certificate says of itself, as text: for the audit, and for nobody who is in a hurry. */
#ifndef LATLAS_PROBE_CERTFACTS_H
#define LATLAS_PROBE_CERTFACTS_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/arena.h"

#define CERTFACTS_NAMES 1024 /* bytes of all names together; what doesn't fit is left out whole */

struct certfacts { /* strings are in the arena; NULL where there is nothing to say */
	const char *sha256;             /* of its DER form, 64 hexadecimal digits */
	const char *subject, *issuer;   /* RFC 2253: "CN=www.example.com,O=Example" */
	const char *names;              /* DNS names and addresses it is for, separated by blanks */
	int64_t not_before, not_after;  /* seconds since 1970; -1: not to be read */
};

/* false: out of memory. */
bool certfacts_read(struct certfacts *out, X509 *cert, struct arena *arena);

/* 32 bytes as 64 hexadecimal digits in `arena`, or NULL. */
const char *certfacts_hex(struct arena *arena, const unsigned char digest[32]);

#endif
