/* Regions: which vantages speak where, and how much each weighs. Vantages without a place,
 * or with an impossible one, are in no country and no continent. */
#ifndef LATLAS_REPORT_REGIONS_H
#define LATLAS_REPORT_REGIONS_H

#include <stdbool.h>

#include "lib/attr.h"
#include "lib/vec.h"
#include "report/atlas.h"
#include "report/mixture.h"
#include "report/result.h"
#include "report/weights.h"

struct region {
	enum region_level level;
	const char *id, *code, *name, *continent; /* as struct report_region; the atlas' or constants */
	VEC(size_t) vantages;                      /* by country, then name */
	bool unweighted; /* the weights file gives none of its countries a share: they weigh the same */
};

typedef VEC(struct region) region_list;

/* Continents by name, countries by continent and name, then every vantage by name.
 * false: out of memory. */
bool regions_make(struct atlas *a, const struct weights *w, region_list *out) LAT_MUST_CHECK;
void regions_free(region_list *list);

/* Has vantage v of it a part in it? A country to which a weights file gives no share has none in its
 * continent. */
bool region_weighs(const struct atlas *a, const struct weights *w, const struct region *g, size_t v);

/* The mixture of those of its vantages that have a part and for which counts[v] is true. false: out of
 * memory. */
bool region_mixture(const struct atlas *a, const struct weights *w, const struct region *g,
                    const bool *counts, struct mixture *out) LAT_MUST_CHECK;

/* For bootstrap_begin(): among whom each vantage is drawn, as a number: those of its country, or if it is
 * alone there, those of its continent that are alone, too (of one alone nothing could be drawn, and it would
 * speak for its country without a doubt). SIZE_MAX without a country. */
void regions_groups(const struct atlas *a, size_t *group);

#endif
