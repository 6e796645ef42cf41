#include "lib/num.h"

#include "tests/check.h"

static int integer(const char *text, int64_t min, int64_t max, int64_t *out, struct err *err)
{
	*out = -999;
	return num_parse_i64(text, "-n", min, max, out, err);
}

static int real(const char *text, double min, double max, double *out, struct err *err)
{
	*out = -999;
	return num_parse_double(text, "quantile", min, max, out, err);
}

int main(void)
{
	struct err err = { 0 };
	int64_t n;
	double x;

	CHECK_CASE("whole numbers, both ends of the range included");
	CHECK_INT(integer("1", 1, 10, &n, &err), 0);
	CHECK_INT(n, 1);
	CHECK_INT(integer("10", 1, 10, &n, &err), 0);
	CHECK_INT(n, 10);
	CHECK_INT(integer("-3", -5, 10, &n, &err), 0);
	CHECK_INT(n, -3);
	CHECK_INT(integer("9223372036854775807", INT64_MIN, INT64_MAX, &n, &err), 0);
	CHECK(n == INT64_MAX);
	CHECK_INT(integer("-9223372036854775808", INT64_MIN, INT64_MAX, &n, &err), 0);
	CHECK(n == INT64_MIN);

	CHECK_CASE("out of range is refused with the range");
	CHECK_INT(integer("11", 1, 10, &n, &err), LAT_USAGE);
	CHECK_STR(err.text, "-n: 11 is not in 1..10");
	CHECK_INT(n, -999);
	CHECK_INT(integer("0", 1, 10, &n, &err), LAT_USAGE);
	CHECK_INT(integer("9223372036854775808", INT64_MIN, INT64_MAX, &n, &err), LAT_USAGE);
	CHECK_INT(integer("-9223372036854775809", INT64_MIN, INT64_MAX, &n, &err), LAT_USAGE);

	CHECK_CASE("nothing but digits");
	static const char *const not_whole[] = { "", "-", "+1", " 1", "1 ", "1.0", "0x10",
		"1e3", "--1", "5s", "\xd9\xa1" };
	for (size_t i = 0; i < LAT_COUNT(not_whole); i++)
		CHECK_INT(integer(not_whole[i], INT64_MIN, INT64_MAX, &n, &err), LAT_USAGE);
	CHECK_INT(integer("5s", 0, 10, &n, &err), LAT_USAGE);
	CHECK_STR(err.text, "-n: \"5s\" is not a whole number");

	CHECK_CASE("real numbers");
	CHECK_INT(real("0.75", 0, 1, &x, &err), 0);
	CHECK_NEAR(x, 0.75, 0);
	CHECK_INT(real("-33.87", -90, 90, &x, &err), 0);
	CHECK_NEAR(x, -33.87, 0);
	CHECK_INT(real("1e3", 0, 2000, &x, &err), 0);
	CHECK_NEAR(x, 1000, 0);
	CHECK_INT(real(".5", 0, 1, &x, &err), 0);
	CHECK_NEAR(x, 0.5, 0);

	CHECK_CASE("real numbers out of range");
	CHECK_INT(real("90.5", -90, 90, &x, &err), LAT_USAGE);
	CHECK_STR(err.text, "quantile: 90.5 is not in -90..90");
	CHECK_NEAR(x, -999, 0);
	CHECK_INT(real("1e999", 0, INFINITY, &x, &err), LAT_USAGE);

	CHECK_CASE("nothing but a number");
	static const char *const not_real[] = { "", "-", ".", "nan", "inf", "-inf", "0x1p3", " 1",
		"1 ", "1,5", "+1", "1e", "ten" };
	for (size_t i = 0; i < LAT_COUNT(not_real); i++)
		CHECK_INT(real(not_real[i], -INFINITY, INFINITY, &x, &err), LAT_USAGE);
	CHECK_STR(err.text, "quantile: \"ten\" is not a number");
	return check_done();
}
