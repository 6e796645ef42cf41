/* The few lines that a unit test needs. A test program prints one line for each case:
 * "ok NAME", "not ok NAME: why (file:line)" or "skip NAME: reason"; tests/run counts.
 *
 *     int main(void)
 *     {
 *             CHECK_CASE("median of three");
 *             CHECK_NEAR(stats_quantile(x, 3, 0.5), 2.0, 1e-12);
 *             return check_done();
 *     }
 *
 * A case lasts until the next CHECK_CASE; its first failure is the one that is told. */
#ifndef LATLAS_TESTS_CHECK_H
#define LATLAS_TESTS_CHECK_H

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static struct { const char *name; bool failed, told; int failures; } check_state;

static inline void check_end_case(void)
{
	if (check_state.name != NULL && !check_state.failed && !check_state.told)
		printf("ok %s\n", check_state.name);
	check_state.name = NULL;
}

static inline void check_begin_case(const char *name)
{
	check_end_case();
	check_state.name = name;
	check_state.failed = check_state.told = false;
}

static inline void check_fail(const char *file, int line, const char *why)
{
	if (!check_state.failed) {
		printf("not ok %s: %s (%s:%d)\n", check_state.name ? check_state.name : "?", why, file, line);
		check_state.failures++;
	}
	check_state.failed = true;
}

static inline int check_done(void)
{
	check_end_case();
	fflush(stdout);
	return check_state.failures != 0;
}

#define CHECK_CASE(name) check_begin_case(name)
#define CHECK_SKIP(reason) \
	do { printf("skip %s: %s\n", check_state.name, reason); check_state.told = true; } while (0)
#define CHECK(cond) \
	do { if (!(cond)) check_fail(__FILE__, __LINE__, #cond); } while (0)
#define CHECK_INT(got, want) \
	do { long long check_g = (long long)(got), check_w = (long long)(want); \
	     if (check_g != check_w) { char check_t[512]; \
	         snprintf(check_t, sizeof check_t, "%s is %lld, not %lld", #got, check_g, check_w); \
	         check_fail(__FILE__, __LINE__, check_t); } } while (0)
#define CHECK_NEAR(got, want, tol) \
	do { double check_g = (got), check_w = (want); \
	     if (!(fabs(check_g - check_w) <= (tol))) { char check_t[512]; \
	         snprintf(check_t, sizeof check_t, "%s is %.12g, not %.12g", #got, check_g, check_w); \
	         check_fail(__FILE__, __LINE__, check_t); } } while (0)
#define CHECK_STR(got, want) \
	do { const char *check_g = (got), *check_w = (want); \
	     if (check_g == NULL || strcmp(check_g, check_w) != 0) { char check_t[2048]; \
	         snprintf(check_t, sizeof check_t, "%s is \"%s\", not \"%s\"", #got, check_g ? check_g : "(null)", check_w); \
	         check_fail(__FILE__, __LINE__, check_t); } } while (0)
#define CHECK_CONTAINS(got, part) \
	do { const char *check_g = (got); \
	     if (check_g == NULL || strstr(check_g, part) == NULL) { char check_t[2048]; \
	         snprintf(check_t, sizeof check_t, "%s is \"%s\", without \"%s\"", #got, check_g ? check_g : "(null)", part); \
	         check_fail(__FILE__, __LINE__, check_t); } } while (0)

#endif
