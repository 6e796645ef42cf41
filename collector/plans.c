#include "collector/plans.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"

struct plans {
	pthread_rwlock_t lock;
	struct buf full; /* the registry's JSON; only plans_refresh looks at it */
	struct buf json; /* what probes get */
	char rev[17];    /* "": no plan */
	int64_t audit_every_us;
};

struct plans *plans_new(void)
{
	struct plans *p = calloc(1, sizeof *p);
	if (p != NULL && pthread_rwlock_init(&p->lock, NULL) != 0) {
		free(p);
		p = NULL;
	}
	return p;
}

void plans_free(struct plans *p)
{
	if (p == NULL)
		return;
	buf_free(&p->full);
	buf_free(&p->json);
	pthread_rwlock_destroy(&p->lock);
	free(p);
}

/* Is `json` what the registry's newest revision holds? */
static int is_newest(struct registry *r, const struct buf *json, bool *same, struct err *err)
{
	struct buf newest = {0};
	int rc = registry_plan(r, NULL, &newest, err);
	*same = rc == 0 && newest.len == json->len && memcmp(newest.data, json->data, json->len) == 0;
	buf_free(&newest);
	return rc == LAT_NOINPUT ? 0 : rc;
}

int plans_publish_file(struct registry *r, const char *path, struct wall now, bool *published,
                       char rev[17], struct err *err)
{
	struct buf source = {0}, json = {0};
	struct plan plan = {0};
	bool same = false;
	int rc = file_read(path, PLAN_MAX_BYTES, &source, err);
	if (rc == 0)
		rc = plan_parse(&plan, buf_str(&source), path, err);
	if (rc == 0)
		rc = plan_to_json(&plan, PLAN_FULL, &json, err);
	if (rc == 0)
		rc = is_newest(r, &json, &same, err);
	if (rc == 0 && !same)
		rc = registry_publish_plan(r, plan.rev, buf_str(&source), buf_str(&json), now.us, err);
	if (rc == 0 && published != NULL)
		*published = !same;
	if (rc == 0 && rev != NULL)
		memcpy(rev, plan.rev, sizeof plan.rev);
	plan_free(&plan);
	buf_free(&json);
	buf_free(&source);
	return rc;
}

int plans_refresh(struct plans *p, struct registry *r, bool *changed, struct err *err)
{
	struct buf full = {0}, json = {0};
	struct plan plan = {0};
	if (changed != NULL)
		*changed = false;
	int rc = registry_plan(r, NULL, &full, err);
	if (rc == LAT_NOINPUT)
		return 0; /* none yet */
	if (rc == 0 && full.len == p->full.len && memcmp(full.data, p->full.data, full.len) == 0) {
		buf_free(&full);
		return 0;
	}
	if (rc == 0)
		rc = plan_from_json(&plan, buf_str(&full), full.len, err);
	if (rc == 0)
		rc = plan_to_json(&plan, PLAN_FOR_PROBE, &json, err);
	if (rc == 0) {
		struct buf old_full = p->full, old_json = p->json;
		pthread_rwlock_wrlock(&p->lock);
		p->full = full;
		p->json = json;
		memcpy(p->rev, plan.rev, sizeof p->rev);
		p->audit_every_us = plan.audit_every_us;
		pthread_rwlock_unlock(&p->lock);
		full = old_full;
		json = old_json;
		if (changed != NULL)
			*changed = true;
	}
	plan_free(&plan);
	buf_free(&json);
	buf_free(&full);
	return rc;
}

bool plans_get(struct plans *p, struct buf *json, char rev[17])
{
	pthread_rwlock_rdlock(&p->lock);
	bool any = p->rev[0] != '\0';
	if (any) {
		buf_add(json, p->json.data, p->json.len);
		memcpy(rev, p->rev, sizeof p->rev);
	}
	pthread_rwlock_unlock(&p->lock);
	return any;
}

int64_t plans_audit_every_us(struct plans *p)
{
	pthread_rwlock_rdlock(&p->lock);
	int64_t every_us = p->audit_every_us;
	pthread_rwlock_unlock(&p->lock);
	return every_us;
}
