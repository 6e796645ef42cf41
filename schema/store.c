#include "schema/store.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/hash.h"
#include "schema/store_impl.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* A hyphen stands before bytes 4, 6, 8 and 10 (RFC 9562, section 4). */
static bool hyphen_before(int byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

bool store_uuid_parse(const char *text, uint8_t out[STORE_UUID])
{
	for (int i = 0; i < STORE_UUID; i++) {
		if (hyphen_before(i) && *text++ != '-')
			return false;
		int high = hex_digit(text[0]);
		int low = high < 0 ? -1 : hex_digit(text[1]);
		if (low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
		text += 2;
	}
	return *text == '\0';
}

void store_uuid_format(const uint8_t uuid[STORE_UUID], char out[37])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < STORE_UUID; i++) {
		if (hyphen_before(i))
			*out++ = '-';
		*out++ = digits[uuid[i] >> 4];
		*out++ = digits[uuid[i] & 15];
	}
	*out = '\0';
}

int64_t store_timeout_us(const struct batch *b)
{
	if (b->timeout_ms <= 0)
		return 0;
	return b->timeout_ms > STORE_MAX_US / US_PER_MS ? STORE_MAX_US : b->timeout_ms * US_PER_MS;
}

/* One operation at a time: a callback that calls its own store would end the scan that
 * called it, so it is told no. */
static int begin(struct store *s, struct err *err)
{
	if (s->busy)
		return err_set(err, LAT_SOFTWARE, "the store was called from within its own callback");
	s->busy = true;
	return 0;
}

static int end(struct store *s, int status)
{
	s->busy = false;
	return status;
}

void store_close(struct store *s)
{
	if (s != NULL)
		s->ops->close(s);
}

/* No operation: one may be under way. */
void store_wait_until(struct store *s, struct mono until)
{
	if (s->ops->wait_until != NULL)
		s->ops->wait_until(s, until);
}

/* ---- append ------------------------------------------------------------------ */

static bool moment_ok(int64_t us)
{
	return us >= 0 && us < STORE_MAX_US;
}

static int check_batch(const struct batch *b, struct err *err)
{
	uint8_t uuid[STORE_UUID];

	if (!store_uuid_parse(b->uuid, uuid))
		return err_set(err, LAT_DATAERR, "batch \"%.36s\": is no UUID", b->uuid);
	if (b->probe == NULL || b->probe[0] == '\0')
		return err_set(err, LAT_DATAERR, "batch %s: names no probe", b->uuid);
	if (b->samples.len > STORE_MAX_SAMPLES)
		return err_set(err, LAT_DATAERR, "batch %s: %zu samples, the limit is %d", b->uuid,
		               b->samples.len, STORE_MAX_SAMPLES);
	if (!moment_ok(b->started_us))
		return err_set(err, LAT_DATAERR, "batch %s: started_us %lld is out of range", b->uuid,
		               (long long)b->started_us);
	for (size_t i = 0; i < b->samples.len; i++) {
		if (b->samples.at[i].target == NULL)
			return err_set(err, LAT_DATAERR, "batch %s: sample %zu: no target", b->uuid, i);
		if (!moment_ok(b->samples.at[i].t_us))
			return err_set(err, LAT_DATAERR, "batch %s: sample %zu: t_us %lld is out of range",
			               b->uuid, i, (long long)b->samples.at[i].t_us);
	}
	for (size_t i = 0; i < b->audits.len; i++) {
		if (b->audits.at[i].target == NULL)
			return err_set(err, LAT_DATAERR, "batch %s: audit %zu: no target", b->uuid, i);
		if (!moment_ok(b->audits.at[i].t_us))
			return err_set(err, LAT_DATAERR, "batch %s: audit %zu: t_us %lld is out of range",
			               b->uuid, i, (long long)b->audits.at[i].t_us);
	}
	return 0;
}

int store_append(struct store *s, struct store_batch *batches, size_t n, struct err *err)
{
	int status;

	for (size_t i = 0; i < n; i++)
		if ((status = check_batch(batches[i].batch, err)) != 0)
			return status;
	if ((status = begin(s, err)) != 0)
		return status;
	return end(s, s->ops->append(s, batches, n, err));
}

int store_fold(struct store *s, size_t max_batches, size_t *left, struct err *err)
{
	int status = begin(s, err);

	*left = 0;
	return status != 0 ? status : end(s, s->ops->fold(s, max_batches, left, err));
}

/* ---- scans ------------------------------------------------------------------- */

