/* Quantiles of the normal and of Student's distribution, each by inverting its
 * distribution function. */
#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "lib/stats.h"

#define SQRT1_2 0.70710678118654752440
#define SQRT_2PI 2.50662827463100050242
#define PI 3.14159265358979323846

/* ---- normal ---------------------------------------------------------------------- */

double stats_normal_quantile(double p)
{
	if (!(p >= 0 && p <= 1))
		return NAN;
	if (p == 0 || p == 1)
		return p == 0 ? -INFINITY : INFINITY;
	if (p == 0.5)
		return 0;
	double tail = p < 0.5 ? p : 1 - p;
	/* Abramowitz and Stegun, 26.2.23: off by less than 4.5e-4. */
	double t = sqrt(-2 * log(tail));
	double x = t - (2.515517 + t * (0.802853 + t * 0.010328))
	               / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
	/* Halley's method on the upper tail, 0.5 erfc(x / sqrt 2), or near the middle on what
	 * lies between, 0.5 erf(x / sqrt 2): the smaller is the precise one. Each step cubes
	 * the error. */
	for (int i = 0; i < 3; i++) {
		double over = tail < 0.25 ? 0.5 * erfc(x * SQRT1_2) - tail
		                          : 0.5 - tail - 0.5 * erf(x * SQRT1_2);
		double u = over * SQRT_2PI * exp(x * x / 2);
		x += u / (1 - x * u / 2);
	}
	return p < 0.5 ? -x : x;
}

/* ---- Student's t ----------------------------------------------------------------- */

/* The continued fraction of the incomplete beta function (NIST DLMF 8.17.22), by Lentz's
 * method. Converges fast for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
	const double tiny = 1e-300;
	double c = 1, d = 1 - (a + b) * x / (a + 1);
	d = 1 / (fabs(d) < tiny ? tiny : d);
	double h = d;
	for (int m = 1; m < 10000; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		d = 1 + even * d;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = 1 + even / c;
		c = fabs(c) < tiny ? tiny : c;
		h *= c * d;
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		d = 1 + odd * d;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = 1 + odd / c;
		c = fabs(c) < tiny ? tiny : c;
		h *= c * d;
		if (fabs(c * d - 1) < DBL_EPSILON)
			break;
	}
	return h;
}

/* Regularised incomplete beta I_x(a, b). `y` is 1 - x, given apart because near 1 it
 * could not be had from x. */
static double beta_share(double a, double b, double x, double y)
{
	if (x <= 0 || y <= 0)
		return x <= 0 ? 0 : 1;
	double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(y));
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, y) / b;
}

static double t_density(double t, double df)
{
	return exp(lgamma((df + 1) / 2) - lgamma(df / 2) - (df + 1) / 2 * log1p(t * t / df)) / sqrt(df * PI);
}

/* How far `t` >= 0 is from the quantile, as a probability: below zero if t is too small.
 * Near the middle the probability from 0 to t is compared, farther out the tail, since
 * each is only precise where it is the smaller one. */
static double t_excess(double t, double df, double tail)
{
	double x = df / (df + t * t), y = t * t / (df + t * t);
	if (tail < 0.25)
		return tail - 0.5 * beta_share(df / 2, 0.5, x, y);
	return 0.5 * beta_share(0.5, df / 2, y, x) - (0.5 - tail);
}

/* Cornish-Fisher expansion for many degrees of freedom (Abramowitz and Stegun, 26.7.5);
 * from 1000 on it is off by less than 1e-12 where |x| < 6. */
static double t_expansion(double x, double df)
{
	double x2 = x * x;
	double g1 = x * (x2 + 1) / 4;
	double g2 = x * ((5 * x2 + 16) * x2 + 3) / 96;
	double g3 = x * (((3 * x2 + 19) * x2 + 17) * x2 - 15) / 384;
	double g4 = x * ((((79 * x2 + 776) * x2 + 1482) * x2 - 1920) * x2 - 945) / 92160;
	return x + (g1 + (g2 + (g3 + g4 / df) / df) / df) / df;
}

double stats_t_quantile(double p, double df)
{
	if (!(p >= 0 && p <= 1) || !(df > 0))
		return NAN;
	if (p == 0 || p == 1)
		return p == 0 ? -INFINITY : INFINITY;
	if (p == 0.5)
		return 0;
	if (df >= 1000)
		return t_expansion(stats_normal_quantile(p), df);
	double tail = p < 0.5 ? p : 1 - p;
	double lo = 0, hi = 1;
	while (t_excess(hi, df, tail) < 0 && hi < DBL_MAX / 4) {
		lo = hi;
		hi *= 2;
	}
	/* Newton's method, with bisection where it would leave the bracket. */
	double t = lo + (hi - lo) / 2;
	for (int i = 0; i < 200; i++) {
		double excess = t_excess(t, df, tail);
		if (excess < 0)
			lo = t;
		else
			hi = t;
		double next = t - excess / t_density(t, df);
		if (!(next > lo && next < hi))
			next = lo + (hi - lo) / 2;
		bool close = fabs(next - t) <= 2 * DBL_EPSILON * t;
		t = next;
		if (close)
			break;
	}
	return p < 0.5 ? -t : t;
}
