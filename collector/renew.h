/* Renewal on the disk of what `init` made: see pki_renew.h for what is renewed by whom. Every file
 * is replaced whole (temporary, fsync, rename) with its mode and, for root, its owner; a crash
 * between two of them leaves what can be served, or what the next start puts right. */
#ifndef LATLAS_COLLECTOR_RENEW_H
#define LATLAS_COLLECTOR_RENEW_H

#include <stdbool.h>

#include "collector/pki_renew.h"
#include "collector/problems.h"
#include "collector/settings.h"

#define RENEW_PATH 4096

/* "ca.key" beside the CA file. LAT_CONFIG: too long. */
int renew_ca_key_path(const struct settings *s, char out[RENEW_PATH], struct err *err) LAT_MUST_CHECK;

/* What the files that `s` names say. LAT_CONFIG, LAT_NOINPUT, LAT_IOERR. */
int renew_look(const struct settings *s, struct wall now, struct pki_dates *out, struct err *err) LAT_MUST_CHECK;

/* What ends soon by these dates, and isn't renewed without the operator: a certificate that isn't ours, within
 * PKI_LEAF_WARN_DAYS, and the CA. A line each, with the key that names the file, to `warnings`. */
void renew_ends(const struct settings *s, const struct pki_dates *d, struct wall now, struct problems *warnings);

/* If the certificate is ours and due: a new one, for the same key, in its file. *due says so, also where that
 * failed. An operator's own certificate is never touched. */
int renew_leaf(const struct settings *s, struct wall now, bool *due, struct err *err) LAT_MUST_CHECK;

/* A new CA in place of the old one, whether it is time or not. LAT_CONFIG: not ours. */
int renew_ca(const struct settings *s, struct wall now, struct err *err) LAT_MUST_CHECK;

#endif
