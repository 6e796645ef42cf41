/* What gnuplot's SVG needs before it is handed out: a name, a description, ids that are
 * unique on a page with several charts, and colours that a page can turn to the dark. */
#ifndef LATLAS_REPORT_SVG_H
#define LATLAS_REPORT_SVG_H

#include "lib/buf.h"
#include "lib/err.h"

/* `raw` is a document of gnuplot's; a whole document of ours is appended to `out`. `id` is
 * put before every id in it. LAT_UNAVAILABLE: it is not what gnuplot writes. */
int svg_finish(const char *raw, const char *id, const char *title, const char *desc, struct buf *out,
               struct err *err) LAT_MUST_CHECK;

/* The same document as an element inside HTML: no prolog, and the colours that belong to the
 * page (ink, muted, grid, land, paper, blue, purple) as CSS variables --ink and so on. */
void svg_inline(const char *document, struct buf *out);

#endif
