/* Which vantages, nodes and candidates of the atlas are not where they say: lib/sanity.h on what it
 * has measured. */
#ifndef LATLAS_REPORT_SANITY_H
#define LATLAS_REPORT_SANITY_H

#include "lib/sanity.h"
#include "report/atlas.h"

/* Flag vantages, nodes and candidates of the atlas. false: out of memory. */
bool sanity_flag(struct atlas *a);

#endif
