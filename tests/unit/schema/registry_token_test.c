/* What ends a token: the use of the one that replaces it, its time, a revocation. */
#include "schema/registry.h"

#include "tests/check.h"
#include "tests/unit/schema/store_fixture.h"

#define NOW INT64_C(1795372800000000)
#define DAY INT64_C(86400000000)

static struct err err;

static const uint8_t *hash(uint8_t n)
{
	static uint8_t h[4][REGISTRY_TOKEN_HASH];
	static int turn;
	uint8_t *out = h[turn = (turn + 1) % 4];
	memset(out, 0, REGISTRY_TOKEN_HASH);
	out[0] = n;
	return out;
}

static int enroll(struct registry *r, const char *name, uint8_t token)
{
	struct probe_row p = {.name = name, .lat = NAN, .lon = NAN, .enrolled_us = NOW};
	return registry_enroll(r, &p, hash(token), &err);
}

/* The valid tokens as "1 2u 3!5": u: was used, !N: ends N days from NOW. */
static const char *tokens(struct registry *r)
{
	static char out[200];
	registry_tokens list = {0};
	out[0] = '\0';
	CHECK_INT(registry_tokens_load(r, &list, &err), 0);
	for (int n = 0; n < 256; n++)
		for (size_t i = 0; i < list.len; i++) {
			const struct registry_token *t = &list.at[i];
			size_t at = strlen(out);
			if (t->hash[0] != n)
				continue;
			snprintf(out + at, sizeof out - at, "%s%d%s", at > 0 ? " " : "", n, t->used ? "u" : "");
			at = strlen(out);
			if (t->until_us != US_NONE)
				snprintf(out + at, sizeof out - at, "!%d", (int)((t->until_us - NOW) / DAY));
		}
	vec_free(&list);
	return out;
}

static int64_t version(struct registry *r)
{
	int64_t v = -1;
	CHECK_INT(registry_token_version(r, &v, &err), 0);
	return v;
}

static int rotate(struct registry *r, const char *name, uint8_t token, int64_t at_us)
{
	return registry_rotate(r, name, hash(token), at_us, at_us + 7 * DAY, &err);
}

static struct probe_row probe(struct registry *r, const char *name)
{
	struct arena arena = {0};
	probe_rows rows = {0};
	struct probe_row out = {.id = -1};
	CHECK_INT(registry_probes(r, &arena, &rows, &err), 0);
	for (size_t i = 0; i < rows.len; i++)
		if (strcmp(rows.at[i].name, name) == 0)
			out = rows.at[i];
	out.country = out.country != NULL && strcmp(out.country, "IN") == 0 ? "IN" : NULL;
	vec_free(&rows);
	arena_free(&arena);
	return out;
}

static void rotation(struct registry *r)
{
	CHECK_CASE("the first use of a token is noted once");
	CHECK_INT(enroll(r, "a", 1), 0);
	CHECK_INT(enroll(r, "b", 9), 0);
	CHECK_STR(tokens(r), "1 9");
	int64_t v = version(r);
	CHECK_INT(registry_token_used(r, hash(1), NOW + 1, &err), 0);
	CHECK_STR(tokens(r), "1u 9");
	CHECK_INT(version(r), v); /* nothing ended: nobody has to look */
	CHECK_INT(registry_token_used(r, hash(200), NOW, &err), 0); /* none of ours */
	CHECK_STR(tokens(r), "1u 9");

	CHECK_CASE("rotated: the old one has an end, both are valid");
	CHECK_INT(rotate(r, "a", 2, NOW + 5), 0);
	CHECK_STR(tokens(r), "1u!7 2 9");
	CHECK_INT(version(r), v + 1);
	CHECK_INT(probe(r, "b").old_token_us, US_NONE);

	CHECK_CASE("once more before it was used: all that are older have an end, the first keeps its own");
	CHECK_INT(rotate(r, "a", 3, NOW + 2 * DAY), 0);
	CHECK_STR(tokens(r), "1u!7 2!9 3 9");

	CHECK_CASE("the old one's use ends nothing");
	CHECK_INT(registry_token_used(r, hash(1), NOW + 3 * DAY, &err), 0);
	CHECK_STR(tokens(r), "1u!7 2!9 3 9");

	CHECK_CASE("the use of the one in between ends what is older than it");
	v = version(r);
	CHECK_INT(registry_token_used(r, hash(2), NOW + 3 * DAY, &err), 0);
	CHECK_STR(tokens(r), "2u!9 3 9");
	CHECK_INT(version(r), v + 1);

	CHECK_CASE("the use of the newest ends all before");
	CHECK_INT(registry_token_used(r, hash(3), NOW + 3 * DAY, &err), 0);
	CHECK_STR(tokens(r), "3u 9");

	CHECK_CASE("at once");
	CHECK_INT(registry_rotate(r, "a", hash(4), NOW, NOW, &err), 0);
	CHECK_STR(tokens(r), "4 9");

	CHECK_CASE("a rotation that fails leaves nothing");
	v = version(r);
	CHECK_INT(rotate(r, "nobody", 5, NOW), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "no probe named \"nobody\"");
	CHECK(rotate(r, "a", 9, NOW) != 0); /* another's token */
	CHECK_STR(tokens(r), "4 9");
	CHECK_INT(version(r), v);
}

