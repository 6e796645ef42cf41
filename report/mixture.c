#include "report/mixture.h"

#include <math.h>
#include <stdlib.h>

#define ROUNDING 1e-9  /* by which a sum of weights may miss the quantile that it reaches */
#define ON_STACK 64    /* probes of most regions */

void mixture_free(struct mixture *m)
{
	vec_free(&m->member);
	vec_free(&m->group);
}

double mixture_effective_groups(const struct mixture *m)
{
	double sum = 0, squares = 0;

	for (size_t g = 0; g < m->group.len; g++) {
		bool used = false;
		for (size_t i = 0; i < m->member.len && !used; i++)
			used = m->member.at[i].group == g;
		if (used) {
			sum += m->group.at[g];
			squares += m->group.at[g] * m->group.at[g];
		}
	}
	return squares > 0 ? sum * sum / squares : 0;
}

/* Four sums beside each other, which a processor adds at once. */
static double dot(const double *x, const double *y, size_t n)
{
	double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
	size_t i = 0;

	for (; i + 4 <= n; i += 4) {
		s0 += x[i] * y[i];
		s1 += x[i + 1] * y[i + 1];
		s2 += x[i + 2] * y[i + 2];
		s3 += x[i + 3] * y[i + 3];
	}
	for (; i < n; i++)
		s0 += x[i] * y[i];
	return (s0 + s1) + (s2 + s3);
}

static double times(const struct mixture *m, const struct mixture_draw *d, size_t i)
{
	return d->vantage == NULL ? 1 : d->vantage[m->member.at[i].vantage];
}

void mixture_factors(const struct mixture *m, const struct arm *a, const struct mixture_draw *d,
                     double *factor)
{
	double all = 0;

	for (size_t i = 0; i < m->member.len; i++)
		factor[i] = times(m, d, i) > 0 ? dot(d->block, a->weight + i * a->columns, a->columns) : 0;
	/* Members of a group stand next to each other. One that is alone in it was drawn among those of other
	 * groups that are (regions.h), so that its group weighs as often as it was drawn. */
	for (size_t i = 0, end; i < m->member.len; i = end) {
		size_t group = m->member.at[i].group;
		double present = 0;
		for (end = i; end < m->member.len && m->member.at[end].group == group; end++)
			present += factor[end] > 0 ? times(m, d, end) : 0;
		double weight = m->group.at[group] * (end - i == 1 ? present : 1);
		for (size_t k = i; k < end; k++)
			if (factor[k] > 0)
				factor[k] = weight * times(m, d, k) / present / factor[k];
		all += present > 0 ? weight : 0;
	}
	for (size_t i = 0; all > 0 && i < m->member.len; i++)
		factor[i] /= all;
}

struct search {
	const struct mixture *m;
	struct arm *a;
	const struct mixture_draw *d;
	const double *factor;
};

/* Share of the region at or below a point. */
static double share_at(const struct search *s, int point)
{
	const double *row = arm_row(s->a, point, s->d->fit);
	double sum = 0;

	if (row == NULL)
		return NAN;
	for (size_t i = 0; i < s->m->member.len; i++)
		if (s->factor[i] > 0)
			sum += s->factor[i] * dot(s->d->block, row + i * s->a->columns, s->a->columns);
	return sum;
}

/* The first point that reaches the quantile; ARM_POINTS if none does. Steps that double,
 * from where the last one was, then halving: a bootstrap's quantiles lie close together. */
static int first_point(const struct search *s, double q)
{
	double need = q - ROUNDING;
	int low = -1, high = ARM_POINTS, at = s->a->hint;

	if (share_at(s, at) >= need) {
		high = at;
		for (int step = 1; high > 0 && low < 0; step *= 2) {
			at = high - step < 0 ? 0 : high - step;
			if (share_at(s, at) >= need)
				high = at;
			else
				low = at;
		}
	} else {
		low = at;
		for (int step = 1; low < ARM_POINTS - 1 && high == ARM_POINTS; step *= 2) {
			at = low + step >= ARM_POINTS ? ARM_POINTS - 1 : low + step;
			if (share_at(s, at) >= need)
				high = at;
			else
				low = at;
		}
	}
	while (high - low > 1 && high < ARM_POINTS) {
		at = low + (high - low) / 2;
		if (share_at(s, at) >= need)
			high = at;
		else
			low = at;
	}
	return high;
}

double mixture_quantile(const struct mixture *m, struct arm *a, const struct mixture_draw *d,
                        double q, double fail_us, bool *failed)
{
	double some[ON_STACK], *factor = some, result = NAN, present = 0;

	if (failed != NULL)
		*failed = false;
	if (m->member.len > ON_STACK && (factor = malloc(m->member.len * sizeof *factor)) == NULL) {
		a->failed = true;
		return NAN;
	}
	mixture_factors(m, a, d, factor);
	for (size_t i = 0; i < m->member.len; i++)
		present += factor[i];
	if (present > 0) {
		struct search s = {.m = m, .a = a, .d = d, .factor = factor};
		int point = first_point(&s, q);
		if (point == ARM_POINTS) {
			result = fail_us;
			if (failed != NULL)
				*failed = true;
		} else {
			a->hint = point;
			result = arm_point_us(point);
			if (point > 0) {
				double low = arm_point_us(point - 1), below = share_at(&s, point - 1);
				double part = (q - below) / (share_at(&s, point) - below);
				result = low + (result - low) * fmin(fmax(part, 0), 1);
			}
		}
	}
	if (factor != some)
		free(factor);
	return a->failed ? NAN : result;
}
