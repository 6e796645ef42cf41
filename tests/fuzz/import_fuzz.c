/* libFuzzer target: arbitrary bytes as a file to import; the first byte says which format, and how large
 * the blocks are in which it comes. Whatever is taken can be stored: names that are names, times in range,
 * and it is a batch that the wire's decoder would take back. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector/import.h"
#include "schema/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char plan_text[] =
	"target \"www\" { role = \"cdn\" url = \"https://cdn.jsdelivr.net/npm/jquery\" }\n"
	"target \"ripe\" { role = \"baseline\" url = \"http://www.ripe.net/\" expect_status = {200, 404} }\n"
	"node \"lon\" { address = {\"104.16.88.20\"} city = \"London\" country = \"GB\" lat = 51.5 lon = -0.1 }\n"
	"candidate \"sin\" { url = \"https://hsi.cablecom.ch/\" city = \"Zurich\" country = \"CH\" lat = 47.4 lon = 8.5 }\n";

static void must(int condition)
{
	if (!condition)
		abort();
}

static int take(void *ctx, struct import_item *item, struct err *err)
{
	struct batch again;
	struct buf text = {0};

	(void)ctx;
	must(item->batch.samples.len > 0 && sample_name_ok(item->vantage.name)
	     && strcmp(item->batch.probe, item->vantage.name) == 0 && vantage_imported(item->vantage.name));
	for (size_t i = 0; i < item->batch.samples.len; i++)
		must(sample_name_ok(item->batch.samples.at[i].target));
	must(item->vantage.country == NULL || item->vantage.place_source != NULL);
	if (wire_encode(&item->batch, &text, err) == 0) {
		must(wire_decode(&again, text.data, text.len, NULL, err) == 0);
		batch_free(&again);
	}
	buf_free(&text);
	import_item_free(item);
	return 0;
}

static void tell(void *ctx, const char *file, size_t line, const char *why)
{
	(void)ctx, (void)file, (void)line;
	must(why[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct plan plan; /* read once: libFuzzer keeps the process */
	struct import_settings s = {.role = ROLE_BASELINE, .now_us = 1800000000000000,
	                            .vantage = {.name = "desk", .lat = NAN, .lon = NAN}};
	struct import im = {.s = &s, .take = take, .tell = tell};
	struct err err = {0};

	if (size == 0)
		return 0;
	if (plan.targets.len == 0)
		must(plan_parse(&plan, plan_text, "plan", &err) == 0);
	s.plan = data[0] & 4 ? &plan : NULL;
	s.format = (enum import_format)(data[0] & 3);
	size_t step = data[0] & 8 ? 3 : size;
	struct import_reader *r = import_begin(&im, "file", 1795305600000000);
	must(r != NULL);
	for (size_t at = 1; at < size; at += step)
		must(import_feed(r, (const char *)data + at, size - at < step ? size - at : step, &err) == 0);
	must(import_end(r, &err) == 0);
	must(im.counts.left_out <= size);
	return 0;
}
