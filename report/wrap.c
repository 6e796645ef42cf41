#include "report/wrap.h"

#include <string.h>

#include "lib/text.h"
#include "report/escape.h"

void wrap_print(FILE *out, size_t first, size_t rest, const char *text)
{
	struct buf safe = {0};
	escape_terminal(&safe, text);
	size_t column = first;
	bool fresh = true; /* no word on this line yet */
	fprintf(out, "%*s", (int)first, "");
	char *at = safe.data, *word;
	while (at != NULL && (word = strsep(&at, " ")) != NULL) {
		if (*word == '\0')
			continue;
		size_t width = text_width(word);
		if (!fresh && column + 1 + width > WRAP_WIDTH) {
			fprintf(out, "\n%*s", (int)rest, "");
			column = rest;
			fresh = true;
		}
		fprintf(out, "%s%s", fresh ? "" : " ", word);
		column += width + (fresh ? 0 : 1);
		fresh = false;
	}
	fputc('\n', out);
	buf_free(&safe);
}

void wrap_cut(struct buf *out, const char *text, size_t width)
{
	struct buf safe = {0};
	escape_terminal(&safe, text);
	bool cut = text_width(buf_str(&safe)) > width;
	while (cut && safe.len > 0 && text_width(buf_str(&safe)) > width - 1) {
		safe.len = text_cut(safe.data, safe.len - 1);
		safe.data[safe.len] = '\0';
	}
	buf_addf(out, "%s%s", buf_str(&safe), cut ? "\u2026" : "");
	buf_free(&safe);
}
