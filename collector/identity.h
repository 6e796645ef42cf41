/* Who the collector is to probes: the certificate and key that it shows, and the CA file that it
 * hands out. Both can be changed while it serves: each connection gets what is the newest when
 * it begins, and keeps it to its end.
 *
 * libmicrohttpd takes one certificate at its start and has no call to change it; but a session's
 * credentials can be set by GnuTLS's own call before the handshake begins, which is what
 * identity_show() does.
 *
 * identity_load() is for one thread; the others may be called from any. */
#ifndef LATLAS_COLLECTOR_IDENTITY_H
#define LATLAS_COLLECTOR_IDENTITY_H

#include <stdbool.h>

#include "collector/pki_renew.h"
#include "collector/settings.h"
#include "lib/log.h"

struct identity;

struct identity *identity_new(const struct log *log); /* lent; NULL: out of memory */
void identity_free(struct identity *id); /* when no connection is left */

/* Renew the certificate if it is ours and due (a failure is a warning), read the files, check them,
 * and show them from now on. *changed (may be NULL): they weren't shown yet. LAT_CONFIG for what
 * can't be shown: what was shown before stays. Warns of a certificate that expires and isn't ours to
 * renew, of a CA that ends, and of a CA file that can't be used: the one before stays. */
int identity_load(struct identity *id, const struct settings *s, struct wall now, bool *changed,
                  struct err *err) LAT_MUST_CHECK;

/* PEM, of the first load: for libmicrohttpd's start. */
const struct buf *identity_cert(const struct identity *id);
const struct buf *identity_key(const struct identity *id);

/* To a session (a gnutls_session_t) that has not begun its handshake. */
void identity_show(struct identity *id, void *session);

#define IDENTITY_DIGEST 65
/* The CA file as it is handed out, appended to `pem` (may be NULL), and its SHA-256 in hexadecimal digits.
 * false: there is none. */
bool identity_ca(struct identity *id, struct buf *pem, char digest[IDENTITY_DIGEST]);
/* false: not known (no CA file). */
bool identity_dates(struct identity *id, struct pki_dates *out);

#endif
