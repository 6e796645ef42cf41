#include "collector/csv.h"

#include <string.h>

#include "schema/jsontext.h"

/* One field from *p on; leaves *p behind its comma, or at the end. */
static char *field(char **p, char **write, const char **why)
{
	char *at = *p, *start = *write, *out = *write;
	bool quoted = false;

	while (*at == ' ' || *at == '\t')
		at++;
	if (*at == '"') {
		quoted = true;
		for (at++; *at != '\0' && (*at != '"' || at[1] == '"'); at++) {
			at += *at == '"';
			*out++ = *at;
		}
		if (*at == '\0') {
			*why = "a quote is not closed";
			return NULL;
		}
		at++;
		while (*at == ' ' || *at == '\t')
			at++;
		if (*at != ',' && *at != '\0') {
			*why = "text behind a closing quote";
			return NULL;
		}
	}
	while (*at != ',' && *at != '\0')
		*out++ = *at++;
	while (!quoted && out > start && (out[-1] == ' ' || out[-1] == '\t'))
		out--;
	*p = *at == ',' ? at + 1 : at;
	bool more = *at == ',';
	*out = '\0'; /* never beyond what was read: a field takes no more room than its text */
	*write = out + 1;
	if (!more)
		*p = NULL;
	return start;
}

bool csv_split(struct arena *arena, const char *line, size_t len, const char *fields[CSV_MAX_FIELDS],
               size_t *n, const char **why)
{
	*n = 0;
	*why = NULL;
	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (memchr(line, 0, len) != NULL) {
		*why = "a NUL";
		return false;
	}
	if (jsontext_utf8(line, len) != len) {
		*why = "not UTF-8";
		return false;
	}
	char *read = arena_strn(arena, line, len), *write = arena_alloc(arena, len + 2);
	if (read == NULL || write == NULL)
		return false;
	while (read != NULL) {
		if (*n == CSV_MAX_FIELDS) {
			*why = "more than 64 fields";
			return false;
		}
		const char *f = field(&read, &write, why);
		if (f == NULL)
			return false;
		fields[(*n)++] = f;
	}
	return true;
}
