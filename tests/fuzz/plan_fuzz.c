/* libFuzzer target: arbitrary bytes as a plan in JSON, as a probe gets it. It is refused with
 * one line of text, or it is a plan that comes through JSON unchanged. */
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan plan, again;
	struct buf one, two;
	struct err err = {0};

	buf_init(&one, 0);
	buf_init(&two, 0);
	int status = plan_from_json(&plan, (const char *)data, size, &err);
	must(status == 0 || ((status == LAT_DATAERR || status == LAT_UNAVAILABLE) && err.text[0] != '\0'));
	must(strpbrk(err.text, "\n\r\033") == NULL);
	if (status == 0) {
		must(plan.targets.len >= 1);
		must(plan_to_json(&plan, PLAN_FULL, &one, &err) == 0);
		must(plan_from_json(&again, one.data, one.len, &err) == 0);
		must(plan_to_json(&again, PLAN_FULL, &two, &err) == 0);
		must(one.len == two.len && memcmp(one.data, two.data, one.len) == 0);
		plan_free(&again);
	}
	plan_free(&plan);
	buf_free(&one);
	buf_free(&two);
	return 0;
}
