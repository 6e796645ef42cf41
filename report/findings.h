/* What the audits found, as sentences for the top of a report: what somebody must do soon. */
#ifndef LATLAS_REPORT_FINDINGS_H
#define LATLAS_REPORT_FINDINGS_H

#include "report/audits.h"

#define FINDINGS_DAYS_LEFT 14 /* of a certificate: fewer are told; ACME clients renew at 30 */
#define FINDINGS_SKEW_S 10    /* of a clock: more is told; a Date is good to a second */

/* Append them to out->findings: certificates, contents, clocks; each in the plan's order.
 * false: out of memory. */
bool findings_make(const struct audits *a, struct report *out) LAT_MUST_CHECK;

#endif
