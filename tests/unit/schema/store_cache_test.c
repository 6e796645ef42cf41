#include "schema/store_cache.h"

#include <stdio.h>

#include "tests/check.h"

static const char *key(int n)
{
	static char text[40];

	snprintf(text, sizeof text, "key number %d", n);
	return text;
}

static void put(struct store_cache *c, int n)
{
	store_cache_put(c, key(n), strlen(key(n)), n);
}

static int64_t get(const struct store_cache *c, int n)
{
	return store_cache_get(c, key(n), strlen(key(n)));
}

int main(void)
{
	struct store_cache c;
	int known = 0, wrong = 0;

	CHECK_CASE("what was put is found, what wasn't is not");
	CHECK(store_cache_init(&c, 1000, 100000));
	for (int n = 1; n <= 500; n++)
		put(&c, n);
	for (int n = 1; n <= 1000; n++) {
		known += get(&c, n) == n;
		wrong += get(&c, n) != n && get(&c, n) != 0;
	}
	/* Half of the slots are free at the least: one that finds none in sixteen is rare. */
	CHECK(known >= 499 && known <= 500);
	CHECK_INT(wrong, 0);

	CHECK_CASE("keys are bytes: their length counts, and zeros in them");
	store_cache_put(&c, "a\0b", 3, 7);
	store_cache_put(&c, "", 0, 8);
	CHECK_INT(store_cache_get(&c, "a\0b", 3), 7);
	CHECK_INT(store_cache_get(&c, "a\0c", 3), 0);
	CHECK_INT(store_cache_get(&c, "a", 1), 0);
	CHECK_INT(store_cache_get(&c, "a\0", 2), 0);
	CHECK_INT(store_cache_get(&c, "", 0), 8);

	CHECK_CASE("it stays within its limits, of entries and of bytes");
	for (int n = 1; n <= 100000; n++) {
		put(&c, n);
		CHECK(c.used <= 1000 && c.keys.used <= 100000);
	}
	CHECK_INT(get(&c, 100000), 100000);
	size_t used = c.used;
	store_cache_put(&c, key(1), 100001, 1); /* refused by its length, unread */
	CHECK_INT(c.used, used);
	store_cache_free(&c);

	CHECK_CASE("cleared, it knows nothing");
	CHECK(store_cache_init(&c, 10, 100));
	put(&c, 5);
	store_cache_clear(&c);
	CHECK_INT(get(&c, 5), 0);
	put(&c, 5);
	CHECK_INT(get(&c, 5), 5);
	store_cache_free(&c);
	return check_done();
}
