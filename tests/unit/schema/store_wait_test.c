/* How long a call waits for another's lock: ten seconds, or as long as it was told, also meanwhile. */
#include <pthread.h>
#include <sqlite3.h>

#include "lib/clock.h"
#include "schema/registry.h"
#include "tests/check.h"
#include "tests/unit/schema/store_fixture.h"

#define NOT_TOLD_US (10 * US_PER_S) /* how long a call waits that nobody told */

static struct err err;

static int seen(struct registry *r, struct err *e)
{
	const struct registry_seen one = {.probe = "a", .at_us = 1, .skew_us = STORE_NO_SKEW};
	return registry_seen(r, &one, 1, e);
}

static int place(struct store *s, struct err *e)
{
	const struct store_place one = {.addr = "192.0.2.1", .country = "IN", .lat = NAN, .lon = NAN};
	return store_put_places(s, &one, 1, e);
}

struct waiter { struct store *s; struct err err; int status; };

static void *wait_for_store(void *arg)
{
	struct waiter *w = arg;
	w->status = place(w->s, &w->err);
	return NULL;
}

int main(void)
{
	char *folder = fixture_folder();
	const char *path = fixture_path(folder, "t.db");
	struct registry *r = NULL;
	struct store *s = NULL, *memory = NULL;
	sqlite3 *other = NULL;
	CHECK_INT(registry_open(&r, path, STORE_CREATE, &err), 0);
	CHECK_INT(store_open_sqlite(&s, path, STORE_WRITE, &err), 0);
	CHECK_INT(sqlite3_open(path, &other), SQLITE_OK);

	CHECK_CASE("what isn't locked needs no time");
	registry_wait_until(r, mono_now());
	store_wait_until(s, mono_now());
	CHECK_INT(seen(r, &err), 0);
	CHECK_INT(place(s, &err), 0);

	CHECK_CASE("a moment that is over: no wait");
	CHECK_INT(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	struct mono began = mono_now();
	CHECK_INT(seen(r, &err), LAT_UNAVAILABLE);
	CHECK_CONTAINS(err.text, "t.db: locked by another process");
	CHECK_INT(place(s, &err), LAT_UNAVAILABLE);
	CHECK(mono_diff_us(began, mono_now()) < NOT_TOLD_US);

	CHECK_CASE("reading is none of it");
	int64_t version;
	CHECK_INT(registry_token_version(r, &version, &err), 0);

	CHECK_CASE("a wait that is under way is cut short");
	struct waiter w = {.s = s};
	pthread_t thread;
	const struct timespec while_it_waits = {.tv_nsec = 200000000};
	store_wait_until(s, (struct mono){0});
	began = mono_now();
	CHECK_INT(pthread_create(&thread, NULL, wait_for_store, &w), 0);
	nanosleep(&while_it_waits, NULL);
	store_wait_until(s, mono_now());
	pthread_join(thread, NULL);
	CHECK_INT(w.status, LAT_UNAVAILABLE);
	CHECK(mono_diff_us(began, mono_now()) < NOT_TOLD_US);

	CHECK_CASE("a lock that goes is waited for");
	store_wait_until(s, (struct mono){0});
	CHECK_INT(pthread_create(&thread, NULL, wait_for_store, &w), 0);
	nanosleep(&while_it_waits, NULL);
	CHECK_INT(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	pthread_join(thread, NULL);
	CHECK_INT(w.status, 0);

	CHECK_CASE("a store in memory has no lock");
	CHECK_INT(store_open_memory(&memory, &err), 0);
	store_wait_until(memory, mono_now());
	CHECK_INT(place(memory, &err), 0);

	sqlite3_close(other);
	store_close(memory);
	store_close(s);
	registry_close(r);
	fixture_remove(folder);
	return check_done();
}
