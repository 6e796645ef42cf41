/* The sections of the page. Inside of report/html only; all append to `out`. */
#ifndef LATLAS_REPORT_HTML_PARTS_H
#define LATLAS_REPORT_HTML_PARTS_H

#include "report/html_out.h"

void html_regions(const struct view *v, struct buf *out); /* a row for each region: verdict, objective, why */
void html_fixes(const struct view *v, struct buf *out);       /* what each fix alone would give */
void html_percentiles(const struct view *v, struct buf *out); /* of every phase, target beside target */
void html_edges(const struct view *v, struct buf *out);       /* where targets answered from */
void html_nodes(const struct view *v, struct buf *out);
void html_vantages(const struct view *v, struct buf *out);
void html_addresses(const struct view *v, struct buf *out);   /* --private only */

#endif
