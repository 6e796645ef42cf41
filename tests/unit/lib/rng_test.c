#include "lib/rng.h"

#include "tests/check.h"

int main(void)
{
	struct rng r;

	/* Vigna's splitmix64.c with seed 1234567 (the values are Rosetta Code's,
	 * "Pseudo-random numbers/Splitmix64"). */
	CHECK_CASE("the seed is spread by splitmix64");
	rng_seed(&r, 1234567);
	CHECK(r.s[0] == 6457827717110365317ULL);
	CHECK(r.s[1] == 3203168211198807973ULL);
	CHECK(r.s[2] == 9817491932198370423ULL);
	CHECK(r.s[3] == 4593380528125082431ULL);

	/* The reference implementation, xoshiro256starstar.c, from the state 1, 2, 3, 4. By
	 * hand: rotl(2 * 5, 7) * 9 = 11520; the second state word is then 0. */
	CHECK_CASE("xoshiro256** gives the reference sequence");
	r = (struct rng){ { 1, 2, 3, 4 } };
	CHECK(rng_next(&r) == 11520);
	CHECK(rng_next(&r) == 0);
	CHECK(rng_next(&r) == 1509978240);
	CHECK(rng_next(&r) == 1215971899390074240ULL);
	CHECK(rng_next(&r) == 1216172134540287360ULL);

	CHECK_CASE("below: in range, all values, evenly");
	rng_seed(&r, 1);
	int count[7] = { 0 };
	for (int i = 0; i < 70000; i++) {
		uint32_t x = rng_below(&r, 7);
		CHECK(x < 7);
		count[x % 7]++;
	}
	/* 10,000 each; the standard deviation is sqrt(70000 * 1/7 * 6/7) = 93. */
	for (int i = 0; i < 7; i++)
		CHECK_NEAR(count[i], 10000, 5 * 93);
	CHECK_INT(rng_below(&r, 1), 0);

	/* 2^32 numbers onto 3 * 2^30: without rejection every third result (x * 3/4 rounded
	 * down: 0 0 1 2, 3 3 4 5, ...) would come twice as often as the others, half of the
	 * time instead of a third; with a modulo the lowest 2^30 would. */
	CHECK_CASE("below: no bias");
	int third = 0, low = 0;
	for (int i = 0; i < 30000; i++) {
		uint32_t x = rng_below(&r, 3u << 30);
		third += x % 3 == 0;
		low += x < 1u << 30;
	}
	CHECK_NEAR(third, 10000, 5 * 82); /* sqrt(30000 * 1/3 * 2/3) = 82 */
	CHECK_NEAR(low, 10000, 5 * 82);

	CHECK_CASE("unit: in [0, 1), mean a half");
	double sum = 0;
	for (int i = 0; i < 100000; i++) {
		double u = rng_unit(&r);
		CHECK(u >= 0 && u < 1);
		sum += u;
	}
	CHECK_NEAR(sum / 100000, 0.5, 5 * 0.29 / 316);

	CHECK_CASE("the same seed, the same numbers");
	struct rng a, b;
	rng_seed(&a, 42);
	rng_seed(&b, 42);
	for (int i = 0; i < 100; i++)
		CHECK(rng_next(&a) == rng_next(&b));
	rng_seed(&b, 43);
	CHECK(rng_next(&a) != rng_next(&b));
	return check_done();
}