static void revocation(struct registry *r)
{
	bool already = true;
	CHECK_CASE("revoked: none is valid, and the others are");
	int64_t v = version(r);
	CHECK_INT(rotate(r, "a", 10, NOW), 0);
	CHECK_INT(registry_revoke(r, "a", NOW + 50, &already, &err), 0);
	CHECK(!already);
	CHECK_STR(tokens(r), "9");
	CHECK_INT(version(r), v + 2);
	CHECK_INT(probe(r, "a").revoked_us, NOW + 50);
	CHECK(probe(r, "a").revoked && !probe(r, "b").revoked);

	CHECK_CASE("again changes nothing");
	CHECK_INT(registry_revoke(r, "a", NOW + 99, &already, &err), 0);
	CHECK(already);
	CHECK_INT(probe(r, "a").revoked_us, NOW + 50);
	CHECK_INT(registry_revoke(r, "nobody", NOW, &already, &err), LAT_DATAERR);

	CHECK_CASE("neither rotate nor enroll undoes it; each says what does");
	CHECK_INT(rotate(r, "a", 11, NOW), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "enroll --again");
	CHECK_INT(enroll(r, "a", 11), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "enroll --again");
	CHECK_INT(enroll(r, "b", 11), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "rotate");
	CHECK_STR(tokens(r), "9");

	CHECK_CASE("let back in, with the new token alone");
	struct probe_row p = {.name = "a", .lat = NAN, .lon = NAN, .enrolled_us = NOW + 60};
	CHECK_INT(registry_readmit(r, &p, hash(12), &err), 0);
	CHECK_STR(tokens(r), "9 12");
	CHECK(!probe(r, "a").revoked);
	CHECK_INT(probe(r, "a").enrolled_us, NOW + 60);
	CHECK(probe(r, "a").country == NULL);
	CHECK_INT(registry_readmit(r, &p, hash(13), &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "is not revoked");

	CHECK_CASE("and from elsewhere");
	CHECK_INT(registry_revoke(r, "a", NOW + 70, &already, &err), 0);
	p.country = "XX";
	CHECK_INT(registry_readmit(r, &p, hash(14), &err), LAT_DATAERR);
	p.country = "IN";
	p.network = NETWORK_EYEBALL;
	CHECK_INT(registry_readmit(r, &p, hash(14), &err), 0);
	CHECK_STR(tokens(r), "9 14");
	CHECK_STR(probe(r, "a").country, "IN");
	CHECK_INT(probe(r, "a").network, NETWORK_EYEBALL);
}

/* A time that is over is over by the wall clock, which a list of probes looks at. */
static void ends(struct registry *r)
{
	const int64_t far = INT64_C(4000000000000000); /* 2096 */
	CHECK_CASE("until when an old token lives");
	CHECK_INT(registry_rotate(r, "b", hash(30), NOW, far, &err), 0);
	CHECK_INT(probe(r, "b").old_token_us, far);
	CHECK_INT(registry_rotate(r, "b", hash(31), 1, 2, &err), 0); /* ended in 1970 */
	CHECK_INT(probe(r, "b").old_token_us, US_NONE);
}

int main(void)
{
	char *folder = fixture_folder();
	struct registry *r = NULL;
	CHECK_INT(registry_open(&r, fixture_path(folder, "t.db"), STORE_CREATE, &err), 0);
	rotation(r);
	revocation(r);
	ends(r);
	registry_close(r);
	fixture_remove(folder);
	return check_done();
}
