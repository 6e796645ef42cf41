#include <setjmp.h>
#include <string.h>

#include <yajl/yajl_parse.h>

#include "schema/jsonmem.h"
#include "schema/jsontext.h"
#include "schema/wire_impl.h"

/* The decoder: one pass of yajl's event parser over each line. A table says which keys
 * there are, of which type and range, and where their values go; it stands in the order
 * in which the encoder writes, so that the key looked for is nearly always the next one.
 * A key that was there twice is found by a bit for each field. */

/* A value came: whose is it? SKIP also for what is inside of an unknown value. */
static int take_field(struct wire_decoder *d)
{
	return d->depth == 1 || d->header_name != NULL ? d->field : SKIP;
}

static bool top_level(struct wire_decoder *d)
{
	if (d->depth == 0)
		wire_fail(d, "not one JSON object");
	return d->depth == 0;
}

static int on_null(void *ctx)
{
	struct wire_decoder *d = ctx;

	if (top_level(d))
		return 0;
	int field = take_field(d);
	return field == SKIP ? 1 : wire_put_null(d, field);
}

static int on_boolean(void *ctx, int value)
{
	struct wire_decoder *d = ctx;

	if (top_level(d))
		return 0;
	int field = take_field(d);
	return field == SKIP ? 1 : wire_put_bool(d, field, value != 0);
}

static int on_number(void *ctx, const char *text, size_t len)
{
	struct wire_decoder *d = ctx;

	if (top_level(d))
		return 0;
	int field = take_field(d);
	return field == SKIP ? 1 : wire_put_number(d, field, text, len);
}

static int on_string(void *ctx, const unsigned char *bytes, size_t len)
{
	struct wire_decoder *d = ctx;

	if (top_level(d))
		return 0;
	int field = take_field(d);
	if (!wire_check_string(d, field == SKIP ? "a key that is not known" : d->fields[field].name, bytes, len))
		return 0;
	return field == SKIP ? 1 : wire_put_string(d, field, (const char *)bytes, len);
}

static int on_header_key(struct wire_decoder *d, const char *s, size_t len)
{
	for (size_t i = 0; i < d->line.audit.headers.len; i++) {
		const char *name = d->line.audit.headers.at[i].name;
		if (strlen(name) == len && memcmp(name, s, len) == 0)
			return wire_fail(d, "headers: %.80s: twice", name);
	}
	d->header_name = arena_strn(&d->batch->arena, s, len);
	return d->header_name != NULL ? 1 : wire_fail_no_memory(d);
}

static int on_key(void *ctx, const unsigned char *bytes, size_t len)
{
	struct wire_decoder *d = ctx;
	const char *s = (const char *)bytes;

	if (!wire_check_string(d, "a key", bytes, len))
		return 0;
	if (d->depth == 2 && d->field != SKIP && d->fields[d->field].type == T_HEADERS)
		return on_header_key(d, s, len);
	if (d->depth != 1)
		return 1; /* inside of an unknown value */
	size_t i = d->next;
	for (size_t tries = 0; tries < d->count; tries++, i++) {
		if (i >= d->count)
			i = 0;
		const struct wire_field *f = &d->fields[i];
		if (f->len != len || memcmp(f->name, s, len) != 0)
			continue;
		if (d->seen & BIT(i))
			return wire_fail(d, "%s: twice in one object", f->name);
		d->seen |= BIT(i);
		d->field = (int)i;
		d->next = i + 1;
		return 1;
	}
	d->field = SKIP;
	d->batch->unknown_keys++;
	return 1;
}

static int on_start(struct wire_decoder *d, bool map)
{
	if (d->depth == 0 && !map)
		return wire_fail(d, "not one JSON object");
	if (d->depth == WIRE_MAX_DEPTH)
		return wire_fail(d, "nested deeper than %d", WIRE_MAX_DEPTH);
	if (d->header_name != NULL)
		return wire_wrong_type(d, d->field, map ? "an object of objects" : "an object of arrays");
	if (d->depth == 1 && d->field != SKIP && !(map && d->fields[d->field].type == T_HEADERS))
		return wire_wrong_type(d, d->field, map ? "an object" : "an array");
	d->depth++;
	return 1;
}

static int on_start_map(void *ctx) { return on_start(ctx, true); }
static int on_start_array(void *ctx) { return on_start(ctx, false); }

static int on_end(void *ctx)
{
	struct wire_decoder *d = ctx;

	d->header_name = NULL;
	if (--d->depth == 0)
		d->objects++;
	return 1;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_start_map,
	.yajl_map_key = on_key,
	.yajl_end_map = on_end,
	.yajl_start_array = on_start_array,
	.yajl_end_array = on_end,
};

/* ---- lines --------------------------------------------------------------------- */

/* The first required field of those in `mask` that wasn't there, or NULL. */
static const char *missing(const struct wire_decoder *d, uint64_t mask)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->fields[i].required && (mask & BIT(i)) && !(d->seen & BIT(i)))
			return d->fields[i].name;
	return NULL;
}

static int finish_header(struct wire_decoder *d)
{
	const char *name = missing(d, ~UINT64_C(0));

	if (name != NULL)
		wire_fail(d, "%s: missing (the first line is the batch's header)", name);
	return d->status;
}

