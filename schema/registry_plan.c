/* Every plan there was, in the order in which they were published. */
#include <string.h>

#include "schema/registry_db.h"

/* The newest revision, or `rev`; *found says whether there is one. `json` may be NULL, *same
 * (may be NULL) says whether the newest is `compare`. */
static int find_plan(struct registry *r, const char *rev, struct buf *json, const char *compare, bool *same,
                     bool *found, struct err *err)
{
	struct store_db_bind b = {.st = r->db->stmt[rev == NULL ? Q_PLAN_NEWEST : Q_PLAN_BY_REV]};
	int status = 0;

	*found = false;
	if (rev != NULL) {
		store_db_bind_text(&b, rev);
		status = store_db_bound(r->db, &b, err);
	}
	if (status == 0)
		status = store_db_step(r->db, b.st, found, err);
	if (status == 0 && *found) {
		const char *there = store_db_text(b.st, 0), *text = store_db_text(b.st, 1);
		if (there == NULL || text == NULL || (json != NULL && !buf_adds(json, text)))
			status = err_nomem(err);
		else if (same != NULL)
			*same = strcmp(there, compare) == 0;
	}
	store_db_reset(b.st);
	return status;
}

static int publish(struct registry *r, const char *rev, const char *source, const char *json, int64_t now_us,
                   struct err *err)
{
	struct store_db_bind b = {.st = r->db->stmt[Q_PLAN_ADD]};
	bool found, same = false;
	int status = find_plan(r, NULL, NULL, rev, &same, &found, err);

	if (status != 0 || same)
		return status;
	store_db_bind_text(&b, rev);
	store_db_bind_text(&b, source);
	store_db_bind_text(&b, json);
	store_db_bind_int(&b, now_us);
	return registry_run(r, &b, err);
}

int registry_publish_plan(struct registry *r, const char *rev, const char *source, const char *json,
                          int64_t now_us, struct err *err)
{
	int status = store_db_begin(r->db, true, err);

	return status != 0 ? status : registry_end(r, publish(r, rev, source, json, now_us, err), err);
}

int registry_plan(struct registry *r, const char *rev, struct buf *json, struct err *err)
{
	bool found;
	int status = find_plan(r, rev, json, NULL, NULL, &found, err);

	if (status != 0 || found)
		return status;
	if (rev == NULL)
		return err_set(err, LAT_NOINPUT, "%s: no plan has been published", r->db->path);
	return err_set(err, LAT_NOINPUT, "%s: there is no plan revision \"%.80s\"", r->db->path, rev);
}
