#include "collector/writer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <pthread.h>

#include "tests/check.h"
#include "tests/unit/collector/scratch.h"

#define JOBS 12

struct fixture {
	struct store *store;
	struct registry *registry;
	struct metrics metrics;
	struct log log;
	struct writer *writer;
};

static struct writer_job jobs[JOBS];
static struct sample sample = {.target = "www", .role = ROLE_CDN, .t_us = 1795372800000000, .family = 4,
                               .dns_us = 1, .tcp_us = 2, .tls_us = 3, .wait_us = 4, .body_us = 5,
                               .min_rtt_us = 2, .ttl = US_NONE, .status = 200, .bytes = 10, .retrans = 0,
                               .lag_us = 0};
static int finished; /* jobs whose `done` was called; the writer's thread counts, read after it ended */

static void done(struct writer_job *job)
{
	(*(int *)job->ctx)++;
	finished++;
}

static int calls[JOBS];

/* Batch `i` with that UUID and digest, of one sample. */
static struct writer_job *job(int i, const char *uuid, uint8_t digest)
{
	struct writer_job *j = &jobs[i];
	*j = (struct writer_job){.bytes = 1000, .done = done, .ctx = &calls[i], .status = -1};
	snprintf(j->batch.uuid, sizeof j->batch.uuid, "%s", uuid);
	j->batch.probe = "p";
	j->batch.version = "0.1.0";
	j->batch.started_us = sample.t_us;
	j->batch.timeout_ms = 10000;
	j->batch.round_ok = 1;
	j->batch.cpu_us = j->batch.rss_kib = j->batch.duration_us = US_NONE;
	j->batch.samples.at = &sample;
	j->batch.samples.len = j->batch.samples.cap = 1;
	memset(j->item.digest, digest, sizeof j->item.digest);
	j->item.received_us = sample.t_us + i;
	j->item.skew_us = STORE_NO_SKEW;
	j->peer.ss_family = AF_INET;
	calls[i] = 0;
	return j;
}

static void begin(struct fixture *f, struct scratch *s, size_t max_batches, size_t max_bytes)
{
	struct err err = {0};
	memset(f, 0, sizeof *f);
	f->log = (struct log){.program = "test", .level = LOG_LEVEL_ERROR};
	f->registry = scratch_registry(s);
	CHECK_INT(store_open_memory(&f->store, &err), 0);
	struct writer_options o = {.store = f->store, .registry = f->registry, .metrics = &f->metrics,
	                           .log = &f->log, .max_batches = max_batches, .max_bytes = max_bytes};
	CHECK_INT(writer_new(&f->writer, &o, &err), 0);
	finished = 0;
}

static void end(struct fixture *f)
{
	writer_stop(f->writer);
	writer_free(f->writer);
	store_close(f->store);
	registry_close(f->registry);
}

static struct store_totals totals(struct fixture *f)
{
	struct store_totals t = {0};
	struct err err = {0};
	CHECK_INT(store_totals(f->store, &t, &err), 0);
	return t;
}

#define A "00000000-0000-4000-8000-00000000000a"
#define B "00000000-0000-4000-8000-00000000000b"
#define C "00000000-0000-4000-8000-00000000000c"

