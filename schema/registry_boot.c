/* Boots of machines, and two machines under one name. */
#include "schema/registry_db.h"

#define TELL_AGAIN_US (7 * 86400 * 1000000LL)

/* *end_us: the newest end of what this boot's stretch and another's have in common; US_NONE:
 * none lies across it. */
static int crossed(struct registry *r, int64_t probe, const char *boot, int64_t *end_us, struct err *err)
{
	struct store_db_bind b = {.st = r->db->stmt[Q_BOOT_CROSSED]};
	bool row = false;

	*end_us = US_NONE;
	store_db_bind_int(&b, probe);
	store_db_bind_text(&b, boot);
	store_db_bind_int(&b, REGISTRY_BOOT_SLACK_US);
	int status = store_db_bound(r->db, &b, err);
	if (status == 0)
		status = store_db_step(r->db, b.st, &row, err);
	if (status == 0 && row)
		*end_us = store_db_int(b.st, 0, US_NONE);
	store_db_reset(b.st);
	return status;
}

static int add(struct registry *r, int64_t probe, const struct registry_boot *boot, struct err *err)
{
	struct store_db_bind seen = {.st = r->db->stmt[Q_BOOT_SEEN]}, forget = {.st = r->db->stmt[Q_BOOT_FORGET]};

	store_db_bind_int(&seen, probe);
	store_db_bind_text(&seen, boot->boot);
	store_db_bind_int(&seen, boot->first_us);
	store_db_bind_int(&seen, boot->last_us);
	int status = registry_run(r, &seen, err);
	if (status != 0)
		return status;
	store_db_bind_int(&forget, probe);
	store_db_bind_int(&forget, REGISTRY_BOOTS);
	return registry_run(r, &forget, err);
}

static int boot_seen(struct registry *r, const struct registry_boot *boot, bool *cloned, struct err *err)
{
	struct store_db_bind flag = {.st = r->db->stmt[Q_PROBE_CLONED]};
	int64_t probe, before_us, end_us;
	bool exists;
	int status = registry_probe_exists(r, boot->probe, &exists, err);

	if (status != 0 || !exists)
		return status;
	if ((status = registry_probe_state(r, boot->probe, &probe, NULL, &before_us, err)) != 0 ||
	    (status = add(r, probe, boot, err)) != 0 ||
	    (status = crossed(r, probe, boot->boot, &end_us, err)) != 0)
		return status;
	if (end_us == US_NONE || (before_us != US_NONE && end_us <= before_us))
		return 0;
	*cloned = before_us == US_NONE || end_us - before_us > TELL_AGAIN_US;
	store_db_bind_int(&flag, probe);
	store_db_bind_int(&flag, end_us);
	return registry_run(r, &flag, err);
}

int registry_boots_seen(struct registry *r, const struct registry_boot *boots, size_t n, bool *cloned,
                        struct err *err)
{
	int status = store_db_begin(r->db, true, err);

	if (status != 0)
		return status;
	for (size_t i = 0; status == 0 && i < n; i++) {
		cloned[i] = false;
		status = boot_seen(r, &boots[i], &cloned[i], err);
	}
	return registry_end(r, status, err);
}
