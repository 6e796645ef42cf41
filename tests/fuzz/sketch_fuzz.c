/* libFuzzer target: arbitrary bytes as a stored sketch. They are refused, or they are a
 * sketch that encodes to exactly the bytes that were read, whose quantiles lie in order
 * between the bounds of its buckets, and that merges with itself. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sketch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
	if (!condition)
		abort();
}

static void check_quantiles(const struct sketch *s)
{
	static const double q[] = { 0, 0.01, 0.25, 0.5, 0.75, 0.95, 0.99, 1 };
	double before = 0;
	for (size_t i = 0; i < sizeof q / sizeof *q; i++) {
		double x = sketch_quantile(s, q[i]);
		must(s->n == 0 ? x != x : x >= before && x <= sketch_bucket_high(SKETCH_MAX_BUCKET));
		before = s->n == 0 ? 0 : x;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sketch s = { 0 }, t = { 0 };
	struct err err = { 0 };
	struct buf b;
	size_t used = 0, used_again = 0;
	buf_init(&b, 0);
	int rc = sketch_decode(&s, data, size, &used, &err);
	must(rc == 0 || (rc == LAT_DATAERR && err.code == rc && err.text[0] != '\0' && s.n == 0));
	if (rc == 0) {
		must(used <= size && sketch_encode(&s, &b));
		must(b.len == used && memcmp(b.data, data, used) == 0);
		must(sketch_decode(&t, b.data, b.len, &used_again, &err) == 0);
		must(used_again == used && sketch_equal(&s, &t));
		check_quantiles(&s);
		if (s.n <= SKETCH_MAX_VALUES / 2)
			must(sketch_merge(&t, &s) && sketch_merge(&s, &s) && sketch_equal(&s, &t));
	}
	buf_free(&b);
	sketch_free(&s);
	sketch_free(&t);
	return 0;
}