int main(void)
{
	struct scratch s;
	struct fixture f;
	struct err err = {0};
	const uint8_t hash[REGISTRY_TOKEN_HASH] = {1};
	const struct probe_row row = {.name = "p", .lat = NAN, .lon = NAN, .enrolled_us = 1};
	scratch_make(&s);
	struct registry *r = scratch_registry(&s);
	CHECK_INT(registry_enroll(r, &row, hash, &err), 0);

	CHECK_CASE("the queue is bounded by batches");
	begin(&f, &s, 3, 1000000);
	for (int i = 0; i < 3; i++) {
		CHECK(writer_reserve(f.writer, 1000));
		writer_push(f.writer, job(i, i == 0 ? A : i == 1 ? B : C, 1));
	}
	bool beyond = writer_reserve(f.writer, 1000);
	CHECK(!beyond);
	if (beyond) /* what was promised must come, or the writer waits for it */
		writer_push(f.writer, job(4, "00000000-0000-4000-8000-00000000000d", 1));

	CHECK_CASE("what waits is committed, each is told once, and there is room again");
	CHECK_INT(writer_start(f.writer, &err), 0);
	for (int i = 0; i < 1000 && !writer_reserve(f.writer, 1000); i++)
		usleep(1000);
	writer_push(f.writer, job(3, A, 1));
	writer_stop(f.writer);
	CHECK_INT(finished, 4);
	for (int i = 0; i < 4; i++) {
		CHECK_INT(calls[i], 1);
		CHECK_INT(jobs[i].status, 0);
		CHECK_INT(jobs[i].item.result, i < 3 ? STORE_ADDED : STORE_DUPLICATE);
	}
	CHECK_INT(totals(&f).batches, 3);
	CHECK_INT(atomic_load(&f.metrics.samples), 3);
	CHECK(writer_healthy(f.writer, NULL));

	CHECK_CASE("nothing is taken after the stop");
	CHECK(!writer_reserve(f.writer, 1));

	CHECK_CASE("the probe was seen by then");
	struct arena arena = {0};
	probe_rows rows = {0};
	CHECK_INT(registry_probes(r, &arena, &rows, &err), 0);
	CHECK_INT(rows.len, 1);
	if (rows.len == 1)
		CHECK_INT(rows.at[0].last_seen_us, sample.t_us + 3);
	vec_free(&rows);
	arena_free(&arena);
	end(&f);

	CHECK_CASE("and by bytes");
	begin(&f, &s, 100, 2500);
	CHECK(writer_reserve(f.writer, 1000));
	CHECK(writer_reserve(f.writer, 1500));
	CHECK(!writer_reserve(f.writer, 1));
	end(&f); /* never started */

	CHECK_CASE("one group: the same twice, and altered");
	begin(&f, &s, 100, 1000000);
	for (int i = 0; i < 3; i++) {
		CHECK(writer_reserve(f.writer, 1000));
		writer_push(f.writer, job(i, A, i < 2 ? 1 : 2));
	}
	CHECK_INT(writer_start(f.writer, &err), 0);
	writer_stop(f.writer);
	CHECK_INT(jobs[0].item.result, STORE_ADDED);
	CHECK_INT(jobs[1].item.result, STORE_DUPLICATE);
	CHECK_INT(jobs[2].item.result, STORE_CONFLICT);
	CHECK_INT(totals(&f).batches, 1);
	end(&f);

	CHECK_CASE("one that the store can't take doesn't take the others with it");
	begin(&f, &s, 100, 1000000);
	for (int i = 0; i < 3; i++) {
		CHECK(writer_reserve(f.writer, 1000));
		writer_push(f.writer, job(i, i == 0 ? A : i == 1 ? "no UUID" : C, 1));
	}
	int kept = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);
	dup2(null, STDERR_FILENO); /* it will say so */
	CHECK_INT(writer_start(f.writer, &err), 0);
	writer_stop(f.writer);
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(null);
	CHECK_INT(finished, 3);
	CHECK_INT(jobs[0].status, 0);
	CHECK(jobs[1].status != 0);
	CHECK_INT(jobs[2].status, 0);
	CHECK_INT(totals(&f).batches, 2);
	end(&f);

	CHECK_CASE("it folds when nothing comes");
	begin(&f, &s, 100, 1000000);
	CHECK_INT(writer_start(f.writer, &err), 0);
	CHECK(writer_reserve(f.writer, 1000));
	writer_push(f.writer, job(0, B, 1));
	usleep(800000);
	writer_stop(f.writer); /* stops without folding: what is folded was folded before */
	CHECK_INT(totals(&f).unfolded, 0);
	end(&f);

	CHECK_CASE("and what another process left, too, though nothing comes at all");
	struct store *store = NULL, *other = NULL;
	size_t left = 0;
	CHECK_INT(store_open_sqlite(&store, s.db, STORE_WRITE, &err), 0);
	CHECK_INT(store_open_sqlite(&other, s.db, STORE_WRITE, &err), 0);
	struct writer_options o = {.store = store, .registry = r, .metrics = &f.metrics, .log = &f.log,
	                           .max_batches = 1, .max_bytes = 1000, .look_us = 1000};
	struct writer *w = NULL;
	CHECK_INT(writer_new(&w, &o, &err), 0);
	CHECK_INT(writer_start(w, &err), 0);
	struct writer_job *theirs = job(0, C, 1);
	theirs->item.batch = &theirs->batch;
	CHECK_INT(store_append(other, &theirs->item, 1, &err), 0);
	CHECK_INT(theirs->item.result, STORE_ADDED);
	CHECK_INT(store_fold(other, 0, &left, &err), 0);
	for (int i = 0; i < 1000 && left > 0; i++) {
		usleep(10000);
		CHECK_INT(store_fold(other, 0, &left, &err), 0);
	}
	CHECK_INT(left, 0);
	writer_stop(w);
	writer_free(w);
	store_close(other);
	store_close(store);

	registry_close(r);
	scratch_remove(&s);
	return check_done();
}
