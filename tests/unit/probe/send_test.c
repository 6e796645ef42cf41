/* What sending does to spool and state where nothing goes out: the collector's own answers are
 * spool_test's concern. */
#include "probe/send.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "tests/check.h"

static char folder[] = "/tmp/latlas-send-XXXXXX";
static struct err err;
static struct spool spool;
static struct state state;
static struct log quiet;

static void add(int64_t started, const char *text)
{
	struct buf b;
	buf_init(&b, 0);
	buf_adds(&b, text);
	CHECK_INT(spool_add(&spool, started, 0, "00000000-0000-4000-8000-000000000001", &b, &err), 0);
	buf_free(&b);
}

static struct send sending(void)
{
	return (struct send){ .spool = &spool, .state = &state, .log = &quiet };
}

static bool acknowledged(long status, const char *body)
{
	struct collectorapi_reply r = { .status = status };
	buf_init(&r.body, 0);
	buf_adds(&r.body, body);
	bool yes = send_is_acknowledged(&r);
	collectorapi_reply_free(&r);
	return yes;
}

static void acknowledgements(void)
{
	CHECK_CASE("a batch is acknowledged by 2xx and what was accepted, nothing less");
	CHECK(acknowledged(200, "{\"accepted\":12,\"duplicate\":false}\n"));
	CHECK(acknowledged(200, "{\"accepted\":0,\"duplicate\":true,\"more\":[{}]}"));
	CHECK(acknowledged(201, "{\"accepted\":1}"));
	CHECK(!acknowledged(503, "{\"accepted\":1}"));
	CHECK(!acknowledged(200, ""));
	CHECK(!acknowledged(204, ""));
	CHECK(!acknowledged(200, "<html>It works!</html>"));
	CHECK(!acknowledged(200, "{\"status\":\"ok\"}"));
	CHECK(!acknowledged(200, "{\"accepted\":\"1\"}"));
	CHECK(!acknowledged(200, "{\"accepted\":-1}"));
	CHECK(!acknowledged(200, "[1]"));
	CHECK(!acknowledged(200, "{\"accepted\":1"));
}

static void tries(void)
{
	CHECK_CASE("tries are forgotten with a file that was dropped, or taken away");
	add(1000, "dropped");
	add(2000, "stays");
	CHECK_INT(state_add_try(&state, spool.files.at[0].name), 1);
	CHECK_INT(state_add_try(&state, "00000000000000500-000-taken.ndjson"), 1);
	CHECK_INT(state_add_try(&state, spool.files.at[1].name), 1);
	int64_t dropped = 0, rejected = 0;
	spool.limit_bytes = 8;
	CHECK_INT(spool_make_room(&spool, 1, &dropped, &rejected, &err), 0);
	CHECK_INT(dropped, 1);
	state.retry_at_us = wall_now().us + 600 * US_PER_S; /* so that nothing is sent */
	struct send s = sending();
	CHECK_INT(send_all(&s, &err), LAT_UNAVAILABLE);
	CHECK_INT(s.kept, 1);
	CHECK_INT(state.tries.len, 1);
	CHECK_INT(state_add_try(&state, spool.files.at[0].name), 2);
	CHECK_INT(spool_remove(&spool, 0, &err), 0);
	CHECK_INT(send_all(&s, &err), 0);
	CHECK_INT(state.tries.len, 0);
}

static void stuck(void)
{
	char path[4200], name[SPOOL_NAME];
	CHECK_CASE("a file that cannot be moved to rejected/ stays, is told of, and holds nothing up");
	add(3000, "no batch");
	add(4000, "none either");
	memcpy(name, spool.files.at[0].name, sizeof name);
	snprintf(path, sizeof path, "%s/rejected/%s", folder, name);
	CHECK_INT(mkdir(path, 0700), 0); /* no file takes a folder's place */
	state.retry_at_us = 0;
	struct send s = sending();
	CHECK_INT(send_all(&s, &err), LAT_IOERR);
	CHECK_CONTAINS(err.text, name);
	CHECK_CONTAINS(err.text, "cannot move it to rejected/");
	CHECK_INT(s.rejected, 1);
	CHECK_INT(s.kept, 1);
	CHECK_INT(state.rejected, 1);
	CHECK(spool_has(&spool, name));
	CHECK_INT(rmdir(path), 0);
	int64_t dropped = 0, rejected = 0;
	CHECK_INT(spool_make_room(&spool, 0, &dropped, &rejected, &err), 0); /* the file that was rejected goes */
	CHECK_INT(dropped, 0);
	CHECK_CASE("also where rejected/ is gone");
	snprintf(path, sizeof path, "%s/rejected", folder);
	CHECK_INT(rmdir(path), 0);
	CHECK_INT(send_all(&s, &err), LAT_IOERR);
	CHECK_INT(s.kept, 1);
	CHECK_INT(mkdir(path, 0700), 0);
	CHECK_INT(send_all(&s, &err), 0);
	CHECK_INT(s.rejected, 1);
	CHECK_INT(s.kept, 0);
	CHECK_INT(state.rejected, 2);
	CHECK_INT(spool_make_room(&spool, spool.limit_bytes, &dropped, &rejected, &err), 0);
	CHECK_INT(dropped, 0);
}

int main(void)
{
	char path[4200];
	if (mkdtemp(folder) == NULL || spool_open(&spool, folder, 1 << 20, &err) != 0)
		return 1;
	acknowledgements();
	tries();
	stuck();
	spool_close(&spool);
	state_free(&state);
	snprintf(path, sizeof path, "%s/rejected", folder);
	CHECK_INT(rmdir(path), 0);
	CHECK_INT(rmdir(folder), 0);
	return check_done();
}
