/* Renewal of what `init` made: the collector's certificate in the last third of its life, by the
 * CA whose key lies beside it; and the CA itself, by a new one that the old one vouches for.
 *
 * A new CA has the old one's name. It exists twice: signed by itself, for the probes' CA file, and
 * signed by the old CA (RFC 4210, 4.4: "new with old"), sent along behind the collector's
 * certificate. So a probe that has the old CA's certificate only still finds its way, until that
 * expires, and gets the new one meanwhile (GET /v1/ca).
 *
 * Nothing here touches a file. Only certificates of ours are renewed: their CA is called
 * "latlas collector CA ...", and its key was given. */
#ifndef LATLAS_COLLECTOR_PKI_RENEW_H
#define LATLAS_COLLECTOR_PKI_RENEW_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/pki.h"

struct pki_dates {
	int64_t from_us, until_us; /* of the collector's certificate */
	int64_t ca_until_us;       /* of the CA by which it is, or will next be, signed; US_NONE: that CA is
	                              not in the CA file */
	bool ours;                 /* we can renew it */
	bool due;                  /* and it is time to: less than a third of its life is left */
	bool ca_ends;              /* the CA has less than PKI_CA_WARN_DAYS */
};
#define PKI_CA_WARN_DAYS 90
#define PKI_LEAF_WARN_DAYS 30 /* of a certificate that is not ours to renew */

/* `cert` (leaf first), `key`, `ca` (one or more certificates) in PEM; `ca_key` may be NULL: no key of
 * a CA is there. LAT_CONFIG for what cannot be read (a CA key that cannot be read is none). */
int pki_dates(const struct buf *cert, const struct buf *key, const struct buf *ca, const struct buf *ca_key,
              struct wall now, struct pki_dates *out, struct err *err) LAT_MUST_CHECK;

/* A certificate with the names of the old one (but not beyond the life of its CA), what vouches for its
 * CA behind it, to the end of `out`. It is for the same key: a renewal is one file, so there is no moment
 * in which certificate and key don't go together. LAT_CONFIG where it is not ours, or the key isn't its. */
int pki_renew_leaf(const struct buf *cert, const struct buf *key, const struct buf *ca, const struct buf *ca_key,
                   struct wall now, struct buf *out, struct err *err) LAT_MUST_CHECK;

/* A new CA: its key, the new CA file (the new certificate, then what of the old file is still good),
 * and the collector's certificate anew, for the key that it has. As above. */
struct pki_new_ca { struct buf ca_key, ca, cert; };
int pki_renew_ca(const struct buf *cert, const struct buf *key, const struct buf *ca, const struct buf *ca_key,
                 struct wall now, struct pki_new_ca *out, struct err *err) LAT_MUST_CHECK;
void pki_new_ca_free(struct pki_new_ca *p); /* the key is wiped */

#endif
