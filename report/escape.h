/* Names that somebody else chose, made harmless for each form we write. One function a
 * form; every writer passes every text that isn't its own through its form's function.
 *
 * All append to `out` (whose failure is told there), take any bytes, and write valid
 * UTF-8: a byte that isn't becomes U+FFFD. NULL counts as "". */
#ifndef LATLAS_REPORT_ESCAPE_H
#define LATLAS_REPORT_ESCAPE_H

#include "lib/buf.h"

/* HTML and SVG, as text and inside a quoted attribute; controls become U+FFFD. */
void escape_html(struct buf *out, const char *s);

/* Markdown (CommonMark and GitHub's tables), one line: line ends and controls become blanks. */
void escape_markdown(struct buf *out, const char *s);

/* One cell of CSV (RFC 4180). A cell that a spreadsheet would take for a formula (it starts
 * with = + - @, a tab or a carriage return) gets an apostrophe in front. */
void escape_csv(struct buf *out, const char *s);

/* One double-quoted field of a tab-separated gnuplot data file: tabs and controls become
 * blanks, quotes an apostrophe, backslashes and backticks harmless look-alikes. */
void escape_plot(struct buf *out, const char *s);

/* A terminal's line: controls become '?', so that no name steers it or forges a line. */
void escape_terminal(struct buf *out, const char *s);

#endif
