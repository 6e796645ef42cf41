/* Reproducible random numbers: xoshiro256** (Blackman and Vigna, 2018), seeded by
 * splitmix64. For resampling and shuffling; secrets come from getrandom(2). */
#ifndef LATLAS_LIB_RNG_H
#define LATLAS_LIB_RNG_H

#include <stdint.h>

struct rng { uint64_t s[4]; };

void rng_seed(struct rng *r, uint64_t seed);
uint64_t rng_next(struct rng *r);
/* Uniform in 0..n-1 without modulo bias; n > 0. */
uint32_t rng_below(struct rng *r, uint32_t n);
/* Uniform in [0, 1). */
double rng_unit(struct rng *r);

#endif
