#include "collector/fleet.h"

#include <stdlib.h>
#include <string.h>

#include "collector/collector.h"
#include "lib/attr.h"
#include "lib/clock.h"
#include "schema/plan.h"
#include "schema/store_sanity.h"

static const char *const token_names[] = {
	[FLEET_TOKEN_OK] = "ok",
	[FLEET_TOKEN_ROTATED] = "rotated",
	[FLEET_TOKEN_REVOKED] = "revoked",
	[FLEET_TOKEN_NONE] = "none",
};

const char *fleet_token_name(enum fleet_token t)
{
	return token_names[t];
}

void fleet_flag_list(const struct fleet_probe *p, struct fleet_flag out[FLEET_FLAGS])
{
	const struct fleet_flag list[FLEET_FLAGS] = {
		{"silent", "silent", p->silent},       {"cloned", "cloned", p->cloned},
		{"clock", "clock", p->clock},          {"old-plan", "old_plan", p->old_plan},
		{"refused", "refused", p->refused},    {"rejected", "rejected", p->rejected},
		{"impossible", "impossible", p->impossible},
	};
	memcpy(out, list, sizeof list);
}

void fleet_flags(const struct fleet_probe *p, struct buf *out)
{
	struct fleet_flag flags[FLEET_FLAGS];
	size_t before = out->len;
	fleet_flag_list(p, flags);
	for (size_t i = 0; i < FLEET_FLAGS; i++)
		if (flags[i].set)
			buf_addf(out, "%s%s", out->len > before ? "," : "", flags[i].name);
	if (out->len == before)
		buf_addc(out, '-');
}

static enum fleet_token token_of(const struct fleet_probe *p)
{
	if (p->row->revoked)
		return FLEET_TOKEN_REVOKED;
	if (p->more.tokens == 0)
		return FLEET_TOKEN_NONE;
	return p->more.rotating ? FLEET_TOKEN_ROTATED : FLEET_TOKEN_OK;
}

/* One that was let back in has its time to come again. A moment in the future was told by a clock that
 * was set back since. */
static bool is_silent(const struct probe_row *row, int64_t now_us, int64_t silent_us)
{
	int64_t since = row->enrolled_us, seen = row->last_seen_us;
	if (seen != US_NONE && (seen > since || since - now_us > REGISTRY_LATE_US))
		since = seen;
	return now_us - since > silent_us || since - now_us > REGISTRY_LATE_US;
}

static void judge(struct fleet_probe *p, const struct registry_fleet *fleet, int64_t now_us, int64_t silent_us)
{
	const struct probe_row *row = p->row;
	int64_t skew = row->last_skew_us == STORE_NO_SKEW ? 0 : row->last_skew_us;
	p->token = token_of(p);
	if (p->token == FLEET_TOKEN_REVOKED || p->token == FLEET_TOKEN_NONE)
		return;
	p->silent = is_silent(row, now_us, silent_us);
	p->cloned = row->cloned_us != US_NONE && now_us - row->cloned_us < FLEET_CLONED_US;
	p->clock = skew > COLLECTOR_MAX_SKEW_US || skew < -COLLECTOR_MAX_SKEW_US;
	p->old_plan = fleet->plan_rev != NULL && p->more.plan_rev != NULL &&
	              strcmp(fleet->plan_rev, p->more.plan_rev) != 0 &&
	              p->more.started_us > fleet->published_us + FLEET_PLAN_US;
	p->refused = p->more.refused != NULL;
	p->rejected = p->more.rejected > 0;
}

static int by_name(const void *a, const void *b)
{
	const struct fleet_probe *x = a, *y = b;
	if (x->row->revoked != y->row->revoked)
		return x->row->revoked ? 1 : -1;
	return strcmp(x->row->name, y->row->name);
}

static const struct registry_fleet_row *find(const struct registry_fleet *fleet, size_t i, const char *name)
{
	/* The same order, but a probe may have been enrolled between the two questions. */
	if (i < fleet->rows.len && strcmp(fleet->rows.at[i].name, name) == 0)
		return &fleet->rows.at[i];
	for (size_t k = 0; k < fleet->rows.len; k++)
		if (strcmp(fleet->rows.at[k].name, name) == 0)
			return &fleet->rows.at[k];
	return NULL;
}

int fleet_load(struct fleet *f, struct registry *r, int64_t now_us, int64_t silent_us, struct err *err)
{
	struct registry_fleet fleet = {0};
	memset(f, 0, sizeof *f);
	int rc = registry_probes(r, &f->arena, &f->rows, err);
	if (rc == 0)
		rc = registry_fleet(r, now_us, &f->arena, &fleet, err);
	for (size_t i = 0; rc == 0 && i < f->rows.len; i++) {
		struct fleet_probe *p = vec_add(&f->probes);
		if (p == NULL) {
			rc = err_nomem(err);
			break;
		}
		const struct registry_fleet_row *more = find(&fleet, i, f->rows.at[i].name);
		p->row = &f->rows.at[i];
		p->more = more != NULL ? *more : (struct registry_fleet_row){.started_us = US_NONE};
		judge(p, &fleet, now_us, silent_us);
		f->speakers += p->token == FLEET_TOKEN_OK || p->token == FLEET_TOKEN_ROTATED;
		f->silent += p->silent;
	}
	if (rc == 0 && f->probes.len > 1)
		qsort(f->probes.at, f->probes.len, sizeof *f->probes.at, by_name);
	vec_free(&fleet.rows);
	return rc;
}

int fleet_places(struct fleet *f, struct registry *r, struct store *s, int64_t now_us, struct err *err)
{
	struct buf json = {0};
	struct plan plan = {0};
	/* Whole hours: one that the window cuts would be made from raw samples. */
	int64_t hour = now_us / US_PER_HOUR * US_PER_HOUR;
	bool *impossible = calloc(f->rows.len + 1, sizeof *impossible);
	int rc = impossible == NULL ? err_nomem(err) : registry_plan(r, NULL, &json, err);
	bool none = rc == LAT_NOINPUT;
	if (rc == 0)
		rc = plan_from_json(&plan, buf_str(&json), json.len, err);
	if (rc == 0)
		rc = store_sanity(s, &plan, &f->rows, hour - FLEET_PLACE_US, hour + US_PER_HOUR, impossible, err);
	for (size_t i = 0; rc == 0 && i < f->probes.len; i++) {
		struct fleet_probe *p = &f->probes.at[i];
		p->impossible = !p->row->revoked && impossible[p->row - f->rows.at];
	}
	free(impossible);
	plan_free(&plan);
	buf_free(&json);
	return none ? 0 : rc;
}

void fleet_free(struct fleet *f)
{
	vec_free(&f->probes);
	vec_free(&f->rows);
	arena_free(&f->arena);
}
