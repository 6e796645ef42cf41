#include "lib/clock.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MAX_DURATION_US (36525 * US_PER_DAY) /* 100 years */

struct mono mono_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (struct mono){ t.tv_sec * 1000000000LL + t.tv_nsec };
}

struct wall wall_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (struct wall){ t.tv_sec * US_PER_S + t.tv_nsec / 1000 };
}

/* Division that rounds down, also below zero. */
static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int64_t mono_diff_us(struct mono from, struct mono to)
{
	return floor_div(to.ns - from.ns, 1000);
}

struct mono mono_add_us(struct mono t, int64_t us)
{
	return (struct mono){ t.ns + us * 1000 };
}

/* ---- durations ----------------------------------------------------------------- */

int duration_parse(const char *text, int64_t *us, struct err *err)
{
	static const struct { const char *name; int64_t us; } unit[] = {
		{ "ms", US_PER_MS }, { "s", US_PER_S }, { "m", 60 * US_PER_S },
		{ "h", US_PER_HOUR }, { "d", US_PER_DAY },
	};
	size_t digits = strspn(text, "0123456789");
	int64_t scale = 0;
	for (size_t i = 0; i < LAT_COUNT(unit); i++)
		if (strcmp(text + digits, unit[i].name) == 0)
			scale = unit[i].us;
	if (digits == 0 || scale == 0)
		return err_set(err, LAT_USAGE, "\"%.64s\" is not a duration: a whole number and one of"
		               " ms, s, m, h, d, as in 7d, 36h, 30m, 10s, 250ms", text);
	int64_t n = 0;
	for (size_t i = 0; i < digits; i++) {
		n = n * 10 + (text[i] - '0');
		if (n > MAX_DURATION_US / scale)
			return err_set(err, LAT_USAGE, "%.64s is too long: at most 100 years (36525d)", text);
	}
	*us = n * scale;
	return 0;
}

const char *duration_format(int64_t us, char out[DURATION_TEXT])
{
	static const struct { const char *name; uint64_t us; } unit[] = {
		{ "d", US_PER_DAY }, { "h", US_PER_HOUR }, { "min", 60 * US_PER_S },
		{ "s", US_PER_S }, { "ms", US_PER_MS }, { "us", 1 },
	};
	const char *sign = us < 0 ? "-" : "";
	uint64_t n = us < 0 ? 0 - (uint64_t)us : (uint64_t)us;
	/* The largest unit that says it exactly, with at most one decimal and below 1000;
	 * else the largest unit, rounded to a decimal. */
	size_t rough = LAT_COUNT(unit), best = LAT_COUNT(unit);
	for (size_t i = 0; i < LAT_COUNT(unit); i++) {
		if (n < unit[i].us)
			continue;
		if (rough == LAT_COUNT(unit))
			rough = i;
		uint64_t tenth = unit[i].us < 10 ? 1 : unit[i].us / 10;
		bool exact = n % tenth == 0;
		if (best == LAT_COUNT(unit) && exact && n / unit[i].us < 1000)
			best = i;
	}
	if (best == LAT_COUNT(unit))
		best = rough;
	if (best == LAT_COUNT(unit)) {
		snprintf(out, DURATION_TEXT, "0 s");
		return out;
	}
	uint64_t whole = n / unit[best].us;
	uint64_t tenths = (n % unit[best].us * 10 + unit[best].us / 2) / unit[best].us;
	if (tenths == 10) {
		whole++;
		tenths = 0;
	}
	if (tenths == 0)
		snprintf(out, DURATION_TEXT, "%s%llu %s", sign, (unsigned long long)whole, unit[best].name);
	else
		snprintf(out, DURATION_TEXT, "%s%llu.%d %s", sign, (unsigned long long)whole, (int)tenths,
		         unit[best].name);
	return out;
}

/* ---- dates --------------------------------------------------------------------- */

/* Days from 1970-01-01 to a date of the Gregorian calendar. The year is counted from
 * March, so that a leap day is the last of its year, in eras of 400 years = 146097 days
 * (H. Hinnant, "chrono-compatible low-level date algorithms"). */
