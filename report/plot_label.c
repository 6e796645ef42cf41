#include "report/plot_label.h"

#include <math.h>
#include <stdlib.h>

#include "lib/attr.h"

#define GAP 3.0        /* between a marker and its text */
#define DIRECTIONS 16  /* of a leader */

/* How far leaders reach beyond the marker, pixels; shorter ones are tried first. */
static const double reaches[] = { 10, 18, 28, 40, 54, 70 };

struct box { double x0, y0, x1, y1; };

struct scene {
	labels *labels;
	struct box *texts;            /* that are placed */
	struct { double x0, y0, x1, y1; } *leaders; /* of those, a point where there is none */
	size_t placed;
	double width, height;
};

static bool overlap(const struct box *a, const struct box *b)
{
	return a->x0 < b->x1 && b->x0 < a->x1 && a->y0 < b->y1 && b->y0 < a->y1;
}

/* Does the line meet the box? Looked at in steps of two pixels, which no text is thinner than. */
static bool crosses(double x0, double y0, double x1, double y1, const struct box *b)
{
	int steps = 1 + (int)(hypot(x1 - x0, y1 - y0) / 2);
	for (int i = 0; i <= steps; i++) {
		double x = x0 + (x1 - x0) * i / steps, y = y0 + (y1 - y0) * i / steps;
		if (x > b->x0 && x < b->x1 && y > b->y0 && y < b->y1)
			return true;
	}
	return false;
}

static struct box text_box(const struct label *l)
{
	double left = l->side == LABEL_RIGHT ? l->text_x
	              : l->side == LABEL_LEFT ? l->text_x - l->width : l->text_x - l->width / 2;
	return (struct box){ left, l->text_y - l->height / 2, left + l->width, l->text_y + l->height / 2 };
}

/* Markers of about the same place are one for their labels: what covers the largest. */
static double reach_of(const struct scene *s, const struct label *l)
{
	double reach = l->radius;
	for (size_t i = 0; i < s->labels->len; i++) {
		const struct label *other = &s->labels->at[i];
		if (hypot(other->x - l->x, other->y - l->y) < l->radius)
			reach = fmax(reach, other->radius);
	}
	return reach;
}

static bool fits(const struct scene *s, const struct label *l)
{
	struct box box = text_box(l);
	if (box.x0 < 0 || box.y0 < 0 || box.x1 > s->width || box.y1 > s->height)
		return false;
	for (size_t i = 0; i < s->labels->len; i++) {
		const struct label *m = &s->labels->at[i];
		struct box marker = { m->x - m->radius, m->y - m->radius, m->x + m->radius,
			              m->y + m->radius };
		if (overlap(&box, &marker))
			return false;
	}
	for (size_t i = 0; i < s->placed; i++) {
		if (overlap(&box, &s->texts[i]) ||
		    crosses(s->leaders[i].x0, s->leaders[i].y0, s->leaders[i].x1, s->leaders[i].y1, &box))
			return false;
		if (l->leader && crosses(l->x, l->y, l->text_x, l->text_y, &s->texts[i]))
			return false;
	}
	return true;
}

/* Beside the marker: four sides, then four corners. */
static bool place_near(const struct scene *s, struct label *l)
{
	static const struct { enum label_side side; double dx, dy; } spots[] = {
		{ LABEL_RIGHT, 1, 0 }, { LABEL_LEFT, -1, 0 }, { LABEL_CENTRE, 0, -1 }, { LABEL_CENTRE, 0, 1 },
		{ LABEL_RIGHT, 0.7, -0.7 }, { LABEL_RIGHT, 0.7, 0.7 }, { LABEL_LEFT, -0.7, -0.7 },
		{ LABEL_LEFT, -0.7, 0.7 },
	};
	double reach = reach_of(s, l) + GAP;
	l->leader = false;
	for (size_t i = 0; i < LAT_COUNT(spots); i++) {
		l->side = spots[i].side;
		l->text_x = l->x + spots[i].dx * reach;
		l->text_y =
		    l->y + spots[i].dy * reach + (l->side == LABEL_CENTRE ? spots[i].dy * l->height / 2 : 0);
		if (fits(s, l))
			return true;
	}
	return false;
}

/* Away from it, at the end of a line. */
static bool place_far(const struct scene *s, struct label *l)
{
	double reach = reach_of(s, l);
	l->leader = true;
	for (size_t r = 0; r < LAT_COUNT(reaches); r++)
		for (int d = 0; d < DIRECTIONS; d++) {
			double angle = 2 * M_PI * d / DIRECTIONS;
			l->side = cos(angle) >= 0 ? LABEL_RIGHT : LABEL_LEFT;
			l->text_x = l->x + cos(angle) * (reach + reaches[r]);
			l->text_y = l->y + sin(angle) * (reach + reaches[r]);
			if (fits(s, l))
				return true;
		}
	return false;
}

static int by_rank(const void *a, const void *b)
{
	const struct label *const *x = a, *const *y = b;
	if ((*x)->rank != (*y)->rank)
		return (*x)->rank < (*y)->rank ? -1 : 1;
	return *x < *y ? -1 : *x > *y;
}

static void place_one(struct scene *s, struct label *l)
{
	if (l->width <= 0 || (!place_near(s, l) && !place_far(s, l))) {
		l->side = LABEL_NONE;
		l->leader = false;
		return;
	}
	s->texts[s->placed] = text_box(l);
	s->leaders[s->placed].x0 = l->x;
	s->leaders[s->placed].y0 = l->y;
	s->leaders[s->placed].x1 = l->leader ? l->text_x : l->x;
	s->leaders[s->placed].y1 = l->leader ? l->text_y : l->y;
	s->placed++;
}

bool label_place(labels *l, double width, double height)
{
	struct scene s = { .labels = l, .width = width, .height = height };
	struct label **order = calloc(l->len + 1, sizeof *order);
	s.texts = calloc(l->len + 1, sizeof *s.texts);
	s.leaders = calloc(l->len + 1, sizeof *s.leaders);
	bool ok = order != NULL && s.texts != NULL && s.leaders != NULL;
	for (size_t i = 0; ok && i < l->len; i++)
		order[i] = &l->at[i];
	if (ok)
		qsort(order, l->len, sizeof *order, by_rank);
	for (size_t i = 0; ok && i < l->len; i++)
		place_one(&s, order[i]);
	free(order);
	free(s.texts);
	free(s.leaders);
	return ok;
}
