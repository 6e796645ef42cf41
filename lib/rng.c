#include "lib/rng.h"

/* Vigna's splitmix64: spreads one seed, 0 too, over the whole state. */
static uint64_t splitmix64(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15ULL;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static uint64_t rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

void rng_seed(struct rng *r, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		r->s[i] = splitmix64(&seed);
}

uint64_t rng_next(struct rng *r)
{
	uint64_t *s = r->s;
	uint64_t result = rotate(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

/* D. Lemire, "Fast random integer generation in an interval", ACM TOMACS 29 (2019):
 * the high half of a product is uniform once the few low halves that would favour
 * some results are rejected. */
uint32_t rng_below(struct rng *r, uint32_t n)
{
	uint64_t product = (rng_next(r) >> 32) * n;
	if ((uint32_t)product < n) {
		uint32_t reject = -n % n; /* 2^32 mod n */
		while ((uint32_t)product < reject)
			product = (rng_next(r) >> 32) * n;
	}
	return (uint32_t)(product >> 32);
}

double rng_unit(struct rng *r)
{
	return (double)(rng_next(r) >> 11) * 0x1p-53;
}
