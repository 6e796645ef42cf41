#include "schema/wire.h"

#include <string.h>

#include "lib/attr.h"
#include "schema/jsontext.h"

/* The encoder writes into the buffer itself: a line is made of some thirty constant
 * pieces with numbers and short strings between them, and is written as often as anything
 * in this project. Everything that isn't a constant goes through put_int() or
 * put_string(), which escapes. */

static void put(struct buf *b, const char *s, size_t len)
{
	if (b->failed || (b->cap - b->len <= len && !buf_reserve(b, len)))
		return;
	memcpy(b->data + b->len, s, len);
	b->len += len;
}

#define PUT(b, constant) put(b, constant, sizeof(constant) - 1)

static void put_int(struct buf *b, int64_t n)
{
	char text[24], *end = text + sizeof text, *p = end;
	uint64_t u = n < 0 ? -(uint64_t)n : (uint64_t)n;

	do {
		*--p = (char)('0' + u % 10);
		u /= 10;
	} while (u != 0);
	if (n < 0)
		*--p = '-';
	put(b, p, (size_t)(end - p));
}

static void put_int_or_null(struct buf *b, int64_t n)
{
	if (n == US_NONE)
		PUT(b, "null");
	else
		put_int(b, n);
}

/* A probe that stood still may find a phase longer than any. */
static void put_us(struct buf *b, int64_t us)
{
	put_int_or_null(b, us < WIRE_MAX_US ? us : WIRE_MAX_US);
}

/* What a server made up is no reason to refuse the batch that it came in. */
static int64_t within(int64_t n, int64_t min, int64_t max)
{
	return n >= min && n <= max ? n : US_NONE;
}

