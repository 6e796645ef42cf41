#include "report/escape.h"

#include <stdint.h>
#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

/* One character of UTF-8 at `s` (RFC 3629: no overlong forms, no surrogates, nothing above
 * U+10FFFF). Returns its length; *c is -1 (and the length 1) for a byte that starts none. */
static size_t next_char(const unsigned char *s, int32_t *c)
{
	static const struct { unsigned char mask, lead; int32_t min; } forms[] = {
		{ 0x80, 0x00, 0 }, { 0xE0, 0xC0, 0x80 }, { 0xF0, 0xE0, 0x800 }, { 0xF8, 0xF0, 0x10000 },
	};
	*c = -1;
	for (size_t n = 0; n < LAT_COUNT(forms); n++) {
		if ((s[0] & forms[n].mask) != forms[n].lead)
			continue;
		int32_t value = s[0] & (unsigned char)~forms[n].mask;
		for (size_t i = 1; i <= n; i++) {
			if ((s[i] & 0xC0) != 0x80) /* also the end of the string */
				return 1;
			value = value << 6 | (s[i] & 0x3F);
		}
		if (value < forms[n].min || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
			return 1;
		*c = value;
		return n + 1;
	}
	return 1;
}

/* C0, DEL, C1, the line and paragraph separators, and the marks that turn the direction of
 * writing (which can make a line read other than it is). */
static bool is_control(int32_t c)
{
	return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 ||
	       (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

/* What stands for a character: NULL for itself. */
typedef const char *replace_fn(int32_t c);

static void escape(struct buf *out, const char *text, replace_fn *replace)
{
	const unsigned char *s = (const unsigned char *)(text == NULL ? "" : text);
	while (*s != '\0') {
		int32_t c;
		size_t n = next_char(s, &c);
		const char *other = c < 0 ? REPLACEMENT : replace(c);
		if (other == NULL)
			buf_add(out, s, n);
		else
			buf_adds(out, other);
		s += n;
	}
}

static const char *html(int32_t c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	case '\t': case '\n': return NULL;
	default: return is_control(c) ? REPLACEMENT : NULL;
	}
}

void escape_html(struct buf *out, const char *s)
{
	escape(out, s, html);
}

/* CommonMark lets every ASCII punctuation mark be escaped; these are the ones that mean
 * something inside a line or a cell. A colon would make a bare URL into a link. */
static const char *markdown(int32_t c)
{
	switch (c) {
	case '\\': return "\\\\";
	case '`': return "\\`";
	case '*': return "\\*";
	case '_': return "\\_";
	case '[': return "\\[";
	case ']': return "\\]";
	case '|': return "\\|";
	case '~': return "\\~";
	case '$': return "\\$";
	case '#': return "\\#";
	case '!': return "\\!";
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	default: return is_control(c) ? " " : NULL;
	}
}

void escape_markdown(struct buf *out, const char *s)
{
	escape(out, s, markdown);
}

static const char *csv(int32_t c)
{
	if (c == '"')
		return "\"\"";
	return c == 0 || (is_control(c) && c != '\n' && c != '\t' && c != '\r') ? " " : NULL;
}

void escape_csv(struct buf *out, const char *s)
{
	if (s == NULL)
		return;
	bool formula = s[0] != '\0' && strchr("=+-@\t\r", s[0]) != NULL;
	bool quoted = strpbrk(s, ",\"\r\n\t") != NULL;
	if (quoted)
		buf_addc(out, '"');
	if (formula)
		buf_addc(out, '\'');
	escape(out, s, csv);
	if (quoted)
		buf_addc(out, '"');
}

static const char *plot(int32_t c)
{
	switch (c) {
	case '"': case '`': return "'";
	case '\\': return "/";
	default: return is_control(c) ? " " : NULL;
	}
}

void escape_plot(struct buf *out, const char *s)
{
	buf_addc(out, '"');
	escape(out, s, plot);
	buf_addc(out, '"');
}

static const char *terminal(int32_t c)
{
	return is_control(c) ? "?" : NULL;
}

void escape_terminal(struct buf *out, const char *s)
{
	escape(out, s, terminal);
}
