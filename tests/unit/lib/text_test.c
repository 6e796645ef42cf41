#include "lib/text.h"

#include <stdlib.h>

#include "tests/check.h"

int main(void)
{
	CHECK_CASE("width counts characters, not bytes");
	CHECK_INT(text_width(""), 0);
	CHECK_INT(text_width("Mumbai"), 6);
	CHECK_INT(text_width("S\xc3\xa3o Paulo"), 9);         /* U+00E3 */
	CHECK_INT(text_width("\xe2\x82\xac 5"), 3);            /* U+20AC euro */
	CHECK_INT(text_width("\xf0\x9f\x8c\x8d"), 1);          /* U+1F30D */

	CHECK_CASE("combining marks take no column");
	CHECK_INT(text_width("Sa\xcc\x83o"), 3);               /* a, U+0303 */
	CHECK_INT(text_width("e\xe2\x80\x8d"), 1);             /* U+200D */

	CHECK_CASE("bytes that are not UTF-8 count as one each");
	CHECK_INT(text_width("\xff\xfe"), 2);
	CHECK_INT(text_width("a\xc3"), 2);                     /* cut off */
	CHECK_INT(text_width("\xe2\x82"), 2);
	CHECK_INT(text_width("\xf0\x9f\x8c"), 3);

	CHECK_CASE("clean leaves text alone and defuses control characters");
	char s[] = "Z\xc3\xbcrich\tA\nB\x1b[31m\x7f \xc2\x9b" "2J";
	text_clean(s);
	CHECK_STR(s, "Z\xc3\xbcrich A B?[31m? ??2J");

	CHECK_CASE("and what turns the direction of writing, or begins a line");
	char turned[] = "a\xe2\x80\xae" "b\xe2\x81\xa9" "c\xd8\x9c" "d\xe2\x80\xa8" "e\xe2\x80\xa7\xe2\x81\xaa\xe2\x82\xac\xe2\x80";
	text_clean(turned);
	CHECK_STR(turned, "a???b???c??d???e\xe2\x80\xa7\xe2\x81\xaa\xe2\x82\xac\xe2\x80");

	CHECK_CASE("control characters, among so many bytes");
	CHECK(!text_has_control(" ~Z\xc3\xbcrich", 9) && !text_has_control("", 0));
	CHECK(text_has_control("a\tb", 3) && text_has_control("\x1f", 1) && text_has_control("a\x7f", 2) && text_has_control("\0", 1));
	CHECK(!text_has_control("ab\n", 2));

	CHECK_CASE("cut falls between characters");
	CHECK_INT(text_cut("abc", 2), 2);
	CHECK_INT(text_cut("a\xc3\xa9", 2), 1);
	CHECK_INT(text_cut("a\xc3\xa9", 3), 3);
	CHECK_INT(text_cut("\xe2\x82\xac", 2), 0);
	CHECK_INT(text_cut("\xe2\x82\xac", 3), 3);
	CHECK_INT(text_cut("x\xf0\x9f\x8c\x8d", 4), 1);
	CHECK_INT(text_cut("x\xf0\x9f\x8c\x8d", 5), 5);
	CHECK_INT(text_cut("\x80\x80\x80\x80", 4), 4); /* nothing to save */
	CHECK_INT(text_cut("", 0), 0);

	CHECK_CASE("bytes in hexadecimal");
	char hex[11] = "..........";
	text_hex("\x00\x0f\xa0\xff", 4, hex);
	CHECK_STR(hex, "000fa0ff");
	CHECK(hex[9] == '.');
	text_hex("", 0, hex);
	CHECK_STR(hex, "");

	CHECK_CASE("one is one");
	CHECK_STR(text_s(0), "s");
	CHECK_STR(text_s(1), "");
	CHECK_STR(text_s(2), "s");

	CHECK_CASE("no colour on what is no terminal");
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	FILE *file = tmpfile();
	CHECK(!text_colour(file));
	fclose(file);
	return check_done();
}
