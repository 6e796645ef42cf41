/* What a person reads after measuring one URL by hand: who answered, a table of the phases
 * and, beside it, where the time of a typical visit goes. */
#ifndef LATLAS_PROBE_CARD_H
#define LATLAS_PROBE_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "schema/sample.h"

struct card {
	const char *url;
	const struct sample *samples;
	size_t len;
	int64_t cert_not_after; /* seconds since 1970; -1: none seen */
	const char *detail;     /* of the first failure, in libcurl's words; "" */
	int64_t now_s;          /* to count the certificate's days from */
};

/* `colour`: with escape sequences; `blocks`: bars of block characters (UTF-8), else of '#'.
 * false: out of memory, or `out` failed. */
bool card_print(const struct card *c, FILE *out, bool colour, bool blocks);

/* One line of the waterfall: a bar from `start` to `end` (0..1 of the whole width), in `cells`
 * columns; at least an eighth of a column (or one '#') if end > start. `out` has room for
 * 4 * cells + 8 bytes. */
const char *card_bar(char *out, double start, double end, int cells, bool blocks);

#endif
