#include "lib/buf.h"

#include <stdint.h>

#include "tests/check.h"

int main(void)
{
	struct buf b;

	CHECK_CASE("empty is an empty string");
	buf_init(&b, 0);
	CHECK_STR(buf_str(&b), "");
	CHECK(b.data == NULL);

	CHECK_CASE("appends of all kinds");
	CHECK(buf_adds(&b, "ab") && buf_addc(&b, 'c') && buf_add(&b, "d\0e", 3) && buf_addf(&b, "%03d", 7));
	CHECK_INT(b.len, 9);
	CHECK(memcmp(b.data, "abcd\0e007", 10) == 0);

	CHECK_CASE("grows over many appends");
	buf_clear(&b);
	CHECK_STR(buf_str(&b), "");
	for (int i = 0; i < 10000; i++)
		CHECK(buf_addf(&b, "%04d,", i));
	CHECK_INT(b.len, 50000);
	CHECK(strncmp(b.data + 49990, "9998,9999,", 11) == 0);
	buf_free(&b);

	/* The memory's end is met at every offset; a sanitizer sees a byte too many. */
	CHECK_CASE("grows by one byte, by a formatted piece of any length");
	for (int len = 0; len < 300; len++) {
		struct buf one, piece;
		buf_init(&one, 0);
		buf_init(&piece, 0);
		for (int i = 0; i < len; i++)
			buf_addc(&one, 'x');
		CHECK_INT(strlen(buf_str(&one)), len);
		CHECK(buf_addf(&one, "%0*d", 7, 1) && buf_addf(&piece, "%0*d|", len + 1, 1));
		CHECK_STR(one.data + len, "0000001");
		CHECK_INT(strlen(piece.data), len + 2);
		CHECK_STR(piece.data + len, "1|");
		buf_free(&one);
		buf_free(&piece);
	}

	CHECK_CASE("the limit is exact, and failing is for good");
	buf_init(&b, 5);
	CHECK(buf_adds(&b, "12345"));
	CHECK(!b.failed);
	CHECK(!buf_addc(&b, '6'));
	CHECK(b.failed);
	CHECK_STR(buf_str(&b), "12345");
	CHECK(!buf_add(&b, "", 0));

	CHECK_CASE("clear makes it good again");
	buf_clear(&b);
	CHECK(!b.failed);
	CHECK(!buf_addf(&b, "%s", "1234567"));
	CHECK_INT(b.len, 0);
	CHECK_STR(buf_str(&b), "");
	buf_clear(&b);
	CHECK(buf_addf(&b, "%s", "54321"));
	CHECK_STR(buf_str(&b), "54321");
	buf_free(&b);

	CHECK_CASE("sizes that cannot be fail");
	buf_init(&b, 0);
	CHECK(buf_addc(&b, 'x'));
	CHECK(!buf_reserve(&b, SIZE_MAX));
	CHECK(!buf_addc(&b, 'y'));
	CHECK_STR(buf_str(&b), "x");
	buf_clear(&b);
	CHECK(!buf_reserve(&b, PTRDIFF_MAX));
	buf_free(&b);

	CHECK_CASE("reserve gives room without moving");
	buf_init(&b, 0);
	CHECK(buf_reserve(&b, 1000));
	char *data = b.data;
	for (int i = 0; i < 1000; i++)
		buf_addc(&b, 'x');
	CHECK(b.data == data);
	buf_free(&b);
	return check_done();
}
