#include <stdio.h>
#include <string.h>

#include "lib/num.h"
#include "schema/plan_impl.h"

/* A list of paths, or one path with one range of whole numbers, as a shell writes it:
 * /img/{1..500}.jpg, and with zeros before (/img/{001..500}.jpg) all of that width. */

struct range {
	size_t before;     /* bytes in front of the brace */
	const char *after; /* what stands behind it */
	int64_t from, to;
	int width;         /* zeros before up to it; 0: none */
};

#define DIGITS 9

/* One bound: 1 to 9 digits. */
static bool take_bound(const char *text, size_t len, int64_t *out)
{
	char digits[DIGITS + 1];

	if (len == 0 || len > DIGITS || strspn(text, "0123456789") < len)
		return false;
	memcpy(digits, text, len);
	digits[len] = '\0';
	return num_parse_i64(digits, "bound", 0, INT64_MAX, out, NULL) == 0;
}

/* False if `path` is not one with a range. */
static bool parse_range(const char *path, struct range *r)
{
	const char *open = strchr(path, '{');
	const char *dots = open == NULL ? NULL : strstr(open, "..");
	const char *close = dots == NULL ? NULL : strchr(dots, '}');

	if (close == NULL || strpbrk(close + 1, "{}") != NULL)
		return false;
	size_t first = (size_t)(dots - open) - 1;
	if (!take_bound(open + 1, first, &r->from)
	    || !take_bound(dots + 2, (size_t)(close - dots) - 2, &r->to))
		return false;
	r->before = (size_t)(open - path);
	r->after = close + 1;
	r->width = open[1] == '0' && first > 1 ? (int)first : 0;
	return r->from < r->to && r->to - r->from < PLAN_MAX_RARE_RANGE;
}

static bool has_braces(const char *path)
{
	return strpbrk(path, "{}") != NULL;
}

size_t plan_rare_count(const struct plan_target *t)
{
	struct range r;

	if (t->rare.len == 1 && has_braces(t->rare.at[0]) && parse_range(t->rare.at[0], &r))
		return (size_t)(r.to - r.from) + 1;
	return t->rare.len;
}

bool plan_rare_path(const struct plan_target *t, size_t i, char *out, size_t size)
{
	struct range r;
	int n;

	if (i >= plan_rare_count(t))
		return false;
	if (t->rare.len == 1 && has_braces(t->rare.at[0]) && parse_range(t->rare.at[0], &r))
		n = snprintf(out, size, "%.*s%0*lld%s", (int)r.before, t->rare.at[0], r.width,
		             (long long)(r.from + (int64_t)i), r.after);
	else
		n = snprintf(out, size, "%s", t->rare.at[i]);
	return n > 0 && (size_t)n < size;
}

int plan_rare_check(struct arena *arena, const struct plan_target *t, struct err *err)
{
	char path[PLAN_MAX_URL + 32];
	struct plan_url url;
	struct range r;

	for (size_t i = 0; i < t->rare.len; i++) {
		const char *s = t->rare.at[i];
		if (!has_braces(s))
			continue;
		if (t->rare.len > 1)
			return err_set(err, LAT_USAGE, "\"%.60s\" has braces: a pattern stands alone", s);
		if (!parse_range(s, &r))
			return err_set(err, LAT_USAGE, "\"%.60s\" is not a path with one range like {1..500}, of at most "
			               "%d numbers", s, PLAN_MAX_RARE_RANGE);
	}
	/* The last of a range is the longest. */
	size_t n = plan_rare_count(t);
	for (size_t i = n > t->rare.len ? n - 1 : 0; i < n; i++) {
		if (!plan_rare_path(t, i, path, sizeof path))
			return err_set(err, LAT_USAGE, "\"%.60s\" is too long", t->rare.at[0]);
		if (path[0] != '/')
			return err_set(err, LAT_USAGE, "\"%.60s\" is no path: it does not begin with /", path);
		int status = plan_url_at(arena, &t->url, path, &url, err);
		if (status != 0)
			return status;
		if (strcmp(url.path, t->url.path) == 0)
			return err_set(err, LAT_USAGE, "\"%.60s\" is the target's own path", path);
	}
	return 0;
}
