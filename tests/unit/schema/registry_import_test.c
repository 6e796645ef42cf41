/* Vantages of imports: rows without a token, which can't be mistaken for a probe of ours. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "schema/registry.h"
#include "tests/check.h"

static char dir[] = "/tmp/latlas-import-XXXXXX", path[64];

static struct probe_row row(const char *name, const char *source)
{
	return (struct probe_row){.name = name, .source = source, .lat = NAN, .lon = NAN, .enrolled_us = 1,
	                          .network = NETWORK_EYEBALL, .last_seen_us = US_NONE, .last_skew_us = STORE_NO_SKEW};
}

static const struct probe_row *named(const probe_rows *rows, const char *name)
{
	for (size_t i = 0; i < rows->len; i++)
		if (strcmp(rows->at[i].name, name) == 0)
			return &rows->at[i];
	return NULL;
}

int main(void)
{
	struct registry *r = NULL;
	struct arena arena = {0};
	probe_rows rows = {0};
	struct err err = {0};
	uint8_t hash[REGISTRY_TOKEN_HASH] = {1};
	if (mkdtemp(dir) == NULL)
		return 74;
	snprintf(path, sizeof path, "%s/db", dir);
	CHECK_INT(registry_open(&r, path, STORE_CREATE, &err), 0);
	CHECK_CASE("a vantage has a source and no token");
	struct probe_row v = row("atlas.7", "ripe-atlas");
	CHECK_INT(registry_import_vantages(r, &v, 1, &err), 0);
	registry_tokens tokens = {0};
	CHECK_INT(registry_tokens_load(r, &tokens, &err), 0);
	CHECK_INT(tokens.len, 0);
	vec_free(&tokens);
	CHECK_CASE("a place by address gives way to one that is told, and no other way");
	v.country = "FR", v.place_source = "geo";
	CHECK_INT(registry_import_vantages(r, &v, 1, &err), 0);
	v.country = "DE", v.place_source = "import", v.city = "Berlin", v.lat = 52.5, v.lon = 13.4;
	CHECK_INT(registry_import_vantages(r, &v, 1, &err), 0);
	v.country = "FR", v.place_source = "geo", v.city = NULL;
	CHECK_INT(registry_import_vantages(r, &v, 1, &err), 0);
	v = row("atlas.7", "ripe-atlas");
	CHECK_INT(registry_import_vantages(r, &v, 1, &err), 0);
	CHECK_INT(registry_probes(r, &arena, &rows, &err), 0);
	CHECK_INT(rows.len, 1);
	const struct probe_row *got = named(&rows, "atlas.7");
	CHECK_STR(got == NULL ? NULL : got->country, "DE");
	CHECK_STR(got == NULL ? NULL : got->city, "Berlin");
	CHECK_STR(got == NULL ? NULL : got->source, "ripe-atlas");
	CHECK_STR(got == NULL ? NULL : got->place_source, "import");
	CHECK_CASE("no probe of ours can have such a name, nor an import a probe's");
	struct probe_row ours = row("atlas.8", NULL);
	CHECK_INT(registry_enroll(r, &ours, hash, &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "import's");
	CHECK_INT(registry_rotate(r, "atlas.7", hash, 1, 2, &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "import's");
	CHECK_INT(registry_readmit(r, &v, hash, &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "import's");
	ours.name = "mumbai-1";
	CHECK_INT(registry_enroll(r, &ours, hash, &err), 0);
	v = row("mumbai-1", "ripe-atlas");
	CHECK_INT(registry_import_vantages(r, &v, 1, &err), LAT_DATAERR);
	CHECK_CASE("one that cannot be leaves nothing of the others");
	struct probe_row two[] = {row("csv.a", "rtt-csv"), row("atlas.7", "rtt-csv")};
	CHECK_INT(registry_import_vantages(r, two, 2, &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "another format");
	vec_clear(&rows);
	CHECK_INT(registry_probes(r, &arena, &rows, &err), 0);
	CHECK_INT(rows.len, 2);
	got = named(&rows, "mumbai-1");
	CHECK(got != NULL && got->source == NULL);
	vec_free(&rows);
	arena_free(&arena);
	registry_close(r);
	static const char *const parts[] = {"", "-wal", "-shm"};
	for (int i = 0; i < 3; i++) {
		char part[80];
		snprintf(part, sizeof part, "%s%s", path, parts[i]);
		unlink(part);
	}
	rmdir(dir);
	return check_done();
}
