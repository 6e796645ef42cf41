/* libFuzzer target: the headers of a response, a line each ("Name: value"; the first line is the
 * operator's edge_header). Whatever they are, what comes of them is one line of ASCII, one of
 * two words, and an age within its bounds. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "probe/edgename.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
	if (!condition)
		abort();
}

struct text { char *lines[64]; size_t n; };

static const char *get(void *ctx, const char *name)
{
	const struct text *t = ctx;
	size_t len = strlen(name);
	for (size_t i = t->n; i > 1; i--) {
		char *line = t->lines[i - 1];
		if (strncasecmp(line, name, len) == 0 && line[len] == ':')
			return line + len + 1 + strspn(line + len + 1, " ");
	}
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text t = {0};
	struct edgename e;
	char *copy = malloc(size + 1);

	must(copy != NULL);
	memcpy(copy, data, size);
	copy[size] = '\0';
	for (char *line = copy, *end; t.n < 64; line = end + 1) {
		t.lines[t.n++] = line;
		if ((end = strchr(line, '\n')) == NULL)
			break;
		*end = '\0';
	}
	edgename_read(&e, t.lines[0][0] != '\0' ? t.lines[0] : NULL, get, &t);
	must(strlen(e.edge) < sizeof e.edge);
	for (const char *c = e.edge; *c != '\0'; c++)
		must(*c >= 0x20 && *c < 0x7f);
	must(e.cache == NULL || strcmp(e.cache, "HIT") == 0 || strcmp(e.cache, "MISS") == 0);
	must(e.age_s >= -1 && e.age_s <= INT64_C(1) << 31);
	free(copy);
	return 0;
}
