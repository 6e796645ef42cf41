/* The certificate authorities that targets are judged by: one OpenSSL store for the whole
 * run, given to every connection.
 *
 * Why not leave it to libcurl: with Debian's defaults each handshake parses the whole bundle
 * (142 certificates, 20 ms of processor time), and all of it lands in the tls phase. A store
 * of our own on the hashed folder reads only the roots it meets, once, and costs nothing at
 * start; it was measured to be the cheapest of all ways, for one target and for hundreds. */
#ifndef LATLAS_PROBE_TRUST_H
#define LATLAS_PROBE_TRUST_H

#include <openssl/x509.h>

#include "lib/err.h"

/* `ca_file`: a PEM file that replaces the system's authorities; NULL or "": the system's, as
 * libcurl was built to find them. The caller frees by X509_STORE_free(). LAT_CONFIG if a
 * given file can't be read or has no certificate in it (the caller says whose file that is),
 * LAT_UNAVAILABLE if the system has none. */
int trust_new(X509_STORE **out, const char *ca_file, struct err *err) LAT_MUST_CHECK;

#endif
