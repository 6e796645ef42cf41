/* Places that cannot be: 2 x great-circle km / 200, less 5 % and 50 km. */
#include "lib/sanity.h"

#include <math.h>
#include <string.h>

#include "tests/check.h"

static const enum sanity_pair U = SANITY_UNKNOWN, F = SANITY_FINE, X = SANITY_IMPOSSIBLE;

static char flags[32];

/* "r1 c0": who is flagged. */
static const char *blame(const enum sanity_pair *pair, size_t rows, size_t columns)
{
	enum sanity_pair copy[16];
	bool row[4] = {false}, column[4] = {false};
	size_t len = 0;

	memcpy(copy, pair, rows * columns * sizeof *pair);
	sanity_blame(copy, rows, columns, row, column);
	flags[0] = '\0';
	for (size_t i = 0; i < rows + columns; i++)
		if (i < rows ? row[i] : column[i - rows])
			len += (size_t)snprintf(flags + len, sizeof flags - len, "%s%c%zu", len > 0 ? " " : "",
			                        i < rows ? 'r' : 'c', i < rows ? i : i - rows);
	return flags;
}

int main(void)
{
	/* 1000 km: 10 ms; (1000 - 50) * 2 / 200 * .95 = 9.025. */
	CHECK_CASE("the limit, with its slack");
	CHECK(sanity_impossible(9000, 1000));
	CHECK(!sanity_impossible(9050, 1000));
	CHECK(!sanity_impossible(50, 40)); /* the other end of town */
	CHECK(sanity_impossible(50, 100));
	CHECK(!sanity_impossible(0, 50));

	/* A degree of the equator is 111.195 km: (111.195 - 50) / 100 * .95 = 0.58135 ms. */
	CHECK_CASE("a pair of places");
	CHECK_INT(sanity_pair(581, 0, 0, 0, 1), SANITY_IMPOSSIBLE);
	CHECK_INT(sanity_pair(582, 0, 0, 0, 1), SANITY_FINE);
	CHECK_INT(sanity_pair(NAN, 0, 0, 0, 1), SANITY_UNKNOWN);
	CHECK_INT(sanity_pair(1, 0, NAN, 0, 1), SANITY_UNKNOWN);
	CHECK_INT(sanity_pair(1, 0, 0, NAN, NAN), SANITY_UNKNOWN);

	CHECK_CASE("nobody");
	CHECK_STR(blame((enum sanity_pair[]){F, U, F, F}, 2, 2), "");
	CHECK_STR(blame((enum sanity_pair[]){F}, 0, 1), "");

	CHECK_CASE("whoever is impossible against the most");
	CHECK_STR(blame((enum sanity_pair[]){X, X, F,
	                                     F, F, F}, 2, 3), "r0");
	CHECK_STR(blame((enum sanity_pair[]){X, F,
	                                     X, F,
	                                     F, F}, 3, 2), "c0");

	CHECK_CASE("then whoever is left");
	CHECK_STR(blame((enum sanity_pair[]){X, X, X,
	                                     F, F, X}, 2, 3), "r0 c2");

	/* One pair: of the row's three it is one, of the column's two. */
	CHECK_CASE("of two with as many: for whom it is the larger share; then the row");
	CHECK_STR(blame((enum sanity_pair[]){X, F, F,
	                                     F, F, F}, 2, 3), "c0");
	CHECK_STR(blame((enum sanity_pair[]){X, F,
	                                     F, F}, 2, 2), "r0");
	return check_done();
}
