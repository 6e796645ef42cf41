/* Pieces of HTML. Every text that isn't a literal of ours goes through html_text() or one of
 * the functions below, which call it: there is no other way for it into the page. */
#ifndef LATLAS_REPORT_HTML_OUT_H
#define LATLAS_REPORT_HTML_OUT_H

#include "lib/attr.h"
#include "lib/buf.h"
#include "report/present.h"

/* Escaped text; NULL is "". */
void html_text(struct buf *out, const char *s);
void html_textf(struct buf *out, const char *fmt, ...) LAT_PRINTF(2, 3);

/* <td>text</td>, of words and of a number (right aligned). */
void html_td(struct buf *out, const char *s);
void html_td_number(struct buf *out, const char *s);
void html_td_ms(struct buf *out, double ms);
void html_td_estimate(struct buf *out, const struct estimate *e);
/* <th scope="row">text</th> */
void html_th_row(struct buf *out, const char *s);

/* A table in a frame that scrolls when the page is too narrow: caption and header row. A
 * title that starts with '>' is of a column of numbers. Ends with <tbody>. */
void html_table(struct buf *out, const char *caption, const char *const *titles, size_t n);
void html_table_end(struct buf *out);

/* <section id="ID"><h2>title</h2> */
void html_section(struct buf *out, const char *id, const char *title);
void html_section_end(struct buf *out);

/* "City, CC", what of it is known, and something small below (NULL: nothing). */
void html_td_place(struct buf *out, const char *city, const char *country, const char *below);

/* The verdict with its mark, in a colour of its mood. */
void html_badge(struct buf *out, enum mood mood, const char *text);

#endif
