#include "lib/stats.h"

#include <math.h>
#include <stdlib.h>

/* ---- intervals of proportions ---------------------------------------------------- */

void stats_wilson(uint64_t k, uint64_t n, double conf, double *low, double *high)
{
	*low = 0;
	*high = 1;
	if (n == 0)
		return;
	if (k > n)
		k = n;
	double z = stats_normal_quantile(conf);
	double size = (double)n, p = (double)k / size;
	double middle = 2 * size * p + z * z;
	double half = z * sqrt(z * z + 4 * size * p * (1 - p));
	/* At the ends the bounds are exactly 0 and 1; the formula misses them by rounding. */
	if (k != 0)
		*low = fmax(0, (middle - half) / (2 * (size + z * z)));
	if (k != n)
		*high = fmin(1, (middle + half) / (2 * (size + z * z)));
}

void stats_newcombe(uint64_t k1, uint64_t n1, uint64_t k2, uint64_t n2, double conf,
                    double *low, double *high)
{
	*low = -1;
	*high = 1;
	if (n1 == 0 || n2 == 0)
		return;
	double p1 = (double)(k1 < n1 ? k1 : n1) / (double)n1;
	double p2 = (double)(k2 < n2 ? k2 : n2) / (double)n2;
	double l1, u1, l2, u2;
	stats_wilson(k1, n1, conf, &l1, &u1);
	stats_wilson(k2, n2, conf, &l2, &u2);
	*low = p2 - p1 - hypot(p2 - l2, u1 - p1);
	*high = p2 - p1 + hypot(u2 - p2, p1 - l1);
}

/* ---- many tests ------------------------------------------------------------------ */

struct ranked { double p; size_t i; };

static int by_p(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	if (x->p != y->p)
		return x->p < y->p ? -1 : 1;
	return x->i < y->i ? -1 : x->i > y->i;
}

bool stats_holm(const double *p, size_t n, double alpha, bool *reject)
{
	if (n == 0)
		return true;
	struct ranked *r = calloc(n, sizeof *r);
	if (r == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		r[i] = (struct ranked){ isnan(p[i]) ? 1 : p[i], i };
		reject[i] = false;
	}
	qsort(r, n, sizeof *r, by_p);
	/* The smallest against alpha/n, the next against alpha/(n-1)...; the first that
	 * stands lets all that follow stand. */
	for (size_t i = 0; i < n && r[i].p <= alpha / (double)(n - i); i++)
		reject[r[i].i] = true;
	free(r);
	return true;
}

/* ---- order ----------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

double stats_quantile(double *x, size_t n, double q)
{
	if (n == 0 || isnan(q))
		return NAN;
	qsort(x, n, sizeof *x, by_value);
	double r = fmin(fmax(q, 0), 1) * (double)(n - 1);
	size_t k = (size_t)r;
	double part = r - (double)k;
	return part == 0 ? x[k] : x[k] + part * (x[k + 1] - x[k]);
}

/* Hoare's FIND (CACM 4, 1961) in Wirth's form: afterwards x[k] is where sorting would
 * put it, nothing before it is larger and nothing behind it smaller. */
static void find(double *x, ptrdiff_t n, ptrdiff_t k)
{
	ptrdiff_t first = 0, last = n - 1;
	while (first < last) {
		double pivot = x[k];
		ptrdiff_t i = first, j = last;
		do {
			while (x[i] < pivot)
				i++;
			while (pivot < x[j])
				j--;
			if (i <= j) {
				double swap = x[i];
				x[i++] = x[j];
				x[j--] = swap;
			}
		} while (i <= j);
		if (j < k)
			first = i;
		if (k < i)
			last = j;
	}
}

/* Median of n > 0 values, which are moved about; the mean of the middle two for even n. */
static double median(double *x, size_t n)
{
	size_t k = n / 2;
	find(x, (ptrdiff_t)n, (ptrdiff_t)k);
	if (n % 2 != 0)
		return x[k];
	double below = x[0];
	for (size_t i = 1; i < k; i++)
		below = fmax(below, x[i]);
	return below + (x[k] - below) / 2;
}

/* ---- line ------------------------------------------------------------------------ */

bool stats_theil_sen(const double *x, const double *y, size_t n, double *a, double *r)
{
	if (n < 2 || n - 1 > PTRDIFF_MAX / sizeof(double) / n)
		return false;
	size_t pairs = n % 2 == 0 ? n / 2 * (n - 1) : (n - 1) / 2 * n, slopes = 0;
	double *work = malloc((pairs > n ? pairs : n) * sizeof *work);
	if (work == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			if (x[i] != x[j])
				work[slopes++] = (y[j] - y[i]) / (x[j] - x[i]);
	if (slopes != 0) {
		*r = median(work, slopes);
		for (size_t i = 0; i < n; i++)
			work[i] = y[i] - *r * x[i];
		*a = median(work, n);
	}
	free(work);
	return slopes != 0;
}

/* ---- bootstrap ------------------------------------------------------------------- */

double stats_block_widening(size_t m)
{
	if (m < 2)
		return INFINITY;
	double blocks = (double)m;
	return stats_t_quantile(0.95, blocks - 1) / stats_normal_quantile(0.95) * sqrt(blocks / (blocks - 1));
}
