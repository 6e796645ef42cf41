/* What a configuration names, looked at: certificates, plan, databases. */
#ifndef LATLAS_COLLECTOR_CHECK_H
#define LATLAS_COLLECTOR_CHECK_H

#include <stdbool.h>

#include "collector/problems.h"
#include "collector/settings.h"
#include "lib/buf.h"

/* Read the certificate and the key and see whether they can serve. `for_probes`: also whether
 * probes will accept them (public_url's host, tls_ca). Nothing to do where insecure. */
void check_tls(const struct settings *s, bool for_probes, struct buf *cert, struct buf *key,
               struct problems *problems);

#endif
