#include "lib/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/attr.h"

/* Code points that take no column of their own: the blocks of combining diacritical
 * marks, zero-width joiners and spaces, variation selectors (Unicode, Blocks.txt). */
static const struct { uint32_t first, last; } zero_width[] = {
	{ 0x0300, 0x036f }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x200b, 0x200f },
	{ 0x2060, 0x2064 }, { 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f },
	{ 0xfeff, 0xfeff },
};

static bool continues(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* Bytes of the character at `s`, and its code point; 1 byte if it is not UTF-8. */
static size_t decode(const unsigned char *s, uint32_t *point)
{
	*point = s[0];
	if (s[0] < 0xc2)
		return 1;
	if (s[0] < 0xe0 && continues(s[1])) {
		*point = (uint32_t)(s[0] & 0x1f) << 6 | (s[1] & 0x3f);
		return 2;
	}
	if ((s[0] & 0xf0) == 0xe0 && continues(s[1]) && continues(s[2])) {
		*point = (uint32_t)(s[0] & 0x0f) << 12 | (uint32_t)(s[1] & 0x3f) << 6 | (s[2] & 0x3f);
		return 3;
	}
	if (s[0] >= 0xf0 && s[0] < 0xf5 && continues(s[1]) && continues(s[2]) && continues(s[3])) {
		*point = (uint32_t)(s[0] & 0x07) << 18 | (uint32_t)(s[1] & 0x3f) << 12
		         | (uint32_t)(s[2] & 0x3f) << 6 | (s[3] & 0x3f);
		return 4;
	}
	return 1;
}

size_t text_width(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t width = 0;
	while (*p != '\0') {
		uint32_t point;
		p += decode(p, &point);
		width++;
		for (size_t i = 0; i < LAT_COUNT(zero_width); i++) {
			if (point >= zero_width[i].first && point <= zero_width[i].last) {
				width--;
				break;
			}
		}
	}
	return width;
}

bool text_colour(FILE *out)
{
	const char *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	if (no != NULL && no[0] != '\0')
		return false;
	if (term == NULL || term[0] == '\0' || strcmp(term, "dumb") == 0)
		return false;
	return isatty(fileno(out)) == 1;
}

/* How many bytes a character takes that moves what a terminal shows, though no control character of ASCII:
 * C1, and what turns the direction of writing (UAX #9, 2.1 to 2.6) or begins a line (U+2028, U+2029). */
static unsigned moves_text(const unsigned char *p)
{
	if (p[0] == 0xc2)
		return p[1] >= 0x80 && p[1] <= 0x9f ? 2 : 0;
	if (p[0] == 0xd8)
		return p[1] == 0x9c ? 2 : 0; /* U+061C */
	if (p[0] != 0xe2)
		return 0;
	if (p[1] == 0x80) /* U+200E, U+200F, U+2028 to U+202E */
		return p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xa8 && p[2] <= 0xae) ? 3 : 0;
	return p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9 ? 3 : 0; /* U+2066 to U+2069 */
}

static bool is_control(unsigned char c)
{
	return c < 0x20 || c == 0x7f;
}

bool text_has_control(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (is_control((unsigned char)s[i]))
			return true;
	return false;
}

void text_clean(char *s)
{
	for (unsigned char *p = (unsigned char *)s; *p != '\0'; p++) {
		if (*p == '\n' || *p == '\r' || *p == '\t')
			*p = ' ';
		else if (is_control(*p))
			*p = '?';
		else
			for (unsigned n = moves_text(p); n > 0; n--)
				p[n - 1] = '?';
	}
}

size_t text_cut(const char *s, size_t len)
{
	/* Step back over at most three continuation bytes to the character's first byte and
	 * ask whether it is whole. */
	const unsigned char *p = (const unsigned char *)s;
	size_t start = len;
	while (start > 0 && len - start < 3 && continues(p[start - 1]))
		start--;
	if (start == 0 || p[start - 1] < 0xc2)
		return len;
	unsigned char lead = p[start - 1];
	size_t need = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
	return len - start < need ? start - 1 : len;
}

const char *text_s(size_t n)
{
	return n == 1 ? "" : "s";
}

void text_hex(const void *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *b = bytes;
	for (size_t i = 0; i < n; i++) {
		*out++ = digits[b[i] >> 4];
		*out++ = digits[b[i] & 15];
	}
	*out = '\0';
}
