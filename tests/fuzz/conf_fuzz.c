/* libFuzzer target: arbitrary text as the operator's plan, through our scanner and through
 * libconfuse. It is refused with one line that begins with the file's name, or it is a plan
 * that comes through JSON with its revision. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "schema/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
	if (!condition)
		abort();
}

static int ends_with(const char *s, const char *end)
{
	size_t len = strlen(s), n = strlen(end);

	return len >= n && strcmp(s + len - n, end) == 0;
}

/* What the scanner lets through libconfuse must take, and in the same way: its own errors
 * ("plan.conf:1: no such option") and ours that the two don't agree never show. */
static int of_libconfuse(const char *text)
{
	static const char *const starts[] = {
		"no such option", "unexpected token", "unexpected closing", "missing ", "premature ", "found dup",
		"invalid ", "bad escape", "unterminated", "attempt to",
	};
	const char *why = strstr(text, ": ");

	for (size_t i = 0; why != NULL && i < sizeof starts / sizeof *starts; i++)
		if (strncmp(why + 2, starts[i], strlen(starts[i])) == 0)
			return 1;
	return ends_with(text, ": not understood") || ends_with(text, "out of memory");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan plan, again;
	struct buf json;
	struct err err = {0};
	char *text = malloc(size + 1);

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	buf_init(&json, 0);
	int status = plan_parse(&plan, text, "plan.conf", &err);
	must(status == 0 || (status == LAT_CONFIG && strncmp(err.text, "plan.conf:", 10) == 0));
	must(strpbrk(err.text, "\n\r\033") == NULL);
	must(!of_libconfuse(err.text));
	if (status == 0) {
		must(plan_to_json(&plan, PLAN_FULL, &json, &err) == 0);
		must(plan_from_json(&again, json.data, json.len, &err) == 0);
		must(strcmp(plan.rev, again.rev) == 0);
		plan_free(&again);
	}
	plan_free(&plan);
	buf_free(&json);
	free(text);
	return 0;
}
