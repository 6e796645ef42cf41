#include "collector/reload.h"

#include <string.h>

#include "lib/attr.h"
#include "lib/buf.h"

#define HEAD_DEADLINE_US (20 * US_PER_S) /* until a valid token was shown, handshake included */

int64_t reload_head_us(const struct settings *s)
{
	return s->request_deadline_us < HEAD_DEADLINE_US ? s->request_deadline_us : HEAD_DEADLINE_US;
}

static bool same_address(const struct listen_addr *a, const struct listen_addr *b)
{
	return a->len == b->len && memcmp(&a->sa, &b->sa, a->len) == 0;
}

/* Sockets are open, and the database is: these keys are the next start's. */
static void warn_restart(const struct log *log, const struct settings *start, const struct settings *now)
{
	bool admin = start->has_admin == now->has_admin &&
	             (!now->has_admin || same_address(&start->admin, &now->admin));
	const struct { bool same; const char *key; } keys[] = {
		{same_address(&start->listen, &now->listen), "listen"},
		{admin, "admin_listen"},
		{strcmp(start->db, now->db) == 0, "db"},
		{start->insecure == now->insecure, "insecure"},
	};
	struct buf names = {0};
	for (size_t i = 0; i < LAT_COUNT(keys); i++)
		if (!keys[i].same)
			buf_addf(&names, "%s%s", names.len > 0 ? ", " : "", keys[i].key);
	if (names.len > 0)
		log_warn(log, "%s: changed, and heeded only after a restart: %s", now->path, buf_str(&names));
	buf_free(&names);
}

bool reload_settings(struct collector *c, struct settings *now)
{
	struct settings fresh;
	struct problems problems = {0};
	struct err err = {0};
	settings_load(&fresh, c->settings.path, &problems);
	bool good = problems_first(&problems, &err) == 0;
	for (size_t i = 0; i < problems.list.len; i++)
		log_warn(&c->log, "the configuration stays as it was: %s", problems.list.at[i].text);
	if (!good && problems.list.len == 0)
		log_warn(&c->log, "the configuration stays as it was: %s", err.text);
	problems_free(&problems);
	if (!good) {
		settings_free(&fresh);
		return false;
	}
	limits_set(c->limits, &fresh.limits);
	conns_set_deadlines(c->conns, reload_head_us(&fresh), fresh.request_deadline_us);
	writer_keep(c->writer, fresh.keep_samples_us);
	warn_restart(&c->log, &c->settings, &fresh);
	settings_free(now);
	*now = fresh;
	return true;
}
