#include "probe/send.h"

#include <stdio.h>
#include <string.h>

#include "lib/attr.h"
#include "lib/clock.h"
#include "schema/json.h"
#include "schema/wire.h"

/* 4xx that say nothing of the batch: not now, or something on the way there speaks. */
static bool of_the_way(long status)
{
	static const short ways[] = { 401, 404, 405, 407, 408, 421, 425, 426, 429, 451 };
	for (size_t i = 0; i < LAT_COUNT(ways); i++)
		if (ways[i] == status)
			return true;
	return false;
}

enum send_fate send_fate(long status)
{
	if (status >= 200 && status <= 299)
		return SEND_ACCEPTED;
	if (status >= 400 && status <= 499 && !of_the_way(status))
		return SEND_REFUSED;
	return SEND_LATER;
}

bool send_is_acknowledged(const struct collectorapi_reply *reply)
{
	struct arena arena = {0};
	struct json *top;
	bool yes = send_fate(reply->status) == SEND_ACCEPTED &&
	           json_parse(&arena, buf_str(&reply->body), reply->body.len, 4, "answer", &top, NULL) == 0 &&
	           json_get_int(top, "accepted", -1) >= 0;
	arena_free(&arena);
	return yes;
}

/* Is it a whole batch, as we would have written it? */
static int check(const struct buf *text, struct err *err)
{
	struct batch b;
	int rc = wire_decode(&b, buf_str(text), text->len, NULL, err);
	batch_free(&b);
	return rc;
}

/* A file that stays against our will is told of when the rest has been sent: the first one. */
static void pass(size_t *i, struct err *stuck, const struct err *why)
{
	if (stuck->code == 0)
		*stuck = *why;
	(*i)++;
}

static void reject(struct send *s, size_t *i, const char *why, struct err *stuck)
{
	char name[SPOOL_NAME];
	struct err cannot = {0};
	snprintf(name, sizeof name, "%s", s->spool->files.at[*i].name);
	if (spool_reject(s->spool, *i, &cannot) != 0) {
		pass(i, stuck, &cannot);
		return;
	}
	state_forget_tries(s->state, name);
	s->rejected++;
	s->state->rejected++; /* the next header tells */
	log_info(s->log, "%s: moved to rejected/: %s", name, why);
}

static void remember_wait(struct send *s, int64_t seconds)
{
	if (seconds <= 0)
		return;
	if (seconds > SEND_RETRY_MAX_S)
		seconds = SEND_RETRY_MAX_S;
	s->state->retry_at_us = wall_now().us + seconds * US_PER_S;
}

static int take_reply(struct send *s, size_t *i, const struct collectorapi_reply *reply, struct err *stuck,
                      struct err *err)
{
	char said[200], why[256];
	const char *name = s->spool->files.at[*i].name;
	snprintf(why, sizeof why, "the collector answered %ld%s", reply->status,
	         collectorapi_said(reply, said, sizeof said));
	switch (send_fate(reply->status)) {
	case SEND_ACCEPTED:
		if (!send_is_acknowledged(reply))
			return err_set(err, LAT_UNAVAILABLE, "an answer of %ld that is no collector's", reply->status);
		log_debug(s->log, "%s: sent", name);
		s->sent++;
		state_forget_tries(s->state, name);
		return spool_remove(s->spool, *i, err);
	case SEND_REFUSED:
		s->refused++;
		if (state_add_try(s->state, name) >= SEND_TRIES) {
			reject(s, i, why, stuck);
			return 0;
		}
		log_info(s->log, "%s: refused: %s", name, why);
		(*i)++;
		return 0;
	case SEND_LATER:
	default:
		remember_wait(s, reply->retry_after_s);
		return err_set(err, LAT_UNAVAILABLE, "%s", why);
	}
}

/* One file; *i moves on if the file stays. `stuck` gets the first that could not be read, or not
 * be moved to rejected/. */
static int send_one(struct send *s, size_t *i, struct err *stuck, struct err *err)
{
	struct buf text;
	struct err why = {0};
	buf_init(&text, 0);
	int rc = spool_read(s->spool, *i, &text, &why);
	if (rc == 0)
		rc = check(&text, &why);
	if (rc == LAT_DATAERR) {
		reject(s, i, why.text, stuck);
		rc = 0;
	} else if (rc == LAT_IOERR || rc == LAT_NOINPUT) { /* a bad sector, another's file */
		pass(i, stuck, &why);
		rc = 0;
	} else if (rc != 0) {
		rc = err_set(err, why.code, "%s", why.text);
	} else {
		struct collectorapi_reply reply;
		rc = collectorapi_post(s->api, &text, &reply, err);
		if (rc == 0)
			rc = take_reply(s, i, &reply, stuck, err);
		collectorapi_reply_free(&reply);
	}
	buf_free(&text);
	return rc;
}

/* Of files that were dropped to make room, or that a person took away, nothing is remembered. */
static void forget_gone(struct send *s)
{
	for (size_t i = 0; i < s->state->tries.len;) {
		const char *name = s->state->tries.at[i].file;
		if (spool_has(s->spool, name))
			i++;
		else
			state_forget_tries(s->state, name);
	}
}

int send_all(struct send *s, struct err *err)
{
	s->sent = s->refused = s->rejected = s->kept = 0;
	forget_gone(s);
	int64_t wait_us = s->state->retry_at_us - wall_now().us;
	struct err stuck = {0};
	int rc = 0;
	/* A clock that was set back must not silence the probe for longer than is believed. */
	if (s->spool->files.len > 0 && wait_us > 0 && wait_us <= SEND_RETRY_MAX_S * US_PER_S)
		rc = err_set(err, LAT_UNAVAILABLE, "the collector asked not to be sent to for another %d s",
		             (int)(wait_us / US_PER_S) + 1);
	else
		s->state->retry_at_us = 0;
	struct mono started = mono_now();
	for (size_t i = 0; rc == 0 && i < s->spool->files.len;) {
		if (s->stop != NULL && *s->stop)
			break;
		if (s->budget_us > 0 && mono_diff_us(started, mono_now()) > s->budget_us)
			break;
		rc = send_one(s, &i, &stuck, err);
	}
	if (rc == 0 && stuck.code != 0)
		rc = err_set(err, LAT_IOERR, "%s", stuck.text);
	s->kept = s->spool->files.len;
	return rc;
}
