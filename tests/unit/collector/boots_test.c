#include "collector/boots.h"

#include <math.h>

#include "tests/check.h"
#include "tests/unit/collector/scratch.h"

#define NOW INT64_C(1795372800000000)
#define MIN INT64_C(60000000)

static struct boots *boots;

static void push(const char *probe, const char *boot, int minute, int64_t skew_us, bool implausible)
{
	const struct batch b = {.probe = probe, .boot = boot, .started_us = NOW + minute * MIN};
	const struct store_batch item = {.batch = &b, .skew_us = skew_us, .clock_implausible = implausible};
	boots_add(boots, &item);
}

/* Flush with the log in a file: how many lines are there now? */
static int lines(struct registry *r, const struct log *log, FILE *f)
{
	struct err err = {0};
	int n = 0;
	CHECK_INT(boots_flush(boots, r, log, &err), 0);
	fflush(stderr);
	rewind(f);
	for (int c; (c = fgetc(f)) != EOF;)
		n += c == '\n';
	return n;
}

int main(void)
{
	struct scratch scratch;
	struct err err = {0};
	uint8_t hash[REGISTRY_TOKEN_HASH] = {1};
	const char *const names[] = {"p", "q", "x"};
	const struct log log = {.program = "test", .level = LOG_LEVEL_WARN};
	char path[128];
	scratch_make(&scratch);
	snprintf(path, sizeof path, "%s/out", scratch.dir);
	struct registry *r = scratch_registry(&scratch);
	for (size_t i = 0; i < 3; i++, hash[0]++) {
		const struct probe_row row = {.name = names[i], .lat = NAN, .lon = NAN, .enrolled_us = 1};
		CHECK_INT(registry_enroll(r, &row, hash, &err), 0);
	}
	boots = boots_new();
	FILE *f = freopen(path, "w", stderr) == NULL ? NULL : fopen(path, "r");
	if (f == NULL || boots == NULL)
		return 1;

	CHECK_CASE("one machine that drains three days of spool, a reboot in the middle");
	for (int i = 0; i < 864; i++)
		push("p", i < 400 ? "A" : "B", i * 5, STORE_NO_SKEW, false);
	CHECK_INT(lines(r, &log, f), 0);

	CHECK_CASE("a clock that was half an hour slow in the first round of a boot, and said so");
	push("p", "C", 4320 - 30, -30 * MIN, false); /* 4320 by our clock */
	push("p", "C", 4325, 0, false);
	CHECK_INT(lines(r, &log, f), 0);

	CHECK_CASE("two machines: one line, not one for each push");
	for (int i = 0; i < 8; i++)
		push("q", i % 2 ? "Q1" : "Q2", i * 3, 0, false);
	CHECK_INT(lines(r, &log, f), 1);
	for (int i = 8; i < 20; i++) {
		push("q", i % 2 ? "Q1" : "Q2", i * 3, 0, false);
		CHECK_INT(lines(r, &log, f), 1);
	}

	CHECK_CASE("an implausible clock and a batch without a boot tell nothing");
	push("x", "A", 0, 0, false);
	push("x", "A", 100, 0, false);
	push("x", "B", 50, 120 * MIN, true);
	push("x", NULL, 50, 0, false);
	push("x", "", 50, 0, false);
	CHECK_INT(lines(r, &log, f), 1);

	CHECK_CASE("what is gathered has an end");
	for (int i = 0; i < 5 * BOOTS_PENDING; i++) {
		char boot[16];
		snprintf(boot, sizeof boot, "%d", i);
		push("x", boot, 1000 + 20 * i, 0, false);
	}
	CHECK_INT(lines(r, &log, f), 1);

	fclose(f);
	boots_free(boots);
	registry_close(r);
	scratch_remove(&scratch);
	return check_done();
}
