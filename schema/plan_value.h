/* One key of one part of a plan: fetched from its form, checked by itself, kept in the plan's
 * arena. What a plan means as a whole is plan_read.c's. Internal to plan*.c.
 *
 * Those that return int give 0, the form's code with a text that names where the key stands, or
 * LAT_SOFTWARE; the others return nothing (0, NULL, `otherwise`) for a key that isn't given. */
#ifndef LATLAS_SCHEMA_PLAN_VALUE_H
#define LATLAS_SCHEMA_PLAN_VALUE_H

#include "lib/attr.h"
#include "schema/plan_impl.h"

#define PLAN_WHERE_TEXT 300

/* A part, and where errors about it go. */
struct plan_at {
	struct plan *plan;
	const struct plan_form_reader *form;
	struct err *err;
	enum plan_part part;
	size_t i;
	size_t told;           /* faults */
	bool targets_are_known; /* none was passed over */
};

/* Fills the error: "WHERE: KEY: ..."; returns the form's code. */
int plan_wrong(const struct plan_at *a, const char *key, const char *fmt, ...) LAT_PRINTF(3, 4);
/* The reason `why` gives, or memory. */
int plan_refused(const struct plan_at *a, const char *key, int status, const struct err *why);

bool plan_has(const struct plan_at *a, const char *key);
int64_t plan_integer(const struct plan_at *a, const char *key, int64_t otherwise);
double plan_number(const struct plan_at *a, const char *key, double otherwise);
const char *plan_string(const struct plan_at *a, const char *key);
size_t plan_list(const struct plan_at *a, const char *key); /* how many; 0 */
const char *plan_string_at(const struct plan_at *a, const char *key, size_t k);

/* A copy of a string that may be shown and sent: no control characters, not too long. */
int plan_keep_text(const struct plan_at *a, const char *key, const char *s, const char **out) LAT_MUST_CHECK;
/* The same of a key; *out is left alone if it isn't given. */
int plan_take_text(const struct plan_at *a, const char *key, const char **out) LAT_MUST_CHECK;
/* Which of `words` (ended by NULL) `s` is; *out is left alone if it is NULL. */
int plan_take_word(const struct plan_at *a, const char *key, const char *s, const char *const *words,
                   int *out) LAT_MUST_CHECK;
int plan_take_name(const struct plan_at *a, const char **out) LAT_MUST_CHECK;
int plan_take_url(const struct plan_at *a, struct plan_url *out) LAT_MUST_CHECK;
/* city, country, lat and lon. */
int plan_take_place(const struct plan_at *a, const char **city, const char **country, double *lat,
                    double *lon) LAT_MUST_CHECK;
/* Literal addresses in inet_ntop(3)'s form. */
int plan_take_addresses(const struct plan_at *a, struct strings *out) LAT_MUST_CHECK;
/* A list of at most `max` different strings, each as `normal` makes it. */
typedef int plan_normal_fn(const char *s, char out[PLAN_SUBNET_TEXT], struct err *err);
int plan_take_list(const struct plan_at *a, const char *key, size_t max, plan_normal_fn *normal,
                   struct strings *out) LAT_MUST_CHECK;
/* Room for n strings. */
int plan_new_strings(const struct plan_at *a, size_t n, struct strings *out) LAT_MUST_CHECK;

#endif
