/* Statistics on plain numbers: nothing here knows what is measured. */
#ifndef LATLAS_LIB_STATS_H
#define LATLAS_LIB_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Quantile of the standard normal distribution (0 < p < 1): right to 1e-14, as far as p
 * itself is. -INFINITY for p = 0, INFINITY for 1, NAN outside. */
double stats_normal_quantile(double p);

/* Quantile of Student's t with df > 0 degrees of freedom (0 < p < 1): right to 1e-10 for
 * df >= 1 and p within 1e-9 of neither end. The ends as above; NAN unless df > 0. */
double stats_t_quantile(double p, double df);

/* Wilson score interval of a proportion, k of n, at one-sided confidence `conf`
 * (0.95: each bound is missed in 5 % of cases). E. B. Wilson, JASA 22 (1927).
 * n = 0 gives 0..1. */
void stats_wilson(uint64_t k, uint64_t n, double conf, double *low, double *high);

/* Difference of two proportions, p2 - p1, by Newcombe's hybrid score method (R. G.
 * Newcombe, Statistics in Medicine 17 (1998), method 10), one-sided confidence each.
 * -1..1 if n1 or n2 is 0. */
void stats_newcombe(uint64_t k1, uint64_t n1, uint64_t k2, uint64_t n2, double conf,
                    double *low, double *high);

/* Holm's step-down (S. Holm, Scand. J. Statistics 6 (1979)): reject[i] says whether
 * hypothesis i falls at family-wise level `alpha`; a p of NAN counts as 1. `reject` has
 * room for n. false: out of memory. */
bool stats_holm(const double *p, size_t n, double alpha, bool *reject);

/* Quantile at rank q (n - 1) with interpolation (0 <= q <= 1); sorts `x`, in which no
 * NAN may be. NAN if n = 0. */
double stats_quantile(double *x, size_t n, double q);

/* Robust line y = a + r x: Theil's median of pairwise slopes (Sen 1968; pairs of
 * equal x are left out), then the median of y - r x. false if there is no pair of
 * different x or memory runs out; *a and *r are then as they were. O(n^2) in time and
 * memory. */
bool stats_theil_sen(const double *x, const double *y, size_t n, double *a, double *r);

/* Factor by which a bootstrap over m blocks is widened: t(.95, m-1) / 1.645 *
 * sqrt(m / (m - 1)). INFINITY for m < 2. */
double stats_block_widening(size_t m);

#endif
