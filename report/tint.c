#include "report/tint.h"

#include <stdlib.h>
#include <string.h>

#include "lib/text.h"

#define HEADER_LINES 2

void tint_add(tints *t, enum mood mood)
{
	enum mood *last = vec_add(t);
	if (last != NULL)
		*last = mood;
}

const char *tint_start(enum mood mood, bool colour)
{
	static const char *const starts[MOODS] = { "\033[32m", "\033[33m", "\033[31m", "\033[2m" };
	return colour ? starts[mood] : "";
}

const char *tint_end(bool colour)
{
	return colour ? "\033[0m" : "";
}

/* The last column starts behind the last two blanks of the line. */
static void print_line(const char *line, size_t len, enum mood mood, FILE *out)
{
	size_t at = len;
	while (at > 1 && !(line[at - 1] == ' ' && line[at - 2] == ' '))
		at--;
	fprintf(out, "%.*s%s%.*s%s\n", (int)at, line, tint_start(mood, true), (int)(len - at), line + at,
	        tint_end(true));
}

bool tint_print(const struct table *table, const tints *t, FILE *out)
{
	if (!text_colour(out))
		return table_print(table, out);
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);
	if (memory == NULL)
		return false;
	bool ok = table_print(table, memory);
	if (fclose(memory) != 0 || !ok) {
		free(text);
		return false;
	}
	size_t row = 0;
	for (const char *line = text; *line != '\0'; row++) {
		size_t len = strcspn(line, "\n");
		if (row >= HEADER_LINES && row - HEADER_LINES < t->len)
			print_line(line, len, t->at[row - HEADER_LINES], out);
		else
			fprintf(out, "%.*s\n", (int)len, line);
		line += len + (line[len] == '\n');
	}
	free(text);
	return !ferror(out);
}
