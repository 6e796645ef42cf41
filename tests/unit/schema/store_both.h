/* The frame of tests that run against both stores: every case gets a fresh, empty store of
 * each kind, the same batches and the same expectations. */
#ifndef LATLAS_TESTS_STORE_BOTH_H
#define LATLAS_TESTS_STORE_BOTH_H

#include "tests/check.h"
#include "tests/unit/schema/store_fixture.h"

#define HOUR FIXTURE_HOUR

static const char *kind; /* of store, for the names of cases */
static struct err err;

static inline void begin(const char *name)
{
	static char text[160];

	err = (struct err){0};
	check_end_case(); /* prints the name that `text` still has */
	snprintf(text, sizeof text, "%s: %s", kind, name);
	CHECK_CASE(text);
}

/* Append one batch, expect `want`. */
static inline void put(struct store *s, struct batch *b, enum store_result want)
{
	struct store_batch sb = fixture_push(b);

	CHECK_INT(store_append(s, &sb, 1, &err), 0);
	CHECK_INT(sb.result, want);
}

static inline void put_and_free(struct store *s, struct batch *b)
{
	put(s, b, STORE_ADDED);
	fixture_free(b);
}

static inline struct store_window window(int64_t since_us, int64_t until_us, int64_t unit_us)
{
	return (struct store_window){since_us, until_us, unit_us, FIXTURE_ALL};
}

static inline struct store_totals totals(struct store *s)
{
	struct store_totals t = {0};

	CHECK_INT(store_totals(s, &t, &err), 0);
	return t;
}

/* Scan, then fold everything and scan again: a reader can't tell the difference. */
static inline told_vec scan(struct store *s, struct store_window w)
{
	told_vec before = {0}, after = {0};
	size_t left = 9;

	CHECK_INT(store_scan_cells(s, &w, fixture_keep, &before, &err), 0);
	CHECK_INT(store_fold(s, SIZE_MAX, &left, &err), 0);
	CHECK_INT(left, 0);
	CHECK_INT(store_scan_cells(s, &w, fixture_keep, &after, &err), 0);
	CHECK(fixture_difference(&before, &after) == NULL);
	fixture_forget(&before);
	return after;
}

/* Callbacks that should never be called. */
static inline int never_cell(void *ctx, const struct store_cell *c, struct err *e)
{
	(void)ctx, (void)c, (void)e;
	return 99;
}

static inline int never_sample(void *ctx, const struct store_sample *c, struct err *e)
{
	(void)ctx, (void)c, (void)e;
	return 99;
}

static inline int never_audit(void *ctx, const char *probe, const struct audit *a, struct err *e)
{
	(void)ctx, (void)probe, (void)a, (void)e;
	return 99;
}

static inline const char *starts(const told_vec *v, int64_t unit_us)
{
	static char text[400];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < v->len && len < sizeof text; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%" PRId64 ":%" PRIu64 " ",
		                        (int64_t)((v->at[i]->start_us - HOUR) / unit_us),
		                        v->at[i]->cell.attempts);
	return text;
}

static inline void expect_starts(struct store *s, int64_t since_us, int64_t until_us, int64_t unit_us,
                          const char *want)
{
	told_vec v = scan(s, window(since_us, until_us, unit_us));

	CHECK_STR(starts(&v, unit_us), want);
	for (size_t i = 0; i < v.len; i++)
		CHECK_INT(v.at[i]->start_us % unit_us, 0);
	fixture_forget(&v);
}

typedef void both_case(struct store *s);

static inline int run_both(both_case *const *cases, size_t n, const char *program)
{
	char *folder = fixture_folder();

	for (size_t i = 0; i < n; i++) {
		struct store *s;
		char name[40];
		kind = "memory";
		if (store_open_memory(&s, &err) != 0)
			return err_print(&err, program);
		cases[i](s);
		store_close(s);
		kind = "sqlite";
		snprintf(name, sizeof name, "%zu.db", i);
		if (folder == NULL
		    || store_open_sqlite(&s, fixture_path(folder, name), STORE_CREATE, &err) != 0)
			return err_print(&err, program);
		cases[i](s);
		store_close(s);
	}
	int status = check_done();
	fixture_remove(folder);
	return status;
}

#endif
