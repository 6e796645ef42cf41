/* libFuzzer target: arbitrary bytes as a batch. They are refused with one line of text, or
 * they are a batch that, encoded and decoded again, is the same and encodes to the same
 * bytes. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "schema/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct batch b, again;
	struct buf one, two;
	struct err err = {0};
	bool unsupported;

	buf_init(&one, 0);
	buf_init(&two, 0);
	int status = wire_decode(&b, (const char *)data, size, &unsupported, &err);
	must(status == 0 || (status == LAT_DATAERR && err.code == status && err.text[0] != '\0'));
	must(strpbrk(err.text, "\n\r\033") == NULL);
	if (status == 0) {
		must(!unsupported && b.samples.len <= WIRE_MAX_SAMPLES);
		status = wire_encode(&b, &one, &err);
		/* Nulls that weren't there may carry a batch over the limit of bytes. */
		must(status == 0 || (status == LAT_DATAERR && one.len > WIRE_MAX_INFLATED));
	}
	if (status == 0) {
		must(wire_decode(&again, one.data, one.len, NULL, &err) == 0);
		must(again.unknown_keys == 0 && again.samples.len == b.samples.len
		     && again.audits.len == b.audits.len && strcmp(again.uuid, b.uuid) == 0);
		must(wire_encode(&again, &two, &err) == 0);
		must(one.len == two.len && memcmp(one.data, two.data, one.len) == 0);
		batch_free(&again);
	}
	batch_free(&b);
	buf_free(&one);
	buf_free(&two);
	return 0;
}
