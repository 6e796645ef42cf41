/* What the tests of import share: bytes in, items and reasons out. */
#ifndef LATLAS_TESTS_IMPORT_LAB_H
#define LATLAS_TESTS_IMPORT_LAB_H

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/import.h"
#include "lib/clock.h"
#include "tests/check.h"

#define LAB_ITEMS 64
#define LAB_NOW 1800000000000000 /* 2027-01-15T08:00:00Z */

struct lab {
	struct import_settings s;
	struct import im;
	struct plan plan;
	struct import_item *item[LAB_ITEMS];
	size_t items, told;
	char why[LAB_ITEMS][300]; /* "LINE: reason" */
};

static int lab_take(void *ctx, struct import_item *item, struct err *err)
{
	struct lab *l = ctx;
	if (l->items == LAB_ITEMS)
		return err_set(err, LAT_SOFTWARE, "more items than the lab has room for");
	l->item[l->items++] = item;
	return 0;
}

static void lab_tell(void *ctx, const char *file, size_t line, const char *why)
{
	struct lab *l = ctx;
	(void)file;
	if (l->told < LAB_ITEMS)
		snprintf(l->why[l->told], sizeof l->why[0], "%zu: %s", line, why);
	l->told++;
}

/* `plan`: the operator's text, or NULL. */
static void lab_open(struct lab *l, enum import_format format, const char *plan)
{
	struct err err = {0};
	memset(l, 0, sizeof *l);
	l->s = (struct import_settings){.format = format, .role = ROLE_BASELINE, .now_us = LAB_NOW,
	                                .vantage = {.name = "desk", .lat = NAN, .lon = NAN}};
	l->im = (struct import){.s = &l->s, .take = lab_take, .tell = lab_tell, .ctx = l};
	if (plan != NULL) {
		CHECK_INT(plan_parse(&l->plan, plan, "plan", &err), 0);
		l->s.plan = &l->plan;
	}
}

static void lab_forget(struct lab *l)
{
	for (size_t i = 0; i < l->items; i++)
		import_item_free(l->item[i]);
	l->items = l->told = 0;
	memset(&l->im.counts, 0, sizeof l->im.counts);
}

static void lab_close(struct lab *l)
{
	lab_forget(l);
	plan_free(&l->plan);
}

/* Read a file of this text, made at 2026-11-22T00:00:00Z, `step` bytes at a time. */
static void lab_read_by(struct lab *l, const char *text, size_t step)
{
	struct err err = {0};
	size_t len = strlen(text);
	struct import_reader *r = import_begin(&l->im, "file", 1795305600000000);
	for (size_t at = 0; at < len; at += step)
		CHECK_INT(import_feed(r, text + at, len - at < step ? len - at : step, &err), 0);
	CHECK_INT(import_end(r, &err), 0);
}

static void lab_read(struct lab *l, const char *text)
{
	lab_forget(l);
	lab_read_by(l, text, strlen(text) + 1);
}

/* The only sample of the only item; an absent one if there isn't just one. */
static const struct sample *lab_sample(const struct lab *l)
{
	CHECK_INT(l->items, 1);
	if (l->items != 1 || l->item[0]->batch.samples.len != 1)
		return &sample_absent;
	return &l->item[0]->batch.samples.at[0];
}

#endif
