/* LEB128: seven bits a byte, the least first. */
#include "lib/varint.h"

#include <string.h>

#include "tests/check.h"

/* The bytes of `n` in hexadecimal, and that nothing behind them was touched. */
static const char *bytes(uint64_t n)
{
	static char text[2 * VARINT_MAX + 1];
	unsigned char out[VARINT_MAX + 2];

	memset(out, 0xee, sizeof out);
	size_t len = varint_make(n, out);
	CHECK(len >= 1 && len <= VARINT_MAX);
	for (size_t i = len; i < sizeof out; i++)
		CHECK_INT(out[i], 0xee);
	text[0] = '\0';
	for (size_t i = 0; i < len && i < VARINT_MAX; i++)
		snprintf(text + 2 * i, 3, "%02x", out[i]);
	return text;
}

/* How many bytes one takes that begins the `len` of `text`, 0 if none does; it must be `want`. */
static size_t took(const char *text, size_t len, uint64_t want)
{
	const unsigned char *at = (const unsigned char *)text;
	uint64_t n = want + 1;
	size_t used = varint_take(at, at + len, &n);

	CHECK(used == 0 || n == want);
	return used;
}

int main(void)
{
	CHECK_CASE("one byte holds up to 127");
	CHECK_STR(bytes(0), "00");
	CHECK_STR(bytes(1), "01");
	CHECK_STR(bytes(127), "7f");

	CHECK_CASE("the least seven bits come first, and say that others follow");
	CHECK_STR(bytes(128), "8001");  /* 1 x 128 + 0 */
	CHECK_STR(bytes(300), "ac02");  /* 2 x 128 + 44 */
	CHECK_STR(bytes(16383), "ff7f"); /* 2^14 - 1, the last in two */
	CHECK_STR(bytes(16384), "808001");
	CHECK_STR(bytes(624485), "e58e26"); /* 38 x 16384 + 14 x 128 + 101 */

	CHECK_CASE("the largest: nine times seven bits, and the 64th alone");
	CHECK_STR(bytes(INT64_MAX), "ffffffffffffffff7f");
	CHECK_STR(bytes((uint64_t)INT64_MAX + 1), "80808080808080808001");
	CHECK_STR(bytes(UINT64_MAX), "ffffffffffffffffff01");

	CHECK_CASE("read again, and what follows left alone");
	CHECK_INT(took("\0", 1, 0), 1);
	CHECK_INT(took("\x7f\x01", 2, 127), 1);
	CHECK_INT(took("\xac\x02\x00", 3, 300), 2);
	CHECK_INT(took("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, UINT64_MAX), 10);

	CHECK_CASE("none: no byte, cut short, longer than need be, above 64 bits");
	CHECK_INT(took("", 0, 0), 0);
	CHECK_INT(took("\xac\x02", 1, 0), 0);
	CHECK_INT(took("\xac\x00", 2, 0), 0);
	CHECK_INT(took("\x80\x00", 2, 0), 0);
	CHECK_INT(took("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10, 0), 0);
	CHECK_INT(took("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11, 0), 0);
	return check_done();
}
