/* What the words in a report mean: one list, printed by HTML and Markdown. */
#ifndef LATLAS_REPORT_DEFINITIONS_H
#define LATLAS_REPORT_DEFINITIONS_H

struct definition { const char *word, *text; };

extern const struct definition definitions[]; /* ended by a word of NULL */

#endif
