#include "probe/state.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/file.h"
#include "tests/check.h"

int main(void)
{
	char folder[] = "/tmp/latlas-state-XXXXXX", path[64];
	struct state s, t;
	struct err err = {0};
	struct ttlmem_entry e = { .resolver = (char *)"9.9.9.9", .name = (char *)"www.example.com", .family = 6,
	                          .largest = 60, .met_us = 1795379785106055, .counts_down = true };
	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(path, sizeof path, "%s/state.json", folder);

	CHECK_CASE("without a file everything is zero");
	CHECK_INT(state_load(&s, folder, &err), 0);
	CHECK_STR(s.etag, "");
	CHECK_INT(s.retry_at_us, 0);
	CHECK_INT(s.tries.len, 0);
	CHECK_CASE("what is saved comes back");
	strcpy(s.etag, "\"0123abc\"");
	s.retry_at_us = 1795379785106055;
	s.dropped = 3;
	s.rejected = 4;
	CHECK_INT(state_add_try(&s, "one.ndjson"), 1);
	CHECK_INT(state_add_try(&s, "two.ndjson"), 1);
	CHECK_INT(state_add_try(&s, "one.ndjson"), 2);
	CHECK(ttlmem_restore(&s.ttl, &e));
	struct targetmem_entry m = { .target = (char *)"www", .rev = "0123456789abcdef",
	                             .measured_us = 1795379785106055, .rare_next = 499 };
	CHECK(targetmem_restore(&s.targets, &m));
	CHECK(auditmem_note(&s.audited, "www", NULL, 1795379785106055));
	CHECK(auditmem_note(&s.audited, "www", "lon", 1795379785106056));
	CHECK_INT(state_save(&s, folder, &err), 0);
	CHECK_INT(state_load(&t, folder, &err), 0);
	CHECK_STR(t.etag, "\"0123abc\"");
	CHECK_INT(t.retry_at_us, 1795379785106055);
	CHECK_INT(t.dropped, 3);
	CHECK_INT(t.rejected, 4);
	CHECK_INT(state_add_try(&t, "one.ndjson"), 3);
	CHECK_INT(t.audited.entries.len, 2);
	/* due each 31 s, of which a round may be early by 30 */
	CHECK(!auditmem_due(&t.audited, "www", NULL, 1795379785106055 + 999999, 31000000));
	CHECK(auditmem_due(&t.audited, "www", NULL, 1795379785106055 + 1000000, 31000000));
	CHECK(!auditmem_due(&t.audited, "www", "lon", 1795379785106055 + 1000000, 31000000));
	CHECK_INT(t.ttl.entries.len, 1);
	if (t.ttl.entries.len == 1) {
		CHECK_STR(t.ttl.entries.at[0].name, "www.example.com");
		CHECK_STR(t.ttl.entries.at[0].resolver, "9.9.9.9");
		CHECK_INT(t.ttl.entries.at[0].family, 6);
		CHECK_INT(t.ttl.entries.at[0].largest, 60);
		CHECK_INT(t.ttl.entries.at[0].met_us, 1795379785106055);
		CHECK(t.ttl.entries.at[0].counts_down);
	}
	CHECK_INT(t.targets.entries.len, 1);
	if (t.targets.entries.len == 1) {
		CHECK_STR(t.targets.entries.at[0].target, "www");
		CHECK_STR(t.targets.entries.at[0].rev, "0123456789abcdef");
		CHECK_INT(t.targets.entries.at[0].measured_us, 1795379785106055);
		CHECK_INT(t.targets.entries.at[0].rare_next, 499);
	}
	CHECK_CASE("tries are forgotten with their file");
	state_forget_tries(&t, "one.ndjson");
	CHECK_INT(state_add_try(&t, "one.ndjson"), 1);
	CHECK_INT(state_add_try(&t, "two.ndjson"), 2);
	state_free(&s);
	state_free(&t);
	CHECK_CASE("a garbled file is as good as none");
	CHECK_INT(file_write_atomic(path, "{\"dropped\":7,", 13, 0600, NULL, &err), 0);
	CHECK_INT(state_load(&s, folder, &err), 0);
	CHECK_INT(s.dropped, 0);
	CHECK_INT(s.rejected, 0);
	state_free(&s);
	CHECK_CASE("a count that cannot be is no reason to reject a batch, nor never to");
	const char counts[] = "{\"tries\":[{\"file\":\"a\",\"count\":9223372036854775807},{\"file\":\"b\",\"count\":-9},"
	                      "{\"file\":\"c\",\"count\":2}]}";
	CHECK_INT(file_write_atomic(path, counts, sizeof counts - 1, 0600, NULL, &err), 0);
	CHECK_INT(state_load(&s, folder, &err), 0);
	CHECK_INT(state_add_try(&s, "a"), 2);
	CHECK_INT(state_add_try(&s, "b"), 1);
	CHECK_INT(state_add_try(&s, "c"), 3);
	state_free(&s);
	CHECK_CASE("values of the wrong kind are left out");
	const char odd[] = "{\"dropped\":-5,\"rejected\":-1,\"plan_etag\":7,"
	                   "\"ttl\":[1,{\"name\":\"x\"}],\"tries\":{\"a\":[]},\"audited\":[{},7],\"new\":[[]]}";
	CHECK_INT(file_write_atomic(path, odd, sizeof odd - 1, 0600, NULL, &err), 0);
	CHECK_INT(state_load(&s, folder, &err), 0);
	CHECK_INT(s.dropped, 0);
	CHECK_INT(s.rejected, 0);
	CHECK_STR(s.etag, "");
	CHECK_INT(s.ttl.entries.len, 0);
	state_free(&s);
	unlink(path);
	rmdir(folder);
	return check_done();
}
