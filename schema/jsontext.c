#include "schema/jsontext.h"

#include <string.h>

size_t jsontext_utf8_char(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	/* RFC 3629, section 4: the second byte's range excludes overlong forms (E0, F0),
	 * surrogates (ED) and what is above U+10FFFF (F4). */
	unsigned char low = 0x80, high = 0xbf;
	size_t n;

	if (len == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf) {
		n = 2;
	} else if (p[0] >= 0xe0 && p[0] <= 0xef) {
		n = 3;
		if (p[0] == 0xe0)
			low = 0xa0;
		if (p[0] == 0xed)
			high = 0x9f;
	} else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		n = 4;
		if (p[0] == 0xf0)
			low = 0x90;
		if (p[0] == 0xf4)
			high = 0x8f;
	} else {
		return 0;
	}
	if (len < n || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

size_t jsontext_utf8(const char *s, size_t len)
{
	size_t i = 0;

	while (i < len) {
		uint64_t eight;
		if (len - i >= sizeof eight) {
			memcpy(&eight, s + i, sizeof eight);
			if ((eight & 0x8080808080808080u) == 0) {
				i += sizeof eight;
				continue;
			}
		}
		size_t n = jsontext_utf8_char(s + i, len - i);
		if (n == 0)
			break;
		i += n;
	}
	return i;
}

/* The number of \uXXXX at `s`, or -1 if there is none. */
static int unicode_escape(const char *s, size_t len)
{
	int n = 0;

	if (len < 6 || s[0] != '\\' || s[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		char c = s[i];
		if (c >= '0' && c <= '9')
			n = n * 16 + (c - '0');
		else if (c >= 'a' && c <= 'f')
			n = n * 16 + (c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			n = n * 16 + (c - 'A' + 10);
		else
			return -1;
	}
	return n;
}

/* Where the first \u escape of half a surrogate pair is, or `len`. A backslash occurs in
 * strings only (anywhere else yajl refuses it), so there is no need to know about quotes. */
static size_t lone_surrogate(const char *text, size_t len)
{
	size_t i = 0;

	for (;;) {
		const char *slash = i < len ? memchr(text + i, '\\', len - i) : NULL;
		if (slash == NULL)
			return len;
		i = (size_t)(slash - text);
		int n = unicode_escape(slash, len - i);
		if (n >= 0xd800 && n <= 0xdbff) {
			int low = unicode_escape(slash + 6, len - i - 6);
			if (low < 0xdc00 || low > 0xdfff)
				return i;
			i += 12;
		} else if (n >= 0xdc00 && n <= 0xdfff) {
			return i;
		} else {
			i += 2; /* over what is escaped: \\ above all */
		}
	}
}

const char *jsontext_problem(const char *text, size_t len, size_t *at)
{
	size_t good = jsontext_utf8(text, len);
	const char *why = "invalid UTF-8";

	if (good == len) {
		good = lone_surrogate(text, len);
		why = "half of a surrogate pair in a \\u escape";
	}
	if (good == len)
		return NULL;
	if (at != NULL)
		*at = good;
	return why;
}

bool jsontext_int(const char *s, size_t len, int64_t *out)
{
	bool minus = len > 0 && s[0] == '-';
	size_t i = minus;
	uint64_t n = 0;
	const uint64_t max = minus ? (uint64_t)INT64_MAX + 1 : INT64_MAX;

	if (i == len || len - i > 19) /* 2^63 has 19 digits, so 19 fit in 64 bits */
		return false;
	for (; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(s[i] - '0');
	}
	if (n > max)
		return false;
	if (minus)
		*out = n == max ? INT64_MIN : -(int64_t)n;
	else
		*out = (int64_t)n;
	return true;
}
