#include "probe/stow.h"

#include <stdio.h>

#include "probe/parcel.h"

static int64_t total_bytes(const struct parcels *p)
{
	int64_t n = 0;
	for (size_t i = 0; i < p->parts.len; i++)
		n += (int64_t)p->parts.at[i].text.len;
	return n;
}

static int encode(struct parcels *out, const struct state *state, struct batch *b, struct err *err)
{
	b->dropped = state->dropped;
	b->rejected = state->rejected;
	return parcel_encode(out, b, err);
}

/* What the batch is about to tell, should a crash come right behind it. It goes into the file as that lies there: what
 * this round noted besides, such as which audits are done, holds only once the batch is there as well. */
static int save_telling(const struct state *state, const char *folder, const char *uuid, struct err *err)
{
	struct state there;
	int rc = state_load(&there, folder, err);
	if (rc == 0) {
		there.dropped = state->dropped;
		there.rejected = state->rejected;
		snprintf(there.telling, sizeof there.telling, "%s", uuid);
		rc = state_save(&there, folder, err);
	}
	state_free(&there);
	return rc;
}

/* What had to be dropped to make room is told in this very header, so it is encoded again
 * if anything was. */
int stow_batch(struct spool *spool, struct state *state, struct batch *b, const struct log *log, struct err *aside,
               struct err *err)
{
	struct parcels parcels;
	size_t before = spool->files.len;
	int rc = encode(&parcels, state, b, err);
	if (rc != 0)
		return rc;
	/* A spool that is too large is better than a batch that is lost. */
	if (spool_make_room(spool, total_bytes(&parcels), &state->dropped, &state->rejected, aside) != 0)
		log_info(log, "%s", aside->text);
	size_t gone = before - spool->files.len;
	if (gone != 0) {
		parcel_free(&parcels);
		log_info(log, "%zu batch%s dropped: spool_limit_mib", gone, gone == 1 ? "" : "es");
		rc = encode(&parcels, state, b, err);
	}
	if (rc == 0 && (state->dropped != 0 || state->rejected != 0)) {
		struct err why = {0};
		/* A batch is worth more than a figure that a crash might tell twice. */
		if (save_telling(state, spool->folder, parcels.parts.at[0].uuid, &why) != 0)
			log_info(log, "%s", why.text);
	}
	for (size_t i = 0; rc == 0 && i < parcels.parts.len; i++) {
		rc = spool_add(spool, b->started_us, (unsigned)i, parcels.parts.at[i].uuid, &parcels.parts.at[i].text, err);
		if (rc == 0 && i == 0)
			state->dropped = state->rejected = 0;
	}
	parcel_free(&parcels);
	return rc;
}

void stow_settle(const struct spool *spool, struct state *state)
{
	if (state->telling[0] != '\0' && spool_holds(spool, state->telling))
		state->dropped = state->rejected = 0;
	state->telling[0] = '\0';
}
