/* The answer in a few sentences of plain text: which regions are fine, which fall short and
 * why, and the one change that would help most of them. The same words in every form. */
#ifndef LATLAS_REPORT_ANSWER_H
#define LATLAS_REPORT_ANSWER_H

#include "lib/buf.h"
#include "report/result.h"

struct answer {
	struct buf headline; /* one sentence */
	struct buf fine;     /* where all is well; "" if nowhere */
	struct buf why;      /* a sentence for each cause; "" if nothing falls short */
	struct buf change;   /* the one change; "" if there is none to recommend */
};

/* LAT_SOFTWARE: out of memory. answer_free() in any case. */
int answer_make(const struct report *r, struct answer *out, struct err *err) LAT_MUST_CHECK;
void answer_free(struct answer *a);

#endif
