/* The atlas: what a store holds about one window of time, in memory, in the form that every
 * question of a report or a gate needs.
 *
 * Words. A *vantage* is a probe. A *subject* is what was measured: a target through DNS (or
 * a baseline), a cdn target on one node by address, a candidate. Edges, address families,
 * resolvers and protocol versions of a subject are merged. A *unit* is a probe's hour (or
 * its block, where that is shorter); the samples of a unit are brought to a weight of 1, so
 * that each unit counts the same, however many samples it has. A *block* of time is what
 * the bootstrap draws. Within a block, the units of a vantage are kept apart by the
 * subjects that they have data of: a *slice* is a block's units with the same subjects, so
 * that a comparison of two subjects can use the units where both were measured.
 *
 * The through-DNS subject is kept in *parts*, by the node that answered. */
#ifndef LATLAS_REPORT_ATLAS_H
#define LATLAS_REPORT_ATLAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/dist.h"
#include "lib/err.h"
#include "lib/vec.h"
#include "report/curve.h"
#include "report/evaluate.h"
#include "schema/country.h"
#include "schema/plan.h"

/* What is kept for each slice. Which of them a subject has: see intake.c. */
enum slot {
	SLOT_TOTAL, SLOT_TTFB,
	SLOT_NO_DNS, SLOT_NO_SERVER, SLOT_NO_BOTH, /* the objective's metric, less that */
	SLOT_DNS, SLOT_RTT,
	SLOT_MIN_RTT, /* min_rtt as an objective: as SLOT_RTT, but with the failures */
	SLOTS
};

/* Units in which every attempt failed, and the failing shares of those whose successes all came late (were
 * lagged): of first samples, and [1] of all (round trips). See lost.h. */
struct lost { double units[2]; };

/* Units with a success in time, counted alike, and those of them in which the measure was known; and the
 * succeeding shares of those whose successes all came late. */
struct measured { uint32_t answered[2], units[MEASURES]; double late[2]; };

struct lot { /* what a part has in a slice */
	uint32_t slice;            /* of its vantage */
	double share;              /* the units' sum of its share in the successes: who served */
	double rtt_us;             /* median min_rtt; NAN */
	struct lost lost;          /* the part's share of them */
	struct dist dist[SLOTS];   /* weight 1 for each unit (of a target: over all of its parts) */
	struct curve curve[SLOTS]; /* the same, cumulated */
};

/* Even blocks, odd blocks (by their number in the window), or all. */
enum parity { PARITY_EVEN, PARITY_ODD, PARITY_ALL, PARITIES };

struct bits { uint64_t *word; }; /* a bit for each unit of the window */

struct part {
	VEC(struct lot) lots;      /* by slice */
	struct bits present;       /* units in which it was tried (the first sample of a round) */
	struct bits failing;       /* units in which a sample failed (imported: as above) */
	double rtt_us;             /* median min_rtt of the window; NAN */
	double median[PARITIES][SLOTS]; /* of a node or candidate; INFINITY: a failure; NAN: nothing */
};

struct fit_class { size_t version; struct sketch rtt, metric; }; /* of one HTTP and TLS version */

struct track { /* what a vantage has of a subject */
	size_t parts;              /* of a cdn target: nodes + 1, the last for unknown edges; else 1 */
	struct part *part;         /* NULL: nothing */
	uint64_t attempts, failures, by_type[NEL_TYPES]; /* of an imported vantage's visits; without any: of
	                              whatever there is, or if round trips are judged */
	bool visited;              /* imported: there were visits, and they alone are counted */
	double units, available;   /* units, and the sum of their shares of successes */
	double *served;            /* of a target: the sum of the units' shares, by part */
	double rtt_us;             /* median min_rtt of the window; NAN */
	struct dist window[MEASURES]; /* weight 1 for each unit */
	struct lost lost;
	struct measured measured;
	VEC(struct fit_class) fit; /* of a node */
	bool assumed;              /* of a target: it is its best node's, see steering_assume() */
};

struct slice { uint32_t block, signature; };