/* Bytes that stand for themselves in a JSON string. */
static bool plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static void put_escaped(struct buf *b, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";
	static const char names[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* pairs: the byte, its name */

	for (size_t i = 0; i + 1 < sizeof names; i += 2) {
		if ((unsigned char)names[i] == c) {
			const char two[2] = {'\\', names[i + 1]};
			put(b, two, sizeof two);
			return;
		}
	}
	const char six[6] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
	put(b, six, sizeof six);
}

/* The bytes of a string between its quotes, at most `room` of them as the decoder will
 * count them. Returns how many it was. */
static size_t put_text(struct buf *b, const char *s, size_t room)
{
	size_t len = strlen(s), i = 0, used = 0;

	while (i < len) {
		size_t run = i;
		while (run < len && run - i < room - used && plain((unsigned char)s[run]))
			run++;
		put(b, s + i, run - i);
		used += run - i;
		i = run;
		if (i == len)
			break;
		size_t n = jsontext_utf8_char(s + i, len - i);
		size_t takes = n == 0 ? 3 : n;
		if (takes > room - used)
			break;
		if (n == 0) {
			PUT(b, "\xef\xbf\xbd"); /* U+FFFD, the replacement character */
			n = 1;
		} else if (n == 1) {
			put_escaped(b, (unsigned char)s[i]);
		} else {
			put(b, s + i, n);
		}
		i += n;
		used += takes;
	}
	return used;
}

static void put_string(struct buf *b, const char *s)
{
	if (s == NULL) {
		PUT(b, "null");
		return;
	}
	PUT(b, "\"");
	put_text(b, s, WIRE_MAX_STRING);
	PUT(b, "\"");
}

/* A further key, where it is there at all: most lines lack most of these. */
#define PUT_STRING(out, key, value) \
	do { PUT(out, ",\"" key "\":"); put_string(out, value); } while (0)
#define PUT_INT(out, key, value) \
	do { PUT(out, ",\"" key "\":"); put_int(out, value); } while (0)

/* The pieces appended so far become a NUL-terminated buffer again. */
static int finish(struct buf *b, struct err *err)
{
	if (b->failed && b->limit != 0)
		return err_set(err, LAT_SOFTWARE, "out of memory, or over the limit of %zu bytes", b->limit);
	if (b->failed)
		return err_nomem(err);
	b->data[b->len] = '\0';
	return 0;
}

static int put_header(const struct batch *b, struct buf *out, struct err *err)
{
	if (b->probe == NULL || strlen(b->uuid) != 36)
		return err_set(err, LAT_DATAERR, "batch: has no %s", b->probe == NULL ? "probe" : "UUID");
	if (b->samples.len > WIRE_MAX_SAMPLES || b->audits.len > WIRE_MAX_AUDITS)
		return err_set(err, LAT_DATAERR, "batch: %zu samples and %zu audits (limit %d of each)",
		               b->samples.len, b->audits.len, WIRE_MAX_SAMPLES);
	PUT(out, "{\"latlas\":");
	put_int(out, WIRE_VERSION);
	PUT(out, ",\"batch\":");
	put_string(out, b->uuid);
	PUT(out, ",\"probe\":");
	put_string(out, b->probe);
	PUT(out, ",\"boot\":");
	put_string(out, b->boot);
	PUT(out, ",\"version\":");
	put_string(out, b->version);
	PUT(out, ",\"plan_rev\":");
	put_string(out, b->plan_rev);
	PUT(out, ",\"started_us\":");
	put_int(out, b->started_us);
	PUT(out, ",\"samples\":");
	put_int(out, (int64_t)b->samples.len);
	PUT(out, ",\"timeout_ms\":");
	put_int_or_null(out, b->timeout_ms > 0 ? b->timeout_ms : US_NONE);
	PUT(out, ",\"round_ok\":");
	put_int_or_null(out, b->round_ok);
	PUT(out, ",\"cpu_us\":");
	put_int_or_null(out, b->cpu_us);
	PUT(out, ",\"rss_kib\":");
	put_int_or_null(out, b->rss_kib);
	PUT(out, ",\"duration_us\":");
	put_int_or_null(out, b->duration_us);
	PUT(out, ",\"dropped\":");
	put_int(out, b->dropped);
	if (b->rejected != 0)
		PUT_INT(out, "rejected", b->rejected);
	PUT(out, ",\"refused\":");
	put_string(out, b->refused);
	if (b->seed != NULL)
		PUT_STRING(out, "seed", b->seed);
	PUT(out, "}\n");
	return 0;
}

static void put_further(const struct sample *s, struct buf *out)
{
	if (s->target_rev != NULL)
		PUT_STRING(out, "target_rev", s->target_rev);
	if (s->nth != 0)
		PUT_INT(out, "nth", s->nth);
	if (s->location != NULL)
		PUT_STRING(out, "location", s->location);
	if (s->lagged)
		PUT(out, ",\"lagged\":true");
	if (s->kind != KIND_COLD)
		PUT_STRING(out, "kind", series_kind_name(s->kind));
	if (s->syn_rtt_us != US_NONE)
		PUT_INT(out, "syn_rtt_us", s->syn_rtt_us);
	if (s->age_s != US_NONE)
		PUT_INT(out, "age_s", s->age_s);
	if (s->cname != NULL)
		PUT_STRING(out, "cname", s->cname);
	if (s->dns_tries != US_NONE)
		PUT_INT(out, "dns_tries", s->dns_tries);
	if (s->dns_tcp)
		PUT(out, ",\"dns_tcp\":true");
	if (s->ecs != NULL)
		PUT_STRING(out, "ecs", s->ecs);
	if (within(s->ecs_scope, 0, WIRE_MAX_SCOPE) != US_NONE)
		PUT_INT(out, "ecs_scope", s->ecs_scope);
}

int wire_encode_sample(const struct sample *s, struct buf *out, struct err *err)
{
	if (s->target == NULL)
		return err_set(err, LAT_DATAERR, "sample %u: has no target", s->seq);
	PUT(out, "{\"seq\":");
	put_int(out, s->seq);
	PUT(out, ",\"t_us\":");
	put_int(out, s->t_us);
	PUT(out, ",\"target\":");
	put_string(out, s->target);
	PUT(out, ",\"node\":");
	put_string(out, s->node);
	PUT(out, ",\"role\":");
	put_string(out, role_name(s->role));
	PUT(out, ",\"family\":");
	put_int_or_null(out, s->family != 0 ? s->family : US_NONE);
	PUT(out, ",\"addr\":");
	put_string(out, s->addr);
	PUT(out, ",\"resolver\":");
	put_string(out, s->resolver);
	PUT(out, ",\"ttl\":");
	put_int_or_null(out, s->ttl);
	PUT(out, ",\"dns_cache\":");
	put_string(out, dns_cache_name(s->dns_cache));
	PUT(out, ",\"dns_us\":");
	put_us(out, s->dns_us);
	PUT(out, ",\"tcp_us\":");
	put_us(out, s->tcp_us);
	PUT(out, ",\"tls_us\":");
	put_us(out, s->tls_us);
	PUT(out, ",\"wait_us\":");
	put_us(out, s->wait_us);
	PUT(out, ",\"body_us\":");
	put_us(out, s->body_us);
	PUT(out, ",\"min_rtt_us\":");
	put_us(out, s->min_rtt_us);
	PUT(out, ",\"retrans\":");
	put_int_or_null(out, s->retrans);
	PUT(out, ",\"lag_us\":");
	put_us(out, s->lag_us);
	PUT(out, ",\"status\":");
	put_int_or_null(out, s->status);
	PUT(out, ",\"http\":");
	put_string(out, s->http);
	PUT(out, ",\"tls\":");
	put_string(out, s->tls);
	PUT(out, ",\"bytes\":");
	put_int_or_null(out, s->bytes);
	PUT(out, ",\"edge\":");
	put_string(out, s->edge);
	PUT(out, ",\"cache\":");
	put_string(out, s->cache);
	PUT(out, ",\"error\":");
	put_string(out, nel_type_name(s->error));
	PUT(out, ",\"error_phase\":");
	put_string(out, nel_phase_name(s->error_phase));
	put_further(s, out);
	PUT(out, "}\n");
	return finish(out, err);
}

/* Header i with those of the same name behind it; nothing if one before it has its name. */
static void put_audit_header(const struct audit *a, size_t i, size_t n, bool *first, struct buf *out)
{
	const char *name = a->headers.at[i].name;
	size_t used;

	for (size_t k = 0; k < i; k++)
		if (strcmp(a->headers.at[k].name, name) == 0)
			return;
	if (!*first)
		PUT(out, ",");
	*first = false;
	put_string(out, name);
	PUT(out, ":\"");
	used = put_text(out, a->headers.at[i].value, WIRE_MAX_STRING);
	for (size_t k = i + 1; k < n; k++) {
		if (strcmp(a->headers.at[k].name, name) != 0 || WIRE_MAX_STRING - used < 2)
			continue;
		PUT(out, ", ");
		used += 2;
		used += put_text(out, a->headers.at[k].value, WIRE_MAX_STRING - used);
	}
	PUT(out, "\"");
}

static void put_answer(const struct audit *a, struct buf *out)
{
	if (a->addr != NULL)
		PUT_STRING(out, "addr", a->addr);
	if (a->status != US_NONE)
		PUT_INT(out, "status", a->status);
	if (a->bytes != US_NONE)
		PUT_INT(out, "bytes", a->bytes);
	if (a->edge != NULL)
		PUT_STRING(out, "edge", a->edge);
	if (a->error != NEL_OK)
		PUT_STRING(out, "error", nel_type_name(a->error));
	if (a->error_phase != NEL_PHASE_NONE)
		PUT_STRING(out, "error_phase", nel_phase_name(a->error_phase));
	if (a->target_rev != NULL)
		PUT_STRING(out, "target_rev", a->target_rev);
}

static void put_certificate(const struct audit *a, struct buf *out)
{
	if (within(a->cert_not_before, 0, WIRE_MAX_CERT_S) != US_NONE)
		PUT_INT(out, "cert_not_before", a->cert_not_before);
	if (a->cert_subject != NULL)
		PUT_STRING(out, "cert_subject", a->cert_subject);
	if (a->cert_issuer != NULL)
		PUT_STRING(out, "cert_issuer", a->cert_issuer);
	if (a->cert_names != NULL)
		PUT_STRING(out, "cert_names", a->cert_names);
	if (within(a->clock_skew_us, -WIRE_MAX_SKEW_US, WIRE_MAX_SKEW_US) != US_NONE)
		PUT_INT(out, "clock_skew_us", a->clock_skew_us);
}

static int put_audit(const struct audit *a, struct buf *out, struct err *err)
{
	size_t n = a->headers.len < WIRE_MAX_HEADERS ? a->headers.len : WIRE_MAX_HEADERS;
	bool first = true;

	if (a->target == NULL)
		return err_set(err, LAT_DATAERR, "audit: has no target");
	PUT(out, "{\"audit\":");
	put_string(out, a->target);
	PUT(out, ",\"node\":");
	put_string(out, a->node);
	PUT(out, ",\"t_us\":");
	put_int(out, a->t_us);
	put_answer(a, out);
	PUT(out, ",\"sha256\":");
	put_string(out, a->sha256);
	PUT(out, ",\"etag\":");
	put_string(out, a->etag);
	PUT(out, ",\"cert_sha256\":");
	put_string(out, a->cert_sha256);
	PUT(out, ",\"cert_not_after\":");
	put_int_or_null(out, within(a->cert_not_after, 0, WIRE_MAX_CERT_S));
	PUT(out, ",\"chain\":");
	put_string(out, a->chain);
	put_certificate(a, out);
	PUT(out, ",\"headers\":{");
	for (size_t i = 0; i < n; i++)
		put_audit_header(a, i, n, &first, out);
	PUT(out, "}}\n");
	return 0;
}

int wire_encode(const struct batch *b, struct buf *out, struct err *err)
{
	size_t start = out->len;
	int status;

	if ((status = put_header(b, out, err)) != 0)
		return status;
	for (size_t i = 0; i < b->samples.len; i++)
		if ((status = wire_encode_sample(&b->samples.at[i], out, err)) != 0)
			return status;
	for (size_t i = 0; i < b->audits.len; i++)
		if ((status = put_audit(&b->audits.at[i], out, err)) != 0)
			return status;
	if ((status = finish(out, err)) != 0)
		return status;
	if (out->len - start > WIRE_MAX_INFLATED)
		return err_set(err, LAT_DATAERR, "batch: %zu bytes (limit %u)", out->len - start, WIRE_MAX_INFLATED);
	return 0;
}
