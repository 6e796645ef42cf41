/* The collector's own certificate authority: a private P-256 CA made by `init`, which
 * signs one leaf, the collector's. Probes trust that CA for the collector and nothing
 * else (it is no CA for targets), so its names need no constraints. */
#ifndef LATLAS_COLLECTOR_PKI_H
#define LATLAS_COLLECTOR_PKI_H

#include "collector/problems.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/err.h"

#define PKI_CA_DAYS 3652   /* ten years */
#define PKI_LEAF_DAYS 731  /* two years */
#define PKI_MAX_BYTES 65536 /* of a PEM file */

struct pki {
	struct buf ca_cert, ca_key, leaf_cert, leaf_key; /* PEM */
};

/* A fresh CA and a leaf for `host`, a DNS name or a literal address. LAT_SOFTWARE; LAT_USAGE
 * for a name that cannot be one. pki_free() also after an error. */
int pki_make(struct pki *out, const char *host, struct wall now, struct err *err) LAT_MUST_CHECK;
void pki_free(struct pki *p); /* the keys are wiped */

/* Is this certificate (PEM, leaf first) usable with this key, today, for `host`, and
 * signed by `ca` (PEM)? Any may be NULL: not asked, and the others are looked at alone. What is
 * wrong goes to `problems` as LAT_CONFIG, each naming its file. */
struct pki_files { const char *cert, *key, *ca; };
void pki_check(const struct pki_files *names, const struct buf *cert, const struct buf *key,
               const struct buf *ca, const char *host, struct wall now, struct problems *problems);

#endif
