/* What an audit sees of one request, beside its times: the digest of the body, the headers worth
 * keeping, the certificate and what became of its check, the server's clock.
 *
 * Nothing of this happens in a timed sample: the fetch that has no inspect doesn't hash, decode
 * or look at a certificate.
 *
 * - sha256 is that of the *decoded* body. Edges of one CDN may compress or not, and by other
 *   libraries and levels, and all of them serve the same page; what a browser gets to see is
 *   what must be equal. Content-Encoding is kept beside it.
 * - With a limit, it is that of the first `limit` bytes, wherever the chunks ended.
 * - The certificate is noted while it is checked, so that one that fails the check is known
 *   too. Nothing is sent to a server whose certificate failed. */
#ifndef LATLAS_PROBE_INSPECT_H
#define LATLAS_PROBE_INSPECT_H

#include <curl/curl.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/arena.h"
#include "schema/sample.h"

struct inspect; /* of one request at a time, to be used again */

struct inspect *inspect_new(void); /* NULL: out of memory */
void inspect_free(struct inspect *n);

/* A request begins. Strings go to `arena`, which must outlive what inspect_fill() fills.
 * `limit`: bytes of the body that count; 0: all. */
void inspect_begin(struct inspect *n, struct arena *arena, int64_t limit);

/* While it runs (fetch.c, tlsinfo.c). */
void inspect_cert(struct inspect *n, X509 *leaf, int verify); /* verify: X509_V_* */
void inspect_answered(struct inspect *n);                     /* the first line of the response came */
void inspect_body(struct inspect *n, const void *data, size_t len);
void inspect_head(struct inspect *n, CURL *easy);             /* the request is over, there was a response */

/* Fill what was seen into `out`: sha256, etag, cert_*, chain, clock_skew_us, headers (the
 * caller's to free). `whole`: the body came to its end, else there is no sha256. The rest is
 * left alone, absent values too. false: out of memory, now or before. */
bool inspect_fill(struct inspect *n, bool whole, struct audit *out);

/* The server's clock less ours: a Date header (NULL: none) is a whole second, so its middle is
 * taken. If a cache says the response's Age (NULL: none), Date should be when the origin made it, and
 * Age is added (RFC 9111, 4.2.3); but nginx passes Age on beside a Date of its own (proxy_hide_header),
 * and so do others. Which of the two it is shows in which is nearer to our clock. US_NONE if it isn't to be
 * read, and never for one that is. */
int64_t inspect_skew_us(const char *date, const char *age, int64_t now_us);

#endif
