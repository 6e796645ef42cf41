/* A number for each key, also where keys crowd. */
#include "lib/keymap.h"

#include "tests/check.h"

int main(void)
{
	struct keymap m = {0};
	int wrong = 0;

	CHECK_CASE("a new key has 0, an old one what it was given; 0 and the largest are keys, too");
	static const uint64_t keys[] = {0, 1, UINT64_MAX, UINT64_C(1) << 63};
	for (int i = 0; i < 4; i++) {
		uint64_t *n = keymap_at(&m, keys[i]);
		CHECK_INT(*n, 0);
		*n = (uint64_t)i + 7;
	}
	for (int i = 0; i < 4; i++)
		CHECK_INT(*keymap_at(&m, keys[i]), i + 7);
	CHECK_INT(m.len, 4);

	CHECK_CASE("freed it is empty");
	keymap_free(&m);
	CHECK(m.at == NULL && m.len == 0 && m.cap == 0);
	CHECK_INT(*keymap_at(&m, 1), 0);
	keymap_free(&m);

	CHECK_CASE("10000 keys, each ten times, while the map grows; all of the first 100 at one place, the last");
	for (uint64_t times = 0; times < 10; times++)
		for (uint64_t i = 0; i < 10000; i++) {
			uint64_t *n = keymap_at(&m, i < 100 ? i << 32 | 255 : i * UINT64_C(0x9e3779b97f4a7c15));
			wrong += n == NULL || *n != times;
			if (n != NULL)
				++*n;
		}
	CHECK_INT(wrong, 0);
	CHECK_INT(m.len, 10000);
	CHECK_INT(m.cap, 16384); /* 8192 would be over three quarters full */
	keymap_free(&m);
	return check_done();
}