struct vantage {
	const char *name, *city;
	const struct country *country; /* NULL: not known */
	double lat, lon;               /* NAN: not known */
	enum network network;
	bool by_address;               /* the place is a geography database's word, not enrolment's */
	int64_t geo_built_s;           /* when that was made; US_NONE: not known */
	bool registered;               /* the registry knows it */
	const char *source;            /* whose it is, if it was imported (schema/registry.h); NULL: ours */
	bool impossible;               /* see sanity.h: in no region */
	uint64_t attempts, failures, outages, flagged; /* a lagged success is in the first and the last */
	int64_t last_us;               /* start of its last unit; US_NONE: silent */
	VEC(struct slice) slices;      /* by block */
	struct track *track;           /* by subject */
};

struct http_tls { const char *http, *tls; };

/* old: of an earlier definition; otherwise not in the plan. */
struct left_out { const char *name; uint64_t samples; bool old; };

struct atlas {
	struct plan plan;
	size_t targets, nodes, candidates; /* of the plan */
	size_t subjects;
	bool *node_impossible, *candidate_impossible;
	int64_t since_us, until_us, block_us, unit_us;
	int64_t first_unit;        /* number of the window's first unit since 1970 */
	size_t units;              /* from it to the window's end */
	VEC(int64_t) blocks;       /* numbers since 1970 of those that hold data, ascending */
	enum slot metric;          /* SLOT_TOTAL, SLOT_TTFB or SLOT_MIN_RTT: the objective's */
	bool overridden;           /* the objective is this run's, not the plan's */
	double fail_us;            /* what a failure counts as: the longest timeout of the window */
	VEC(struct vantage) vantages; /* by name */
	VEC(uint64_t) signatures;  /* signature_words each: a bit for each subject but candidates */
	size_t signature_words;
	VEC(struct http_tls) versions; /* that by-address samples were measured with */
	VEC(struct left_out) left_out;
	struct arena arena;
};

/* Read the newest plan, the probes and the window's cells. LAT_NOINPUT: no plan, or no
 * samples; LAT_USAGE: a window that ends before it begins, or of too many blocks, or another
 * metric than the plan's without its limit. In any case atlas_free(). */
int atlas_load(struct atlas *a, struct store *s, struct registry *r, const struct evaluate_options *o,
               struct err *err) LAT_MUST_CHECK;
void atlas_free(struct atlas *a);

#define ATLAS_MAX_UNITS 100000

/* Numbers of subjects. */
static inline size_t atlas_target(size_t target) { return target; }
static inline size_t atlas_node(const struct atlas *a, size_t target, size_t node)
{
	return a->targets + target * a->nodes + node;
}
static inline size_t atlas_candidate(const struct atlas *a, size_t candidate)
{
	return a->targets + a->targets * a->nodes + candidate;
}

/* Is the objective one on round trips? Then each sample counts, and not only the first of its
 * round (no cache makes a way shorter), and dns and servers have no part in it. */
static inline bool atlas_by_rtt(const struct atlas *a) { return a->metric == SLOT_MIN_RTT; }

/* The lot of a slice, or NULL. */
const struct lot *part_lot(const struct part *p, uint32_t slice);
/* Was the subject measured in the units of this slice? */
bool atlas_has(const struct atlas *a, const struct slice *s, size_t subject);
/* The only part of a subject that isn't a target; NULL if the vantage has nothing of it. */
const struct part *atlas_single(const struct vantage *v, size_t subject);
/* Can the node be sent visitors of this target: live, serving it, and where it says it is? */
bool atlas_live(const struct atlas *a, size_t target, size_t node);
/* Blocks in which the vantage has the objective's metric of the target (or min_rtt of a
 * candidate). */
size_t atlas_blocks(const struct atlas *a, const struct vantage *v, size_t subject);
/* Great-circle distance of a vantage from a place; NAN if one of them is not known. */
double atlas_km(const struct vantage *v, double lat, double lon);
/* Index by name, or -1. */
long atlas_node_named(const struct atlas *a, const char *name);
long atlas_candidate_named(const struct atlas *a, const char *name);
long atlas_vantage_named(const struct atlas *a, const char *name);

static inline bool bits_get(const struct bits *b, size_t i)
{
	return b->word != NULL && (b->word[i / 64] >> i % 64 & 1) != 0;
}

#endif
