#include "lib/arena.h"

#include <stdalign.h>
#include <stdint.h>

#include "tests/check.h"

int main(void)
{
	struct arena a = { 0 };

	CHECK_CASE("pieces are aligned, zeroed and apart");
	unsigned char *piece[200];
	for (size_t i = 0; i < 200; i++) {
		piece[i] = arena_alloc(&a, i + 1);
		CHECK(piece[i] != NULL && (uintptr_t)piece[i] % alignof(max_align_t) == 0);
		for (size_t j = 0; j <= i; j++)
			CHECK_INT(piece[i][j], 0);
		memset(piece[i], (int)i, i + 1);
	}
	for (size_t i = 0; i < 200; i++)
		CHECK(piece[i][0] == i && piece[i][i] == i);
	CHECK_INT(a.used, 200 * 201 / 2);

	CHECK_CASE("strings are copied and ended");
	char text[] = "Frankfurt am Main";
	char *whole = arena_str(&a, text), *part = arena_strn(&a, text, 9);
	memset(text, 'x', sizeof text);
	CHECK_STR(whole, "Frankfurt am Main");
	CHECK_STR(part, "Frankfurt");
	CHECK_STR(arena_str(&a, ""), "");

	CHECK_CASE("a large piece has a block of its own");
	char *large = arena_alloc(&a, 3000000);
	CHECK(large != NULL);
	memset(large, 1, 3000000);
	CHECK_STR(whole, "Frankfurt am Main");

	CHECK_CASE("a size that cannot be is refused");
	CHECK(arena_alloc(&a, SIZE_MAX) == NULL);
	CHECK(arena_alloc(&a, SIZE_MAX - 8) == NULL);
	CHECK(arena_strn(&a, "x", SIZE_MAX) == NULL);

	CHECK_CASE("free leaves it empty and usable");
	arena_free(&a);
	CHECK(a.head == NULL && a.used == 0);
	CHECK_STR(arena_str(&a, "again"), "again");
	arena_free(&a);
	return check_done();
}
