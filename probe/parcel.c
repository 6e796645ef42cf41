#include "probe/parcel.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "lib/clock.h"
#include "lib/file.h"
#include "schema/wire.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id" /* random(4) */

int parcel_fill_header(struct batch *b, struct err *err)
{
	struct buf boot;
	struct rusage used;
	buf_init(&boot, 64);
	/* Without it the collector can't tell a reboot: no reason not to measure. */
	if (file_read(BOOT_ID, 64, &boot, NULL) == 0) {
		size_t len = strcspn(buf_str(&boot), "\n");
		b->boot = arena_strn(&b->arena, buf_str(&boot), len);
	}
	buf_free(&boot);
	b->version = arena_str(&b->arena, LATLAS_VERSION);
	b->cpu_us = b->rss_kib = US_NONE;
	if (getrusage(RUSAGE_SELF, &used) == 0) {
		b->cpu_us = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * US_PER_S +
		            used.ru_utime.tv_usec + used.ru_stime.tv_usec;
		b->rss_kib = used.ru_maxrss;
	}
	return b->version == NULL ? err_nomem(err) : 0;
}

/* What of `len` things lies in `first`..`first + n`, of a row in which `before` others come first. */
static size_t overlap(size_t first, size_t n, size_t before, size_t len, size_t *skip)
{
	size_t from = first > before ? first - before : 0;
	size_t to = first + n > before ? first + n - before : 0;
	if (from > len)
		from = len;
	if (to > len)
		to = len;
	*skip = from;
	return to - from;
}

/* Items `first`..`first + n`, samples and then audits counted through: one part if they fit, else
 * each half on its own. */
static int encode_range(struct parcels *out, struct batch *b, size_t first, size_t n, struct err *err)
{
	struct batch part = *b; /* shares strings and samples; owns nothing */
	size_t skip, samples = overlap(first, n, 0, b->samples.len, &skip);
	part.samples.at = samples == 0 ? NULL : b->samples.at + skip;
	part.samples.len = samples;
	part.samples.cap = 0;
	part.audits.len = overlap(first, n, b->samples.len, b->audits.len, &skip);
	part.audits.at = part.audits.len == 0 ? NULL : b->audits.at + skip;
	part.audits.cap = 0;
	if (first > 0)
		part.dropped = part.rejected = 0;
	if (samples <= WIRE_MAX_SAMPLES && part.audits.len <= WIRE_MAX_AUDITS) {
		for (size_t i = 0; i < samples; i++)
			part.samples.at[i].seq = (uint32_t)i;
		struct parcel p = { .samples = samples };
		batch_new_uuid(p.uuid);
		memcpy(part.uuid, p.uuid, sizeof part.uuid);
		buf_init(&p.text, 0);
		int rc = wire_encode(&part, &p.text, err);
		bool fits = rc == 0 && p.text.len <= WIRE_MAX_BYTES;
		struct parcel *at = fits ? vec_add(&out->parts) : NULL;
		if (at != NULL) {
			*at = p;
			return 0;
		}
		buf_free(&p.text);
		if (fits)
			return err_nomem(err);
		/* LAT_DATAERR may be its size, over the wire's limit for inflated batches. */
		if ((rc != 0 && rc != LAT_DATAERR) || n < 2)
			return rc != 0 ? rc : err_set(err, LAT_SOFTWARE, "a single sample or audit is over the wire's limit");
	}
	int rc = encode_range(out, b, first, n / 2, err);
	return rc != 0 ? rc : encode_range(out, b, first + n / 2, n - n / 2, err);
}

int parcel_encode(struct parcels *out, struct batch *b, struct err *err)
{
	*out = (struct parcels){0};
	int rc = encode_range(out, b, 0, b->samples.len + b->audits.len, err);
	if (rc != 0)
		parcel_free(out);
	return rc;
}

void parcel_free(struct parcels *p)
{
	for (size_t i = 0; i < p->parts.len; i++)
		buf_free(&p->parts.at[i].text);
	vec_free(&p->parts);
}

int parcel_print(struct batch *batch, struct err *err)
{
	struct parcels parcels;
	int rc = parcel_encode(&parcels, batch, err);
	if (rc != 0)
		return rc;
	for (size_t i = 0; i < parcels.parts.len; i++)
		fwrite(parcels.parts.at[i].text.data, 1, parcels.parts.at[i].text.len, stdout);
	if (fflush(stdout) != 0 || ferror(stdout))
		rc = err_set_errno(err, LAT_IOERR, "standard output");
	parcel_free(&parcels);
	return rc;
}
