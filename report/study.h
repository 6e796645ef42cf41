/* A study: all that the questions about one window share. Opened once by a report or a
 * gate, and passed down. */
#ifndef LATLAS_REPORT_STUDY_H
#define LATLAS_REPORT_STUDY_H

#include "lib/err.h"
#include "report/atlas.h"
#include "report/bootstrap.h"
#include "report/worlds.h"
#include "report/evaluate.h"
#include "report/predict.h"
#include "report/regions.h"
#include "report/weights.h"

#define STUDY_PROBES_TO_GENERALISE 10 /* fewer cannot speak for a region */

struct study {
	const struct evaluate_options *o;
	struct atlas atlas;
	struct weights weights;
	region_list regions;
	struct model *model;       /* by target; not ok for a baseline */
	size_t *version;           /* by target: the HTTP and TLS version that the model is of */
	struct bootstrap boot;
	struct worlds worlds;
	double *draws[3];          /* scratch: replicates each */
	bool *counts;              /* scratch: by vantage */
	double *weight;            /* scratch: by member of a mixture */
	double *share;             /* scratch: by node, and one more */
	VEC(const char *) notes;   /* in the atlas' arena */
	int64_t pruned_until_us;   /* raw samples before it may have been pruned; US_NONE */
	plan_rows plans;           /* that were in force in the window, in the order of time */
};

/* Load, check places, fit, draw. Errors as evaluate_report(). study_close() in any case. */
int study_open(struct study *s, struct store *store, struct registry *registry,
               const struct evaluate_options *o, struct err *err) LAT_MUST_CHECK;
void study_close(struct study *s);

/* Add a sentence to the notes. false: out of memory. */
bool study_note(struct study *s, const char *fmt, ...) LAT_PRINTF(2, 3) LAT_MUST_CHECK;

/* Who of those that have a part in a region counts for a target: who has BOOTSTRAP_MIN_BLOCKS blocks or more; if
 * there is none, those that have any (and there will be no verdict). Blocks are those with the
 * objective's metric; where nobody has it, those in which the target was asked at all, as its
 * availability and its other measures are known. *blocks gets the blocks of the poorest, 0 if
 * there is nobody. false: out of memory. */
bool study_members(struct study *s, const struct region *g, size_t target, struct mixture *out,
                   size_t *blocks) LAT_MUST_CHECK;

/* Fill what the study knows of pruned samples and of the plan's revisions. Errors as the store's. */
int study_history(struct study *s, struct store *store, struct registry *registry, struct err *err) LAT_MUST_CHECK;
/* Where loading ended with `status` and nothing is there because it was pruned: say so. Returns `status`. */
int study_explain_nothing(const struct study *s, int status, struct err *err) LAT_MUST_CHECK;
/* Notes: what was pruned of what the window needs, which plans it was measured under. false:
 * out of memory. */
bool study_note_pruned(struct study *s) LAT_MUST_CHECK;
bool study_note_plans(struct study *s) LAT_MUST_CHECK;

/* The notes that hold for every report and gate: samples and vantages left out, places,
 * networks, the fit. false: out of memory. */
bool study_notes(struct study *s) LAT_MUST_CHECK;

#endif
