#include "lib/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/vec.h"

#define GAP 2 /* blanks between columns */

struct field {
	const char *text; /* NULL: a rule, in this cell and the rest of its row */
	size_t width;
};

struct table {
	const char *columns;
	size_t count;     /* of columns */
	VEC(struct field) fields;
	struct arena arena;
	bool failed;      /* memory ran out */
};

struct table *table_new(const char *columns)
{
	struct table *t = calloc(1, sizeof *t);
	if (t == NULL)
		return NULL;
	t->columns = arena_str(&t->arena, columns);
	t->count = strlen(columns);
	if (t->columns == NULL || t->count == 0) {
		table_free(t);
		return NULL;
	}
	return t;
}

void table_free(struct table *t)
{
	if (t == NULL)
		return;
	vec_free(&t->fields);
	arena_free(&t->arena);
	free(t);
}

static void add(struct table *t, const char *text)
{
	struct field *c = vec_add(&t->fields);
	if (c == NULL) {
		t->failed = true;
		return;
	}
	c->text = text;
	c->width = text == NULL ? 0 : text_width(text);
}

void table_cell(struct table *t, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	char *text = n < 0 ? NULL : arena_alloc(&t->arena, (size_t)n + 1);
	if (text == NULL) {
		t->failed = true;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	text_clean(text);
	add(t, text);
}

void table_rule(struct table *t)
{
	while (!t->failed && t->fields.len % t->count != 0)
		add(t, "");
	for (size_t i = 0; i < t->count; i++)
		add(t, NULL);
}

static void add_times(struct buf *b, char c, size_t times)
{
	while (times-- != 0)
		buf_addc(b, c);
}

/* One row into `b`, blanks at its end cut off. */
static void add_row(const struct table *t, const size_t *width, size_t first, struct buf *b)
{
	size_t start = b->len;
	for (size_t i = 0; i < t->count && first + i < t->fields.len; i++) {
		const struct field *c = &t->fields.at[first + i];
		if (i != 0)
			add_times(b, ' ', GAP);
		if (c->text == NULL) {
			add_times(b, '-', width[i]);
			continue;
		}
		if (t->columns[i] == 'r')
			add_times(b, ' ', width[i] - c->width);
		buf_adds(b, c->text);
		if (t->columns[i] != 'r')
			add_times(b, ' ', width[i] - c->width);
	}
	while (b->len > start && b->data[b->len - 1] == ' ')
		b->len--;
	buf_addc(b, '\n');
}

bool table_print(const struct table *t, FILE *out)
{
	size_t *width = calloc(t->count, sizeof *width);
	if (t->failed || width == NULL) {
		free(width);
		return false;
	}
	for (size_t i = 0; i < t->fields.len; i++)
		if (t->fields.at[i].width > width[i % t->count])
			width[i % t->count] = t->fields.at[i].width;
	struct buf b;
	buf_init(&b, 0);
	for (size_t i = 0; i < t->fields.len; i += t->count)
		add_row(t, width, i, &b);
	free(width);
	bool ok = !b.failed && (b.len == 0 || fwrite(b.data, 1, b.len, out) == b.len);
	buf_free(&b);
	return ok;
}
