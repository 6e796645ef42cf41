/* A round's batch into the spool: what was dropped and rejected is told once, whatever fails. */
#include "probe/stow.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/wire.h"
#include "tests/check.h"

#define BEGUN INT64_C(1795379785106055)

static char folder[] = "/tmp/latlas-stow-XXXXXX";
static struct err err, aside;
static struct log silent;

static int writes_left; /* files that get their name; then none */

static int rename_or_not(const char *from, const char *to)
{
	if (writes_left-- > 0)
		return file_ops_system.rename(from, to);
	errno = ENOSPC;
	return -1;
}

static int unlink_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

/* A batch of `n` samples into `spool`, of whose parts the first `whole` reach the disk. */
static int stow(struct spool *spool, struct state *state, int64_t started_us, size_t n, int whole)
{
	struct file_ops ops = file_ops_system;
	struct batch b = {.probe = "p", .version = "0.1.0", .started_us = started_us, .timeout_ms = 10000,
	                  .round_ok = US_NONE, .cpu_us = US_NONE, .rss_kib = US_NONE, .duration_us = US_NONE};
	ops.rename = rename_or_not;
	writes_left = whole;
	for (size_t i = 0; i < n; i++) {
		struct sample *s = vec_add(&b.samples);
		*s = (struct sample){.t_us = started_us + (int64_t)i, .target = "www", .family = 4, .ttl = US_NONE,
		                     .dns_us = US_NONE, .tcp_us = 1, .tls_us = US_NONE, .wait_us = 1, .body_us = 1,
		                     .min_rtt_us = US_NONE, .status = 200, .http = "1.1", .bytes = 1, .addr = "203.0.113.7"};
	}
	spool->ops = &ops;
	int rc = stow_batch(spool, state, &b, &silent, &aside, &err);
	spool->ops = NULL;
	batch_free(&b);
	return rc;
}

/* What the headers in the spool tell in all: dropped * 100 + rejected. */
static int64_t told(const struct spool *spool)
{
	int64_t sum = 0;
	for (size_t i = 0; i < spool->files.len; i++) {
		struct buf text;
		struct batch b;
		buf_init(&text, 0);
		CHECK_INT(spool_read(spool, i, &text, &err), 0);
		if (wire_decode(&b, buf_str(&text), text.len, NULL, &err) != 0)
			check_fail(__FILE__, __LINE__, err.text);
		sum += 100 * b.dropped + b.rejected;
		batch_free(&b);
		buf_free(&text);
	}
	return sum;
}

/* The state as a probe would find it that was killed after the last stow(), before it saved its own. */
static int64_t left_to_tell(const struct spool *spool)
{
	struct state found;
	CHECK_INT(state_load(&found, folder, &err), 0);
	stow_settle(spool, &found);
	int64_t left = 100 * found.dropped + found.rejected;
	state_free(&found);
	return left;
}

/* Is an audit of the last hour due, as a probe finds it that was killed after the last stow()? */
static bool audit_due(const char *target)
{
	struct state found;
	CHECK_INT(state_load(&found, folder, &err), 0);
	bool due = auditmem_due(&found.audited, target, NULL, BEGUN + US_PER_S, 3600 * US_PER_S);
	state_free(&found);
	return due;
}

int main(void)
{
	struct spool spool;
	struct state state = {.dropped = 2, .rejected = 3};
	if (mkdtemp(folder) == NULL)
		return 1;
	log_init(&silent, "stow_test");
	CHECK_INT(spool_open(&spool, folder, 64 << 20, &err), 0);

	CHECK_CASE("nothing reaches the disk: all is still to be told");
	CHECK_INT(stow(&spool, &state, BEGUN + 1, 5, 0), LAT_IOERR);
	CHECK_INT(spool.files.len, 0);
	CHECK_INT(state.dropped, 2);
	CHECK_INT(state.rejected, 3);
	CHECK_INT(left_to_tell(&spool), 203);

	CHECK_CASE("and what the round has audited is due again, for it is in no batch");
	CHECK(auditmem_note(&state.audited, "www", NULL, BEGUN));
	CHECK_INT(state_save(&state, folder, &err), 0);
	CHECK(auditmem_note(&state.audited, "img", NULL, BEGUN));
	CHECK_INT(stow(&spool, &state, BEGUN + 1, 5, 0), LAT_IOERR);
	CHECK(!audit_due("www") && audit_due("img"));
	CHECK_INT(left_to_tell(&spool), 203);

	CHECK_CASE("the first of two parts does: it has told");
	CHECK_INT(stow(&spool, &state, BEGUN + 2, WIRE_MAX_SAMPLES + 1, 1), LAT_IOERR);
	CHECK_INT(spool.files.len, 1);
	CHECK_INT(told(&spool), 203);
	CHECK_INT(state.dropped, 0);
	CHECK_INT(state.rejected, 0);
	CHECK_CASE("also for a probe that was killed behind it");
	CHECK_INT(left_to_tell(&spool), 0);

	CHECK_CASE("and the next round does not tell again");
	CHECK_INT(stow(&spool, &state, BEGUN + 3, WIRE_MAX_SAMPLES + 1, 100), 0);
	CHECK(spool.files.len > 2);
	CHECK_INT(told(&spool), 203);

	CHECK_CASE("what is dropped for a batch is told by that batch, with what the dropped would have told");
	int64_t files = (int64_t)spool.files.len;
	spool.limit_bytes = 1000; /* one small batch */
	CHECK_INT(stow(&spool, &state, BEGUN + 4, 1, 1), 0);
	CHECK_INT(spool.files.len, 1);
	CHECK_INT(told(&spool), 100 * (files + 2) + 3);
	CHECK_INT(state.dropped, 0);
	CHECK_INT(state.rejected, 0);

	CHECK_CASE("if it does not reach the disk, by the one after it");
	CHECK_INT(stow(&spool, &state, BEGUN + 5, 1, 0), LAT_IOERR);
	CHECK_INT(spool.files.len, 0);
	CHECK_INT(state.dropped, files + 3);
	CHECK_INT(state.rejected, 3);
	CHECK_INT(stow(&spool, &state, BEGUN + 6, 1, 1), 0);
	CHECK_INT(told(&spool), 100 * (files + 3) + 3);
	CHECK_INT(state.dropped, 0);

	CHECK_CASE("a collector that is away for rounds on end hears of every batch that went");
	for (int i = 7; i < 12; i++)
		CHECK_INT(stow(&spool, &state, BEGUN + i, 1, 1), 0);
	CHECK_INT(spool.files.len, 1);
	CHECK_INT(told(&spool), 100 * (files + 8) + 3);
	CHECK_INT(aside.code, 0);

	state_free(&state);
	spool_close(&spool);
	nftw(folder, unlink_one, 16, FTW_DEPTH | FTW_PHYS);
	return check_done();
}
