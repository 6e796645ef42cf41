#include "collector/token.h"

#include "lib/text.h"
#include "tests/check.h"

int main(void)
{
	struct err err = {0};
	uint8_t hash[REGISTRY_TOKEN_HASH];
	char text[2 * REGISTRY_TOKEN_HASH + 1], a[TOKEN_TEXT], b[TOKEN_TEXT];

	CHECK_CASE("SHA-256 of abc (FIPS 180-2, B.1)");
	CHECK_INT(token_hash("abc", 3, hash, &err), 0);
	text_hex(hash, sizeof hash, text);
	CHECK_STR(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

	CHECK_CASE("a token is 64 hexadecimal digits, and another each time");
	CHECK_INT(token_make(a, &err), 0);
	CHECK_INT(token_make(b, &err), 0);
	CHECK_INT(strlen(a), 64);
	CHECK_INT(strspn(a, "0123456789abcdef"), 64);
	CHECK(strcmp(a, b) != 0);
	return check_done();
}
