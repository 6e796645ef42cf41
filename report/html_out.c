#include "report/html_out.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/escape.h"

void html_text(struct buf *out, const char *s)
{
	escape_html(out, s);
}

void html_textf(struct buf *out, const char *fmt, ...)
{
	va_list args;
	char *text;
	va_start(args, fmt);
	int n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n < 0) {
		out->failed = true;
		return;
	}
	html_text(out, text);
	free(text);
}

static void element(struct buf *out, const char *open, const char *s, const char *close)
{
	buf_adds(out, open);
	html_text(out, s);
	buf_adds(out, close);
}

void html_td(struct buf *out, const char *s)
{
	element(out, "<td>", s, "</td>");
}

void html_td_number(struct buf *out, const char *s)
{
	element(out, "<td class=n>", s, "</td>");
}

void html_td_ms(struct buf *out, double ms)
{
	char text[PRESENT_TEXT];
	html_td_number(out, present_ms(ms, text));
}

void html_td_estimate(struct buf *out, const struct estimate *e)
{
	char text[PRESENT_TEXT];
	element(out, e->fail ? "<td class=\"n fail\">" : "<td class=n>", present_estimate(e, text), "</td>");
}

void html_th_row(struct buf *out, const char *s)
{
	element(out, "<th scope=row>", s, "</th>");
}

void html_table(struct buf *out, const char *caption, const char *const *titles, size_t n)
{
	buf_adds(out, "<div class=scroll tabindex=0><table>");
	element(out, "<caption><span>", caption, "</span></caption>\n<thead><tr>");
	for (size_t i = 0; i < n; i++) {
		bool number = titles[i][0] == '>';
		element(out, number ? "<th scope=col class=n>" : "<th scope=col>", titles[i] + number,
		        "</th>");
	}
	buf_adds(out, "</tr></thead>\n<tbody>\n");
}

void html_table_end(struct buf *out)
{
	buf_adds(out, "</tbody></table></div>\n");
}

void html_section(struct buf *out, const char *id, const char *title)
{
	buf_addf(out, "<section id=%s>\n", id);
	element(out, "<h2>", title, "</h2>\n");
}

void html_section_end(struct buf *out)
{
	buf_adds(out, "</section>\n\n");
}

void html_td_place(struct buf *out, const char *city, const char *country, const char *below)
{
	buf_adds(out, "<td>");
	html_text(out, city);
	if (city != NULL && country != NULL)
		buf_adds(out, ", ");
	html_text(out, country == NULL && city == NULL ? "-" : country);
	if (below != NULL)
		element(out, "<small>", below, "</small>");
	buf_adds(out, "</td>");
}

void html_badge(struct buf *out, enum mood mood, const char *text)
{
	buf_addf(out, "<span class=\"badge %s\"><span aria-hidden=true>%s</span> ", present_mood_name(mood),
	         present_mark(mood));
	html_text(out, text);
	buf_adds(out, "</span>");
}
