#include "schema/plan_value.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/text.h"
#include "schema/country.h"

int plan_wrong(const struct plan_at *a, const char *key, const char *fmt, ...)
{
	char text[512], where[PLAN_WHERE_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	a->form->where(a->form->ctx, a->part, a->i, key, where, sizeof where);
	return err_set(a->err, a->form->code, "%s: %s: %s", where, key, text);
}

bool plan_has(const struct plan_at *a, const char *key)
{
	return a->form->has(a->form->ctx, a->part, a->i, key);
}

int64_t plan_integer(const struct plan_at *a, const char *key, int64_t otherwise)
{
	return plan_has(a, key) ? a->form->integer(a->form->ctx, a->part, a->i, key) : otherwise;
}

double plan_number(const struct plan_at *a, const char *key, double otherwise)
{
	return plan_has(a, key) ? a->form->number(a->form->ctx, a->part, a->i, key) : otherwise;
}

const char *plan_string(const struct plan_at *a, const char *key)
{
	return plan_has(a, key) ? a->form->string(a->form->ctx, a->part, a->i, key) : NULL;
}

size_t plan_list(const struct plan_at *a, const char *key)
{
	return plan_has(a, key) ? a->form->list(a->form->ctx, a->part, a->i, key) : 0;
}

const char *plan_string_at(const struct plan_at *a, const char *key, size_t k)
{
	return a->form->string_at(a->form->ctx, a->part, a->i, key, k);
}

/* ---- checks of single values --------------------------------------------------- */

int plan_keep_text(const struct plan_at *a, const char *key, const char *s, const char **out)
{
	size_t len = strlen(s);

	if (len == 0 || len > PLAN_MAX_TEXT)
		return plan_wrong(a, key, "%zu bytes (1 to %d)", len, PLAN_MAX_TEXT);
	if (text_has_control(s, len))
		return plan_wrong(a, key, "\"%.80s\" has a control character", s);
	*out = arena_str(&a->plan->arena, s);
	return *out != NULL ? 0 : err_nomem(a->err);
}

int plan_take_text(const struct plan_at *a, const char *key, const char **out)
{
	const char *s = plan_string(a, key);

	return s != NULL ? plan_keep_text(a, key, s, out) : 0;
}

int plan_take_word(const struct plan_at *a, const char *key, const char *s, const char *const *words, int *out)
{
	char all[128] = "";

	if (s == NULL)
		return 0;
	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], s) == 0) {
			*out = i;
			return 0;
		}
		size_t len = strlen(all);
		snprintf(all + len, sizeof all - len, "%s%s", i > 0 ? ", " : "", words[i]);
	}
	return plan_wrong(a, key, "\"%.60s\" is not one of %s", s, all);
}

int plan_take_name(const struct plan_at *a, const char **out)
{
	const char *s = a->form->name(a->form->ctx, a->part, a->i);

	if (s == NULL)
		return plan_wrong(a, "name", "missing");
	if (!sample_name_ok(s))
		return plan_wrong(a, "name", "\"%.80s\" is not a name ([A-Za-z0-9._-], 1 to %d)", s, PLAN_MAX_NAME);
	*out = arena_str(&a->plan->arena, s);
	return *out != NULL ? 0 : err_nomem(a->err);
}

int plan_take_url(const struct plan_at *a, struct plan_url *out)
{
	const char *s = plan_string(a, "url");
	struct err why = {0};

	if (s == NULL)
		return plan_wrong(a, "url", "missing");
	int status = plan_url_parse(&a->plan->arena, s, out, &why);
	if (status == LAT_SOFTWARE)
		return err_nomem(a->err);
	return status == 0 ? 0 : plan_wrong(a, "url", "%s", why.text);
}

int plan_new_strings(const struct plan_at *a, size_t n, struct strings *out)
{
	out->at = arena_alloc(&a->plan->arena, (n + 1) * sizeof *out->at);
	out->len = n;
	return out->at != NULL ? 0 : err_nomem(a->err);
}

int plan_take_addresses(const struct plan_at *a, struct strings *out)
{
	size_t n = plan_list(a, "address");
	char text[PLAN_ADDRESS_TEXT];
	int status;

	if (n > PLAN_MAX_ADDRESSES)
		return plan_wrong(a, "address", "%zu addresses (limit %d)", n, PLAN_MAX_ADDRESSES);
	if ((status = plan_new_strings(a, n, out)) != 0)
		return status;
	for (size_t k = 0; k < n; k++) {
		const char *s = plan_string_at(a, "address", k);
		if (!plan_address_normal(s, text))
			return plan_wrong(a, "address", "\"%.60s\" is neither an IPv4 nor an IPv6 address", s);
		if ((out->at[k] = arena_str(&a->plan->arena, text)) == NULL)
			return err_nomem(a->err);
	}
	return 0;
}

int plan_take_place(const struct plan_at *a, const char **city, const char **country, double *lat, double *lon)
{
	int status;

	if ((status = plan_take_text(a, "city", city)) != 0 || (status = plan_take_text(a, "country", country)) != 0)
		return status;
	if (*country != NULL && country_find(*country) == NULL)
		return plan_wrong(a, "country", "\"%.60s\" is no ISO 3166-1 code (two capitals; the United Kingdom is GB)",
		             *country);
	*lat = plan_number(a, "lat", NAN);
	*lon = plan_number(a, "lon", NAN);
	if (isnan(*lat) != isnan(*lon))
		return plan_wrong(a, isnan(*lat) ? "lon" : "lat", "given without %s", isnan(*lat) ? "lat" : "lon");
	return 0;
}

int plan_refused(const struct plan_at *a, const char *key, int status, const struct err *why)
{
	return status == LAT_SOFTWARE ? err_nomem(a->err) : plan_wrong(a, key, "%s", why->text);
}

int plan_take_list(const struct plan_at *a, const char *key, size_t max, plan_normal_fn *normal, struct strings *out)
{
	size_t n = plan_list(a, key);
	char text[PLAN_SUBNET_TEXT];
	struct err why = {0};
	int status;

	if (n > max)
		return plan_wrong(a, key, "%zu of them (limit %zu)", n, max);
	if ((status = plan_new_strings(a, n, out)) != 0)
		return status;
	for (size_t k = 0; k < n; k++) {
		if ((status = normal(plan_string_at(a, key, k), text, &why)) != 0)
			return plan_refused(a, key, status, &why);
		for (size_t i = 0; i < k; i++)
			if (strcmp(out->at[i], text) == 0)
				return plan_wrong(a, key, "\"%s\" given twice", text);
		if ((out->at[k] = arena_str(&a->plan->arena, text)) == NULL)
			return err_nomem(a->err);
	}
	return 0;
}