/* Bring a window into 0..STORE_MAX_US, where every stored moment lies. */
static void clamp(int64_t *since_us, int64_t *until_us)
{
	if (*since_us < 0)
		*since_us = 0;
	if (*until_us > STORE_MAX_US)
		*until_us = STORE_MAX_US;
	if (*until_us < *since_us)
		*until_us = *since_us;
}

int store_scan_cells(struct store *s, const struct store_window *w, store_cell_fn *fn, void *ctx,
                     struct err *err)
{
	struct store_window window = *w;
	int status;

	if (w->unit_us <= 0 || w->unit_us > STORE_MAX_US
	    || (w->unit_us > US_PER_HOUR && w->unit_us % US_PER_HOUR != 0))
		return err_set(err, LAT_USAGE,
		               "a cell's stretch of %lld us: neither below an hour nor a multiple of it",
		               (long long)w->unit_us);
	clamp(&window.since_us, &window.until_us);
	if ((status = begin(s, err)) != 0)
		return status;
	return end(s, window.since_us == window.until_us ? 0 : s->ops->scan_cells(s, &window, fn, ctx, err));
}

int store_scan_samples(struct store *s, int64_t since_us, int64_t until_us, store_sample_fn *fn, void *ctx,
                       struct err *err)
{
	int status = begin(s, err);

	if (status != 0)
		return status;
	clamp(&since_us, &until_us);
	return end(s, since_us == until_us ? 0 : s->ops->scan_samples(s, since_us, until_us, fn, ctx, err));
}

int store_scan_audits(struct store *s, int64_t since_us, int64_t until_us, store_audit_fn *fn, void *ctx,
                      struct err *err)
{
	int status = begin(s, err);

	if (status != 0)
		return status;
	clamp(&since_us, &until_us);
	return end(s, since_us == until_us ? 0 : s->ops->scan_audits(s, since_us, until_us, fn, ctx, err));
}

/* ---- places ------------------------------------------------------------------ */

bool store_edge_reads(const uint8_t uuid[STORE_UUID], uint64_t every)
{
	return every <= 1 || hash64(HASH64_INIT, uuid, STORE_UUID) % every == 0;
}

bool store_edge_series(const struct series *s)
{
	return s->node == NULL && s->role != ROLE_CANDIDATE && s->kind == KIND_COLD;
}

int store_put_places(struct store *s, const struct store_place *places, size_t n, struct err *err)
{
	int status;

	for (size_t i = 0; i < n; i++)
		if (places[i].addr == NULL || places[i].addr[0] == '\0')
			return err_set(err, LAT_DATAERR, "a place without an address");
	if ((status = begin(s, err)) != 0)
		return status;
	return end(s, n == 0 ? 0 : s->ops->put_places(s, places, n, err));
}

int store_scan_places(struct store *s, store_place_fn *fn, void *ctx, struct err *err)
{
	int status = begin(s, err);

	return status != 0 ? status : end(s, s->ops->scan_places(s, fn, ctx, err));
}

int store_scan_edges(struct store *s, const struct store_edge_window *w, uint64_t *every, store_edge_fn *fn,
                     void *ctx, struct err *err)
{
	struct store_edge_window window = *w;
	uint64_t stride = 1;
	int status = begin(s, err);

	if (status != 0)
		return status;
	clamp(&window.since_us, &window.until_us);
	if (window.since_us != window.until_us)
		status = s->ops->scan_edges(s, &window, &stride, fn, ctx, err);
	if (every != NULL)
		*every = stride;
	return end(s, status);
}

int store_totals(struct store *s, struct store_totals *out, struct err *err)
{
	int status = begin(s, err);

	return status != 0 ? status : end(s, s->ops->totals(s, out, err));
}

/* ---- retention --------------------------------------------------------------- */

int store_prune(struct store *s, int64_t before_us, size_t max_samples, struct store_pruned *done, bool *more,
                struct err *err)
{
	int status = begin(s, err);

	*more = false;
	return status != 0 ? status : end(s, s->ops->prune(s, before_us, max_samples, done, more, err));
}

int store_prunable(struct store *s, int64_t before_us, struct store_pruned *out, struct err *err)
{
	int status = begin(s, err);

	*out = (struct store_pruned){0};
	return status != 0 ? status : end(s, s->ops->prunable(s, before_us, out, err));
}

int store_pruned_until(struct store *s, int64_t *until_us, struct err *err)
{
	int status = begin(s, err);

	*until_us = US_NONE;
	return status != 0 ? status : end(s, s->ops->pruned_until(s, until_us, err));
}

int store_received_last(struct store *s, int64_t *received_us, struct err *err)
{
	int status = begin(s, err);

	*received_us = US_NONE;
	return status != 0 ? status : end(s, s->ops->received_last(s, received_us, err));
}
