#include "collector/boots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "lib/vec.h"

struct stretch {
	char probe[65], boot[BOOTS_TEXT];
	int64_t first_us, last_us;
};

struct boots { VEC(struct stretch) pending; };

struct boots *boots_new(void)
{
	return calloc(1, sizeof(struct boots));
}

void boots_free(struct boots *b)
{
	if (b == NULL)
		return;
	vec_free(&b->pending);
	free(b);
}

static struct stretch *find(struct boots *b, const char *probe, const char *boot)
{
	/* From the end: a spool that drains has many batches of one boot in a row. */
	for (size_t i = b->pending.len; i > 0; i--) {
		struct stretch *s = &b->pending.at[i - 1];
		if (strcmp(s->probe, probe) == 0 && strcmp(s->boot, boot) == 0)
			return s;
	}
	return NULL;
}

void boots_add(struct boots *b, const struct store_batch *item)
{
	const struct batch *batch = item->batch;
	char boot[BOOTS_TEXT];
	if (batch->boot == NULL || batch->boot[0] == '\0' || item->clock_implausible)
		return;
	snprintf(boot, sizeof boot, "%s", batch->boot);
	boot[text_cut(batch->boot, strlen(boot))] = '\0';
	/* By the collector's clock as far as it is known: one that was set right after a boot would
	 * make that boot's first round lie in the boot before. */
	int64_t at_us = batch->started_us - (item->skew_us == STORE_NO_SKEW ? 0 : item->skew_us);
	struct stretch *s = find(b, batch->probe, boot);
	if (s != NULL) {
		s->first_us = at_us < s->first_us ? at_us : s->first_us;
		s->last_us = at_us > s->last_us ? at_us : s->last_us;
		return;
	}
	s = b->pending.len < BOOTS_PENDING ? vec_add(&b->pending) : NULL;
	if (s == NULL)
		return;
	snprintf(s->probe, sizeof s->probe, "%s", batch->probe);
	snprintf(s->boot, sizeof s->boot, "%s", boot);
	s->first_us = s->last_us = at_us;
}

int boots_flush(struct boots *b, struct registry *r, const struct log *log, struct err *err)
{
	size_t n = b->pending.len;
	if (n == 0)
		return 0;
	struct registry_boot *rows = calloc(n, sizeof *rows);
	bool *cloned = calloc(n, sizeof *cloned);
	int rc = rows == NULL || cloned == NULL ? err_nomem(err) : 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		const struct stretch *s = &b->pending.at[i];
		rows[i] = (struct registry_boot){s->probe, s->boot, s->first_us, s->last_us};
	}
	if (rc == 0)
		rc = registry_boots_seen(r, rows, n, cloned, err);
	for (size_t i = 0; i < n && rc == 0; i++)
		if (cloned[i])
			log_warn(log,
			         "%s: two machines measure under this name (a cloned image?): boot %s lies across "
			         "another's time; what both send is kept. Enrol the second under a name of its own",
			         rows[i].probe, rows[i].boot);
	free(rows);
	free(cloned);
	if (rc == 0)
		vec_clear(&b->pending);
	return rc;
}