static int keep_audit(struct wire_decoder *d)
{
	struct audit *a;

	if (d->batch->audits.len == WIRE_MAX_AUDITS) {
		wire_fail(d, "more than %d audits", WIRE_MAX_AUDITS);
		return d->status;
	}
	d->batch->unknown_keys += (uint64_t)__builtin_popcountll(d->seen & ~AUDIT_BITS);
	if ((a = vec_add(&d->batch->audits)) == NULL) {
		wire_fail_no_memory(d);
		return d->status;
	}
	*a = d->line.audit;
	a->node = d->line.sample.node;
	a->t_us = d->line.sample.t_us;
	a->addr = d->line.sample.addr;
	a->status = d->line.sample.status;
	a->bytes = d->line.sample.bytes;
	a->edge = d->line.sample.edge;
	a->error = d->line.sample.error;
	a->error_phase = d->line.sample.error_phase;
	a->target_rev = d->line.sample.target_rev;
	memset(&d->line.audit.headers, 0, sizeof d->line.audit.headers); /* they are the batch's now */
	return 0;
}

static int keep_sample(struct wire_decoder *d)
{
	struct sample *s;
	uint32_t seq = d->line.sample.seq;

	/* Keys of an audit in a sample mean nothing to us. */
	d->batch->unknown_keys += (uint64_t)__builtin_popcountll(d->seen >> F_AUDIT);
	vec_free(&d->line.audit.headers);
	if (d->batch->samples.len >= (size_t)d->samples)
		wire_fail(d, "more samples than the header's %lld", (long long)d->samples);
	else if (d->seqs[seq / 64] & BIT(seq % 64))
		wire_fail(d, "seq: %u was there before", seq);
	else if ((s = vec_add(&d->batch->samples)) == NULL)
		wire_fail_no_memory(d);
	else
		*s = d->line.sample;
	if (d->status == 0)
		d->seqs[seq / 64] |= BIT(seq % 64);
	return d->status;
}

static int finish_line(struct wire_decoder *d)
{
	bool audit = d->seen & BIT(F_AUDIT);
	const char *name = missing(d, audit ? AUDIT_BITS : BIT(F_AUDIT) - 1);

	if (name == NULL)
		return audit ? keep_audit(d) : keep_sample(d);
	if (d->seen == 0)
		wire_fail(d, "neither a sample nor an audit");
	else
		wire_fail(d, "%s: missing", name);
	return d->status;
}

static void start_line(struct wire_decoder *d)
{
	d->number++;
	d->depth = d->objects = 0;
	d->field = SKIP;
	d->next = 0;
	d->seen = 0;
	d->header_name = NULL;
	d->line.sample = sample_absent;
	d->line.audit = audit_absent;
	if (d->number == 1) {
		d->fields = wire_header_fields;
		d->count = HEADER_FIELDS;
		d->base = d->batch;
	} else {
		d->fields = wire_line_fields;
		d->count = LINE_FIELDS;
		d->base = &d->line;
		if (d->number == 2)
			memset(d->last, 0, sizeof d->last); /* another table, other fields */
	}
}

static int parse_line(struct wire_decoder *d, yajl_handle h, const char *text, size_t len)
{
	start_line(d);
	const char *problem = jsontext_problem(text, len, NULL);
	if (problem != NULL) {
		wire_fail(d, "%s", problem);
		return d->status;
	}
	d->escapes = memchr(text, '\\', len) != NULL;
	yajl_status status = yajl_parse(h, (const unsigned char *)text, len);
	if (d->status != 0)
		return d->status;
	if (status != yajl_status_ok) {
		unsigned char *why = yajl_get_error(h, 0, (const unsigned char *)text, len);
		size_t end = why == NULL ? 0 : strcspn((const char *)why, "\n");
		wire_fail(d, "not JSON: byte %zu: %.*s", yajl_get_bytes_consumed(h), (int)end, (const char *)why);
		yajl_free_error(h, why);
		return d->status;
	}
	if (d->depth != 0 || d->objects != 1) {
		wire_fail(d, "not one JSON object");
		return d->status;
	}
	return d->number == 1 ? finish_header(d) : finish_line(d);
}

static int parse_lines(struct wire_decoder *d, struct jsonmem *mem, const char *text, size_t len)
{
	yajl_handle h = yajl_alloc(&callbacks, &mem->funcs, d);

	yajl_config(h, yajl_dont_validate_strings, 1); /* jsontext_problem() does, and better */
	yajl_config(h, yajl_allow_multiple_values, 1); /* one handle for all lines */
	for (size_t at = 0; at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t line = end != NULL ? (size_t)(end - (text + at)) + 1 : len - at;
		if (parse_line(d, h, text + at, line) != 0)
			return d->status;
		at += line;
	}
	if (d->number == 0) {
		d->number = 1;
		wire_fail(d, "nothing there (the first line is the batch's header)");
	} else if (d->batch->samples.len != (size_t)d->samples) {
		wire_fail(d, "samples: the header says %lld, there are %zu", (long long)d->samples, d->batch->samples.len);
	}
	return d->status;
}

/* The decoder lives in the caller, since a longjmp leaves this function. */
static void parse_guarded(struct wire_decoder *d, const char *text, size_t len)
{
	struct jsonmem mem;

	jsonmem_init(&mem);
	if (setjmp(mem.out) == 0)
		parse_lines(d, &mem, text, len);
	else
		wire_fail_no_memory(d);
	jsonmem_free(&mem);
}

int wire_decode(struct batch *b, const char *text, size_t len, bool *unsupported, struct err *err)
{
	struct wire_decoder d = {.batch = b, .err = err};

	memset(b, 0, sizeof *b);
	b->timeout_ms = WIRE_DEFAULT_TIMEOUT_MS;
	b->round_ok = b->cpu_us = b->rss_kib = b->duration_us = US_NONE;
	if (unsupported != NULL)
		*unsupported = false;
	if (len > WIRE_MAX_INFLATED)
		return err_set(err, LAT_DATAERR, "batch: %zu bytes (limit %u)", len, WIRE_MAX_INFLATED);
	parse_guarded(&d, text, len);
	vec_free(&d.line.audit.headers);
	if (unsupported != NULL)
		*unsupported = d.unsupported;
	return d.status;
}
