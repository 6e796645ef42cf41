#include "report/svg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/escape.h"

/* The scripts draw what isn't data in the first of these colours and in no others; black is
 * gnuplot's own for text. On a page they follow the reader's light or dark. */
static const struct { const char *colour, *variable; } page_colours[] = {
	{ "#1b1f24", "var(--ink)" }, { "#5b6470", "var(--muted)" }, { "#d8dde3", "var(--grid)" },
	{ "#e3e7ec", "var(--land)" }, { "#ffffff", "var(--paper)" },
	/* And two of the data's, which are too dark for a dark page. */
	{ "#0072b2", "var(--blue)" }, { "#a3527f", "var(--purple)" },
};

static bool starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* Behind the end of the element that starts at `s`, or NULL. */
static const char *behind(const char *s, const char *end_tag)
{
	const char *end = strstr(s, end_tag);
	return end == NULL ? NULL : end + strlen(end_tag);
}

/* ---- finishing --------------------------------------------------------------------- */

/* gnuplot opens a group for each change of pen, drawn with or not: when one closes with
 * nothing in it, take it back. Returns whether it did. */
static bool take_back_empty_group(struct buf *out)
{
	size_t len = out->len;
	while (len > 0 && strchr(" \t\n", out->data[len - 1]) != NULL)
		len--;
	if (len == 0 || out->data[len - 1] != '>')
		return false;
	size_t open = len;
	while (open > 0 && out->data[open - 1] != '<')
		open--;
	if (open == 0 || !starts(out->data + open, "g ") || out->data[len - 2] == '/')
		return false;
	out->len = open - 1;
	out->data[out->len] = '\0';
	return true;
}

/* One step at `s`: copy or rewrite; returns what follows, NULL if an element has no end. */
static const char *step(const char *s, const char *id, struct buf *out)
{
	static const struct { const char *open, *close; } dropped[] = {
		{ "<title>", "</title>" }, { "<desc>", "</desc>" }, { "<filter ", "</filter>" },
	};
	for (size_t i = 0; i < LAT_COUNT(dropped); i++)
		if (starts(s, dropped[i].open))
			return behind(s, dropped[i].close);
	if (starts(s, "</g>") && take_back_empty_group(out))
		return s + 4;
	if (starts(s, " id='") || starts(s, " id=\"")) {
		buf_addf(out, " id=%c%s-", s[4], id);
		return s + 5;
	}
	if (starts(s, "href='#")) {
		buf_addf(out, "href='#%s-", id);
		return s + 7;
	}
	unsigned r, g, b;
	int used = 0;
	if (starts(s, "rgb(") && sscanf(s, "rgb(%u,%u,%u)%n", &r, &g, &b, &used) == 3 && used > 0) {
		buf_addf(out, "#%02x%02x%02x", r & 255, g & 255, b & 255);
		return s + used;
	}
	if (starts(s, "\"black\"")) {
		buf_addf(out, "\"%s\"", page_colours[0].colour);
		return s + 7;
	}
	if (starts(s, "#FFFFFF")) {
		buf_adds(out, "#ffffff");
		return s + 7;
	}
	/* Runs of blank lines and indentation: half of what gnuplot writes. */
	if (*s == '\n') {
		if (out->len > 0 && out->data[out->len - 1] != '\n')
			buf_addc(out, '\n');
		return s + strspn(s, "\n\t ");
	}
	buf_addc(out, *s);
	return s + 1;
}

int svg_finish(const char *raw, const char *id, const char *title, const char *desc, struct buf *out,
               struct err *err)
{
	const char *s = strstr(raw, "<svg");
	const char *box = s == NULL ? NULL : strstr(s, "viewBox=\"");
	unsigned width, height;
	if (box == NULL || sscanf(box, "viewBox=\"0 0 %u %u\"", &width, &height) != 2 ||
	    (s = strchr(box, '>')) == NULL)
		return err_set(err, LAT_UNAVAILABLE, "gnuplot: what it wrote is not the SVG that we know");
	buf_addf(out,
	         "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	         "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" "
	         "id=\"%s\" width=\"%u\" height=\"%u\" viewBox=\"0 0 %u %u\" role=\"img\" "
	         "aria-labelledby=\"%s-title %s-desc\">\n<title id=\"%s-title\">",
	         id, width, height, width, height, id, id, id);
	escape_html(out, title);
	buf_addf(out, "</title>\n<desc id=\"%s-desc\">", id);
	escape_html(out, desc);
	buf_adds(out, "</desc>\n");
	/* Labels stay readable where they cross a line: a rim in the colour of the paper. */
	buf_addf(out,
	         "<style>#%s text{paint-order:stroke;stroke:#ffffff;stroke-width:3px;"
	         "stroke-linejoin:round}</style>\n",
	         id);
	for (s++; s != NULL && *s != '\0';)
		s = step(s, id, out);
	if (s == NULL)
		return err_set(err, LAT_UNAVAILABLE, "gnuplot: what it wrote is not the SVG that we know");
	return out->failed ? err_nomem(err) : 0;
}

/* ---- inside a page ----------------------------------------------------------------- */

void svg_inline(const char *document, struct buf *out)
{
	const char *s = strstr(document, "<svg");
	while (s != NULL && *s != '\0') {
		size_t i = 0;
		while (*s == '#' && i < LAT_COUNT(page_colours) && !starts(s, page_colours[i].colour))
			i++;
		if (*s == '#' && i < LAT_COUNT(page_colours)) {
			buf_adds(out, page_colours[i].variable);
			s += strlen(page_colours[i].colour);
		} else {
			buf_addc(out, *s++);
		}
	}
}
