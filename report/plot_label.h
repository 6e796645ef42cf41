/* Labels beside markers, so that none covers another: a greedy placement in pixels. A label
 * that finds no room beside its marker goes a little further away, with a line to it. */
#ifndef LATLAS_REPORT_PLOT_LABEL_H
#define LATLAS_REPORT_PLOT_LABEL_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/vec.h"

enum label_side { LABEL_RIGHT, LABEL_LEFT, LABEL_CENTRE, LABEL_NONE };

struct label {
	double x, y;          /* of the marker's middle, pixels, y downwards */
	double radius;        /* of the marker */
	double width, height; /* of the text; 0: a marker without */
	int rank;             /* the smallest is placed first */
	/* Out. LABEL_RIGHT: the text starts at the anchor; LABEL_LEFT: it ends there; the anchor
	 * is half of its height up. LABEL_NONE: there was no room. */
	enum label_side side;
	double text_x, text_y;
	bool leader;          /* far enough for a line from the marker */
};

typedef VEC(struct label) labels;

/* Place all within 0..width x 0..height. The order of `l` stays. false: out of memory. */
bool label_place(labels *l, double width, double height);

#endif
