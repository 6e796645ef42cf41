/* What pki.c and pki_renew.c share: the making and the writing of keys and certificates, on
 * GnuTLS's handles. Not for anybody else. */
#ifndef LATLAS_COLLECTOR_PKI_IMPL_H
#define LATLAS_COLLECTOR_PKI_IMPL_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <time.h>

#include "collector/pki.h"

#define PKI_NAME 65 /* of a common name: 64 (ub-common-name: RFC 5280, A.1) and a NUL */
#define PKI_CA_NAME "latlas collector CA " /* a CA of ours begins so, its host follows */

/* LAT_SOFTWARE: "WHAT: GnuTLS's words for `rc`". */
int pki_failed(struct err *err, const char *what, int rc);
gnutls_datum_t pki_datum(const struct buf *b); /* of what stays b's */

int pki_make_key(gnutls_x509_privkey_t *key, struct err *err) LAT_MUST_CHECK;
/* A CA's certificate for `key`, until `until`; signed by itself, or by another (`by`, `by_key`; of
 * the same name: RFC 4210's "new with old", which no path length forbids). */
int pki_make_ca(gnutls_x509_crt_t *ca, gnutls_x509_privkey_t key, const char *name, time_t now, time_t until,
                gnutls_x509_crt_t by, gnutls_x509_privkey_t by_key, struct err *err) LAT_MUST_CHECK;
/* A server's certificate without alternative names; these are set in between. */
int pki_begin_leaf(gnutls_x509_crt_t *leaf, gnutls_x509_privkey_t key, const char *name, time_t now,
                   time_t until, struct err *err) LAT_MUST_CHECK;
int pki_sign_leaf(gnutls_x509_crt_t leaf, gnutls_x509_crt_t ca, gnutls_x509_privkey_t ca_key,
                  struct err *err) LAT_MUST_CHECK;

/* PEM, to the end of `out`. */
int pki_export_cert(gnutls_x509_crt_t crt, struct buf *out, struct err *err) LAT_MUST_CHECK;
int pki_export_key(gnutls_x509_privkey_t key, struct buf *out, struct err *err) LAT_MUST_CHECK;

#endif
