#include "probe/planfile.h"

#include <stdio.h>
#include <string.h>

#include "lib/file.h"
#include "probe/fetch.h"

/* What the plan asks of this very build. The schema knows keys; which versions of HTTP can
 * be spoken only libcurl knows. */
static int check_abilities(const struct plan *plan, struct err *err)
{
	for (size_t i = 0; i < plan->targets.len; i++) {
		const struct plan_target *t = &plan->targets.at[i];
		if (!fetch_supports(t->http))
			return err_set(err, LAT_UNAVAILABLE,
			               "target %s: http = \"%s\": the libcurl of this probe does not speak it",
			               t->name, t->http);
	}
	return 0;
}

/* `plan` is empty again after an error. */
static int from_json(struct plan *plan, const char *text, size_t len, struct err *err)
{
	int rc = plan_from_json(plan, text, len, err);
	if (rc == 0)
		rc = check_abilities(plan, err);
	if (rc != 0) {
		plan_free(plan);
		memset(plan, 0, sizeof *plan);
	}
	return rc;
}

int planfile_read(struct planfile *p, const char *path, struct err *err)
{
	struct buf text;
	*p = (struct planfile){0};
	buf_init(&text, 0);
	int rc = file_read(path, PLAN_MAX_BYTES, &text, err);
	if (rc == 0) {
		const char *first = buf_str(&text) + strspn(buf_str(&text), " \t\r\n");
		if (*first == '{') {
			rc = from_json(&p->plan, buf_str(&text), text.len, err);
			if (rc != 0)
				err_prefix(err, "%s", path);
		} else {
			rc = plan_load(&p->plan, path, err);
			if (rc == 0 && (rc = check_abilities(&p->plan, err)) != 0)
				err_prefix(err, "%s", path);
			if (rc != 0) {
				plan_free(&p->plan);
				memset(&p->plan, 0, sizeof p->plan);
			}
		}
	}
	buf_free(&text);
	p->have = rc == 0;
	return rc;
}

static void read_copy(struct planfile *p, const char *path, const struct log *log)
{
	struct buf text;
	struct err why = {0};
	buf_init(&text, 0);
	int rc = file_read(path, PLAN_MAX_BYTES, &text, &why);
	if (rc == 0)
		rc = from_json(&p->plan, buf_str(&text), text.len, &why);
	p->have = p->of_collector = rc == 0;
	if (rc != 0 && rc != LAT_NOINPUT)
		log_info(log, "%s: %s", path, why.text);
	buf_free(&text);
}

/* A plan came: keep it if it can be used. */
static int take_plan(struct planfile *p, const char *path, bool keep, const struct collectorapi_reply *reply,
                     struct state *state, const struct log *log, struct err *err)
{
	struct err why = {0};
	int rc = from_json(&p->plan, buf_str(&reply->body), reply->body.len, &why);
	if (rc == LAT_SOFTWARE)
		return err_set(err, rc, "%s", why.text);
	if (rc != 0) {
		snprintf(p->refused, sizeof p->refused, "%.255s", why.text);
		log_info(log, "the collector's plan cannot be used: %s", why.text);
		return 0;
	}
	p->have = p->of_collector = true;
	if (!keep)
		return 0;
	rc = file_write_atomic(path, buf_str(&reply->body), reply->body.len, 0640, NULL, err);
	if (rc == 0)
		snprintf(state->etag, sizeof state->etag, "%s", reply->etag);
	return rc;
}

int planfile_fetch(struct planfile *p, const char *folder, bool keep, struct collectorapi *api,
                   struct state *state, const struct log *log, struct err *err)
{
	char path[4096], said[200];
	struct collectorapi_reply reply = {0};
	struct err why = {0};
	*p = (struct planfile){0};
	if ((size_t)snprintf(path, sizeof path, "%s/plan.json", folder) >= sizeof path)
		return err_set(err, LAT_IOERR, "%s: too long a path", folder);
	/* Only a copy that can be read may be named as known. */
	read_copy(p, path, log);
	if (api == NULL)
		return 0;
	int rc = collectorapi_get_plan(api, p->have ? state->etag : "", &reply, &why);
	if (rc != 0) {
		snprintf(p->away, sizeof p->away, "%.500s", why.text);
		rc = rc == LAT_UNAVAILABLE ? 0 : err_set(err, rc, "%s", why.text);
	} else if (reply.status == 200) {
		struct planfile fresh = {0};
		rc = take_plan(&fresh, path, keep, &reply, state, log, err);
		if (fresh.have) {
			planfile_free(p);
			*p = fresh;
		} else {
			memcpy(p->refused, fresh.refused, sizeof p->refused);
		}
	} else if (reply.status != 304 || !p->have) {
		snprintf(p->away, sizeof p->away, "the collector answered %ld for the plan%s", reply.status,
		         collectorapi_said(&reply, said, sizeof said));
	}
	memcpy(p->ca, reply.ca, sizeof p->ca);
	collectorapi_reply_free(&reply);
	if (p->away[0] != '\0')
		log_info(log, "%s", p->away);
	return rc;
}

void planfile_free(struct planfile *p)
{
	if (p->have)
		plan_free(&p->plan);
	*p = (struct planfile){0};
}
