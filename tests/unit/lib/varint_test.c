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
	return check_done();
}