static int64_t days_of(int64_t year, int month, int day)
{
	year -= month <= 2;
	int64_t era = floor_div(year, 400);
	int64_t of_era = year - era * 400;
	int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* The reverse. */
static void date_of(int64_t days, int64_t *year, int *month, int *day)
{
	days += 719468;
	int64_t era = floor_div(days, 146097);
	int64_t d = days - era * 146097;
	int64_t of_era = (d - d / 1460 + d / 36524 - d / 146096) / 365;
	int64_t of_year = d - (365 * of_era + of_era / 4 - of_era / 100);
	int64_t m = (5 * of_year + 2) / 153;
	*day = (int)(of_year - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = of_era + era * 400 + (*month <= 2);
}

static int month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return days[month - 1] + (month == 2 && leap);
}

/* `count` digits at *s, which moves behind them. */
static bool digits(const char **s, int count, int *out)
{
	*out = 0;
	for (int i = 0; i < count; i++, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		*out = *out * 10 + (**s - '0');
	}
	return true;
}

static bool one_of(const char **s, const char *set)
{
	if (**s == '\0' || strchr(set, **s) == NULL)
		return false;
	(*s)++;
	return true;
}

/* RFC 3339, section 5.6, or a date alone. NULL, or what is wrong. */
static const char *parse_date(const char *s, int64_t *us)
{
	int year, month, day, hour, minute, second;
	if (!digits(&s, 4, &year) || !one_of(&s, "-") || !digits(&s, 2, &month) || !one_of(&s, "-")
	    || !digits(&s, 2, &day))
		return "a date is YYYY-MM-DD";
	if (month < 1 || month > 12)
		return "there is no such month";
	if (day < 1 || day > month_days(year, month))
		return "there is no such day";
	*us = days_of(year, month, day) * US_PER_DAY;
	if (*s == '\0')
		return NULL;
	if (!one_of(&s, "Tt ") || !digits(&s, 2, &hour) || !one_of(&s, ":") || !digits(&s, 2, &minute)
	    || !one_of(&s, ":") || !digits(&s, 2, &second))
		return "behind the date stands Thh:mm:ss";
	if (hour > 23 || minute > 59 || second > 60)
		return "there is no such time of day";
	*us += hour * US_PER_HOUR + minute * 60 * US_PER_S + second * US_PER_S;
	if (one_of(&s, ".")) {
		if (!isdigit((unsigned char)*s))
			return "a fraction needs digits";
		for (int64_t unit = US_PER_S / 10; isdigit((unsigned char)*s); s++, unit /= 10)
			*us += (*s - '0') * unit;
	}
	if (!one_of(&s, "Zz")) {
		int sign = *s == '-' ? 1 : -1; /* what is east of Greenwich is earlier in UTC */
		if (!one_of(&s, "+-") || !digits(&s, 2, &hour) || !one_of(&s, ":") || !digits(&s, 2, &minute))
			return "the time needs a zone: Z, or an offset as in +05:30";
		if (hour > 23 || minute > 59)
			return "there is no such offset";
		*us += sign * (hour * US_PER_HOUR + minute * 60 * US_PER_S);
	}
	if (*s != '\0')
		return "something follows it";
	/* A leap second is the last of its day in UTC; POSIX time gives it the number of the
	 * next, which is what the sum above has come to. */
	if (second == 60 && floor_div(*us, US_PER_S) % 86400 != 0)
		return "there is no such time of day";
	return NULL;
}

int wall_parse(const char *text, struct wall now, struct wall *out, struct err *err)
{
	if (strspn(text, "0123456789") == 4 && text[4] == '-') {
		int64_t us;
		const char *wrong = parse_date(text, &us);
		if (wrong != NULL)
			return err_set(err, LAT_USAGE, "\"%.64s\" is not a moment: %s", text, wrong);
		out->us = us;
		return 0;
	}
	int64_t ago;
	struct err why = { 0 };
	if (duration_parse(text, &ago, &why) == 0) {
		out->us = now.us - ago;
		return 0;
	}
	if (strstr(why.text, "too long") != NULL)
		return err_set(err, LAT_USAGE, "%s", why.text);
	return err_set(err, LAT_USAGE, "\"%.64s\" is neither a moment (2026-11-22T19:35:00Z, 2026-11-22)"
	               " nor a duration before now (7d, 36h, 30m)", text);
}

const char *wall_format(struct wall t, char out[WALL_TEXT])
{
	int64_t seconds = floor_div(t.us, US_PER_S);
	int64_t days = floor_div(seconds, 86400);
	unsigned rest = (unsigned)(seconds - days * 86400) % 86400;
	int64_t year;
	int month, day;
	date_of(days, &year, &month, &day);
	/* Of an int64_t of microseconds the year has at most six digits; the remainders tell
	 * the compiler that the rest is two digits each. */
	snprintf(out, WALL_TEXT, "%04d-%02u-%02uT%02u:%02u:%02uZ", (int)(year % 1000000),
	         (unsigned)month % 13, (unsigned)day % 32, rest / 3600, rest / 60 % 60, rest % 60);
	return out;
}
