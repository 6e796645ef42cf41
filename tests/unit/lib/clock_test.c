#include "lib/clock.h"

#include "tests/check.h"

static int64_t duration(const char *text)
{
	int64_t us = -1;
	struct err err = { 0 };
	return duration_parse(text, &us, &err) == 0 ? us : -err.code;
}

#define NOW 1795376100LL /* 2026-11-22T19:35:00Z, by date(1), like all numbers below */

static struct err wall_err;

static int64_t wall(const char *text)
{
	struct wall t = { -1 };
	wall_err = (struct err){ 0 };
	return wall_parse(text, (struct wall){ NOW * US_PER_S }, &t, &wall_err) == 0 ? t.us : -wall_err.code;
}

int main(void)
{
	CHECK_CASE("durations");
	CHECK_INT(duration("7d"), 604800000000LL);
	CHECK_INT(duration("36h"), 129600000000LL);
	CHECK_INT(duration("30m"), 1800000000LL);
	CHECK_INT(duration("10s"), 10000000LL);
	CHECK_INT(duration("250ms"), 250000LL);
	CHECK_INT(duration("0s"), 0);

	CHECK_CASE("a century and no more");
	CHECK_INT(duration("36525d"), 3155760000000000LL);
	CHECK_INT(duration("36526d"), -LAT_USAGE);
	CHECK_INT(duration("99999999999999999999999999d"), -LAT_USAGE);
	CHECK_INT(duration("18446744073709551617ms"), -LAT_USAGE);

	CHECK_CASE("not durations");
	static const char *const not[] = { "", "7", "d", "-7d", "+7d", " 7d", "7d ", "7 d", "7D",
		"1.5h", "7d6h", "7w", "7sec", "0x7d" };
	for (size_t i = 0; i < LAT_COUNT(not); i++)
		CHECK_INT(duration(not[i]), -LAT_USAGE);

	CHECK_CASE("the error shows the text and the form");
	struct err err = { 0 };
	int64_t us;
	CHECK_INT(duration_parse("soon", &us, &err), LAT_USAGE);
	CHECK_CONTAINS(err.text, "\"soon\" is not a duration");
	CHECK_CONTAINS(err.text, "250ms");

	CHECK_CASE("durations for people");
	char text[DURATION_TEXT];
	CHECK_STR(duration_format(10 * US_PER_S, text), "10 s");
	CHECK_STR(duration_format(6 * US_PER_HOUR, text), "6 h");
	CHECK_STR(duration_format(7 * US_PER_DAY, text), "7 d");
	CHECK_STR(duration_format(90 * 60 * US_PER_S, text), "1.5 h");
	CHECK_STR(duration_format(30 * 60 * US_PER_S, text), "30 min");
	CHECK_STR(duration_format(100 * US_PER_S, text), "100 s");
	CHECK_STR(duration_format(250000, text), "250 ms");
	CHECK_STR(duration_format(35, text), "35 us");
	CHECK_STR(duration_format(0, text), "0 s");
	CHECK_STR(duration_format(3601 * US_PER_S, text), "1 h");       /* 1.0003 h */
	CHECK_STR(duration_format(3599999999LL, text), "60 min");       /* 59.99999998 min */
	CHECK_STR(duration_format(-90 * US_PER_S, text), "-1.5 min");
	CHECK_STR(duration_format(INT64_MIN, text), "-106751991.2 d");  /* 2^63 / 86.4e9 = 106751991.17 */

	CHECK_CASE("RFC 3339");
	CHECK_INT(wall("2026-11-22T19:35:00Z"), NOW * US_PER_S);
	CHECK_INT(wall("2026-11-22t19:35:00z"), NOW * US_PER_S);
	CHECK_INT(wall("2026-11-22 19:35:00Z"), NOW * US_PER_S);
	CHECK_INT(wall("2026-11-22T19:35:00.25Z"), NOW * US_PER_S + 250000);
	CHECK_INT(wall("2026-11-22T19:35:00.1234567Z"), NOW * US_PER_S + 123456);
	CHECK_INT(wall("2026-11-22T19:35:00+05:30"), 1795356300LL * US_PER_S);
	CHECK_INT(wall("2026-11-22T11:35:00-08:00"), NOW * US_PER_S);
	CHECK_INT(wall("2000-02-29T12:00:00Z"), 951825600LL * US_PER_S);
	CHECK_INT(wall("9999-12-31T23:59:59Z"), 253402300799LL * US_PER_S);

	CHECK_CASE("a date alone is midnight UTC; before 1970 too");
	CHECK_INT(wall("1970-01-01"), 0);
	CHECK_INT(wall("1900-03-01"), -2203891200LL * US_PER_S);
	CHECK_INT(wall("0001-01-01"), -62135596800LL * US_PER_S);
	CHECK_INT(wall("1969-12-31T23:59:59.5Z"), -500000);

	CHECK_CASE("a leap second is the last of its day, and only there");
	CHECK_INT(wall("2016-12-31T23:59:60Z"), 1483228800LL * US_PER_S);
	CHECK_INT(wall("2017-01-01T05:29:60+05:30"), 1483228800LL * US_PER_S);
	CHECK_INT(wall("2016-12-31T22:59:60Z"), -LAT_USAGE);

	CHECK_CASE("that long before now");
	CHECK_INT(wall("7d"), (NOW - 604800) * US_PER_S);
	CHECK_INT(wall("0s"), NOW * US_PER_S);

	CHECK_CASE("not moments");
	static const char *const never[] = {
		"", "now", "yesterday", "2026", "2026-11", "2026-1-2", "2026-13-01", "2026-00-01",
		"2026-11-31",
		"2026-11-00", "2025-02-29", "1900-02-29", "2026-11-22T", "2026-11-22T19", "2026-11-22T19:35",
		"2026-11-22T19:35:00", "2026-11-22T24:00:00Z", "2026-11-22T19:60:00Z", "2026-11-22T19:35:61Z",
		"2026-11-22T19:35:00.Z", "2026-11-22T19:35:00+0530", "2026-11-22T19:35:00+24:00",
		"2026-11-22T19:35:00ZZ", "2026-11-22T19:35:00Z ", " 2026-11-22", "2026-11-22x", "20261122",
		"1795376100",
	};
	for (size_t i = 0; i < LAT_COUNT(never); i++)
		CHECK_INT(wall(never[i]), -LAT_USAGE);

	CHECK_CASE("the errors say what is wrong");
	wall("2026-02-30");
	CHECK_STR(wall_err.text, "\"2026-02-30\" is not a moment: there is no such day");
	wall("2026-11-22T19:35:00");
	CHECK_CONTAINS(wall_err.text, "needs a zone");
	wall("last week");
	CHECK_CONTAINS(wall_err.text, "\"last week\" is neither a moment");
	wall("99999d");
	CHECK_CONTAINS(wall_err.text, "at most 100 years");

	CHECK_CASE("moments as text");
	char out[WALL_TEXT];
	CHECK_STR(wall_format((struct wall){ NOW * US_PER_S + 999999 }, out), "2026-11-22T19:35:00Z");
	CHECK_STR(wall_format((struct wall){ 951825600LL * US_PER_S }, out), "2000-02-29T12:00:00Z");
	CHECK_STR(wall_format((struct wall){ -1 }, out), "1969-12-31T23:59:59Z");
	CHECK_STR(wall_format((struct wall){ -62135596800LL * US_PER_S }, out), "0001-01-01T00:00:00Z");

	/* Every day from 1600 to 2400: a whole cycle of leap years, twice. */
	CHECK_CASE("format and parse are each other's reverse");
	int64_t first = wall("1600-01-01"), days = 0;
	for (int64_t t = first; t < wall("2400-01-01"); t += US_PER_DAY, days++) {
		int64_t last = t + 86399 * US_PER_S;
		CHECK_INT(wall(wall_format((struct wall){ last }, out)), last);
	}
	CHECK_INT(days, 2 * 146097);
	CHECK(strlen(wall_format((struct wall){ INT64_MIN }, out)) < WALL_TEXT);
	CHECK(strlen(wall_format((struct wall){ INT64_MAX }, out)) < WALL_TEXT);

	CHECK_CASE("monotonic differences round down");
	CHECK_INT(mono_diff_us((struct mono){ 1000 }, (struct mono){ 3999 }), 2);
	CHECK_INT(mono_diff_us((struct mono){ 3999 }, (struct mono){ 1000 }), -3);
	CHECK_INT(mono_add_us((struct mono){ 5 }, 7).ns, 7005);

	CHECK_CASE("the clocks run");
	struct mono m = mono_now();
	CHECK(mono_diff_us(m, mono_now()) >= 0);
	CHECK(wall_now().us > 1700000000LL * US_PER_S);
	return check_done();
}
