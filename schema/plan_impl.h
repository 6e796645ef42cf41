/* One reader for the plan's two forms. A form (the operator's file, JSON) says how to get
 * at a key of a part; plan_read() fills the plan from that and checks what it means, so
 * that the two cannot differ in either. Internal to plan*.c. */
#ifndef LATLAS_SCHEMA_PLAN_IMPL_H
#define LATLAS_SCHEMA_PLAN_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/hash.h"
#include "schema/conf.h"
#include "schema/plan.h"

enum plan_part {
	PART_OBJECTIVE, PART_SCHEDULE, /* at most one of each */
	PART_TARGET, PART_NODE, PART_CANDIDATE,
	PLAN_PARTS
};

/* Which keys there are, with their types and ranges: one table for both forms. Part p is
 * the section plan_keys[p] of the operator's file. */
extern const struct conf_key plan_keys[PLAN_PARTS + 1];

struct plan_form_reader {
	void *ctx;
	int code; /* of errors: LAT_CONFIG or LAT_DATAERR */
	size_t (*count)(const void *ctx, enum plan_part part);
	const char *(*name)(const void *ctx, enum plan_part part, size_t i); /* NULL: none */
	bool (*has)(const void *ctx, enum plan_part part, size_t i, const char *key);
	/* These are asked for keys that are there, after their types and ranges were checked.
	 * A duration is an integer in microseconds. */
	const char *(*string)(const void *ctx, enum plan_part part, size_t i, const char *key);
	int64_t (*integer)(const void *ctx, enum plan_part part, size_t i, const char *key);
	double (*number)(const void *ctx, enum plan_part part, size_t i, const char *key);
	size_t (*list)(const void *ctx, enum plan_part part, size_t i, const char *key);
	const char *(*string_at)(const void *ctx, enum plan_part part, size_t i, const char *key, size_t k);
	int64_t (*integer_at)(const void *ctx, enum plan_part part, size_t i, const char *key, size_t k);
	/* The revision that came with a part, of 16 hexadecimal digits, or NULL; that of
	 * PART_SCHEDULE is the plan's. Only JSON has them. */
	const char *(*rev)(const void *ctx, enum plan_part part, size_t i);
	/* Where a key (NULL: the part) stands, for errors; i may be the count: the whole. */
	const char *(*where)(const void *ctx, enum plan_part part, size_t i, const char *key,
	                     char *out, size_t size);
	/* Each fault is told, and the part that has it passed over; NULL: the first ends it. */
	plan_tell *tell;
	void *tell_ctx;
};

/* Fill `plan` (empty before). After an error the caller frees it; told faults are one, `err` the last. */
int plan_read(struct plan *plan, const struct plan_form_reader *form, struct err *err) LAT_MUST_CHECK;

extern const char *const plan_families[]; /* "ipv4", "ipv6", NULL */

/* An address in inet_ntop(3)'s form. false if it is none. */
#define PLAN_ADDRESS_TEXT 46
bool plan_address_normal(const char *s, char out[PLAN_ADDRESS_TEXT]);

/* A subnet, "address/length", in inet_ntop(3)'s form. LAT_USAGE, as of those that follow. */
#define PLAN_SUBNET_TEXT (PLAN_ADDRESS_TEXT + 4)
int plan_subnet_normal(const char *s, char out[PLAN_SUBNET_TEXT], struct err *err) LAT_MUST_CHECK;
/* "*.zone" into lower case. */
int plan_wildcard_check(struct arena *arena, const char *s, const char **out, struct err *err) LAT_MUST_CHECK;
/* A target's `rare` beside its url. */
int plan_rare_check(struct arena *arena, const struct plan_target *t, struct err *err) LAT_MUST_CHECK;

/* Revisions, from what they are of: a target's definition, a candidate's, the plan as
 * probes get it. */
int plan_target_rev(const struct plan_target *t, char rev[HASH64_TEXT], struct err *err) LAT_MUST_CHECK;
int plan_candidate_rev(const struct plan_candidate *c, char rev[HASH64_TEXT], struct err *err) LAT_MUST_CHECK;
int plan_make_rev(const struct plan *plan, char rev[HASH64_TEXT], struct err *err) LAT_MUST_CHECK;

#endif
