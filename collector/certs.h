/* When the certificates that probes meet expire, from the newest audits: a gauge for each probe
 * and target under blackbox_exporter's name, so that alerts made for it fit.
 *
 * A target's is the earliest among its answer through DNS and its nodes. A node that was in
 * none of that probe's audits of the target for CERTS_MISSED_US is no longer in the plan, and
 * says nothing any more. Neither does a target that the probe did not audit for so long, or in
 * twice the time between two audits where a plan lets that be longer: it left the plan, or the
 * probe is gone.
 *
 * Every function may be called from any thread. */
#ifndef LATLAS_COLLECTOR_CERTS_H
#define LATLAS_COLLECTOR_CERTS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "schema/sample.h"
#include "schema/store.h"

#define CERTS_MISSED_US (INT64_C(2) * 86400 * 1000000) /* nodes that are off are audited daily */
#define CERTS_LOAD_US (INT64_C(31) * 86400 * 1000000)  /* how far back audits are read at a start */
#define CERTS_MAX_TARGETS 1000 /* of a probe, and nodes of a target: as of a plan; more are left out */

struct certs;

struct certs *certs_new(void); /* NULL: out of memory */
void certs_free(struct certs *c);

/* The audits of a batch that came at `now_us`, which those of a later hour are not believed by.
 * What is older than what is known changes nothing. false: out of memory. */
bool certs_add(struct certs *c, const struct batch *b, int64_t now_us) LAT_MUST_CHECK;
/* Those of the store, up to `now_us`, without those of imports: nobody audits them again, and
 * they are no alert of ours. Errors as store_scan_audits(). */
int certs_load(struct certs *c, struct store *s, int64_t now_us, struct err *err) LAT_MUST_CHECK;

/* The gauge's lines as of `now_us`, where each target is audited every `audit_every_us` (0: not
 * known); nothing if no certificate is known. */
void certs_print(struct certs *c, int64_t now_us, int64_t audit_every_us, struct buf *out);

#endif
