#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "schema/jsontext.h"
#include "schema/wire_impl.h"

#define US_2000 946684800000000  /* 2000-01-01T00:00:00Z */
#define US_2200 7258118400000000 /* 2200-01-01T00:00:00Z */

#define NAMED(name) name, sizeof name - 1
#define B(member) offsetof(struct batch, member)
#define S(member) offsetof(struct wire_line, sample.member)
#define A(member) offsetof(struct wire_line, audit.member)

const struct wire_field wire_header_fields[HEADER_FIELDS] = {
	{NAMED("latlas"), T_VERSION, true, 0, WIRE_VERSION, WIRE_VERSION},
	{NAMED("batch"), T_UUID, true, B(uuid), 0, 0},
	{NAMED("probe"), T_NAME, true, B(probe), 0, 0},
	{NAMED("boot"), T_STRING, false, B(boot), 0, 0},
	{NAMED("version"), T_STRING, false, B(version), 0, 0},
	{NAMED("plan_rev"), T_STRING, false, B(plan_rev), 0, 0},
	{NAMED("started_us"), T_INT, true, B(started_us), US_2000, US_2200},
	{NAMED("samples"), T_INT, true, 0, 0, WIRE_MAX_SAMPLES},
	{NAMED("timeout_ms"), T_INT, false, B(timeout_ms), 1, WIRE_MAX_US / 1000},
	{NAMED("round_ok"), T_INT, false, B(round_ok), 0, INT64_MAX},
	{NAMED("cpu_us"), T_INT, false, B(cpu_us), 0, INT64_MAX},
	{NAMED("rss_kib"), T_INT, false, B(rss_kib), 0, INT64_MAX},
	{NAMED("duration_us"), T_INT, false, B(duration_us), 0, INT64_MAX},
	{NAMED("dropped"), T_INT, false, B(dropped), 0, INT32_MAX},
	{NAMED("rejected"), T_INT, false, B(rejected), 0, INT32_MAX},
	{NAMED("refused"), T_STRING, false, B(refused), 0, 0},
	{NAMED("seed"), T_SEED, false, B(seed), 0, 0},
};

const struct wire_field wire_line_fields[LINE_FIELDS] = {
	{NAMED("seq"), T_U32, true, S(seq), 0, WIRE_MAX_SAMPLES - 1},
	{NAMED("t_us"), T_INT, true, S(t_us), US_2000, US_2200},
	{NAMED("target"), T_STRING, true, S(target), 0, 0},
	{NAMED("node"), T_STRING, false, S(node), 0, 0},
	{NAMED("role"), T_ROLE, true, S(role), 0, 0},
	{NAMED("family"), T_FAMILY, false, S(family), 4, 6},
	{NAMED("addr"), T_STRING, false, S(addr), 0, 0},
	{NAMED("resolver"), T_STRING, false, S(resolver), 0, 0},
	{NAMED("ttl"), T_INT, false, S(ttl), 0, UINT32_MAX},
	{NAMED("dns_cache"), T_DNS_CACHE, false, S(dns_cache), 0, 0},
	{NAMED("dns_us"), T_INT, false, S(dns_us), 0, WIRE_MAX_US},
	{NAMED("tcp_us"), T_INT, false, S(tcp_us), 0, WIRE_MAX_US},
	{NAMED("tls_us"), T_INT, false, S(tls_us), 0, WIRE_MAX_US},
	{NAMED("wait_us"), T_INT, false, S(wait_us), 0, WIRE_MAX_US},
	{NAMED("body_us"), T_INT, false, S(body_us), 0, WIRE_MAX_US},
	{NAMED("min_rtt_us"), T_INT, false, S(min_rtt_us), 0, WIRE_MAX_US},
	{NAMED("retrans"), T_INT, false, S(retrans), 0, UINT32_MAX},
	{NAMED("lag_us"), T_INT, false, S(lag_us), 0, WIRE_MAX_US},
	{NAMED("status"), T_INT, false, S(status), 0, 999},
	{NAMED("http"), T_STRING, false, S(http), 0, 0},
	{NAMED("tls"), T_STRING, false, S(tls), 0, 0},
	{NAMED("bytes"), T_INT, false, S(bytes), 0, INT64_MAX},
	{NAMED("edge"), T_STRING, false, S(edge), 0, 0},
	{NAMED("cache"), T_STRING, false, S(cache), 0, 0},
	{NAMED("error"), T_ERROR, false, S(error), 0, 0},
	{NAMED("error_phase"), T_PHASE, false, S(error_phase), 0, 0},
	{NAMED("target_rev"), T_STRING, false, S(target_rev), 0, 0},
	{NAMED("nth"), T_U32, false, S(nth), 0, WIRE_MAX_SAMPLES - 1},
	{NAMED("location"), T_STRING, false, S(location), 0, 0},
	{NAMED("lagged"), T_BOOL, false, S(lagged), 0, 0},
	{NAMED("kind"), T_KIND, false, S(kind), 0, 0},
	{NAMED("syn_rtt_us"), T_INT, false, S(syn_rtt_us), 0, WIRE_MAX_US},
	{NAMED("age_s"), T_INT, false, S(age_s), 0, INT64_MAX},
	{NAMED("cname"), T_STRING, false, S(cname), 0, 0},
	{NAMED("dns_tries"), T_INT, false, S(dns_tries), 0, UINT32_MAX},
	{NAMED("dns_tcp"), T_BOOL, false, S(dns_tcp), 0, 0},
	{NAMED("ecs"), T_STRING, false, S(ecs), 0, 0},
	{NAMED("ecs_scope"), T_INT, false, S(ecs_scope), 0, WIRE_MAX_SCOPE},
	/* From here on of an audit, which also has some of the above: AUDIT_BITS. */
	{NAMED("audit"), T_STRING, true, A(target), 0, 0},
	{NAMED("sha256"), T_STRING, false, A(sha256), 0, 0},
	{NAMED("etag"), T_STRING, false, A(etag), 0, 0},
	{NAMED("cert_sha256"), T_STRING, false, A(cert_sha256), 0, 0},
	{NAMED("cert_not_after"), T_INT, false, A(cert_not_after), 0, WIRE_MAX_CERT_S},
	{NAMED("chain"), T_STRING, false, A(chain), 0, 0},
	{NAMED("cert_not_before"), T_INT, false, A(cert_not_before), 0, WIRE_MAX_CERT_S},
	{NAMED("cert_subject"), T_STRING, false, A(cert_subject), 0, 0},
	{NAMED("cert_issuer"), T_STRING, false, A(cert_issuer), 0, 0},
	{NAMED("cert_names"), T_STRING, false, A(cert_names), 0, 0},
	{NAMED("clock_skew_us"), T_INT, false, A(clock_skew_us), -WIRE_MAX_SKEW_US, WIRE_MAX_SKEW_US},
	{NAMED("headers"), T_HEADERS, false, A(headers), 0, 0},
};

int wire_fail(struct wire_decoder *d, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	d->status = err_set(d->err, LAT_DATAERR, "line %zu: %s", d->number, text);
	return 0;
}

int wire_fail_no_memory(struct wire_decoder *d)
{
	d->status = err_nomem(d->err);
	return 0;
}

static void *place(const struct wire_decoder *d, const struct wire_field *f)
{
	return (char *)d->base + f->offset;
}

int wire_wrong_type(struct wire_decoder *d, int field, const char *got)
{
	static const char *const want[] = {
		[T_INT] = "a whole number", [T_U32] = "a whole number", [T_FAMILY] = "4 or 6",
		[T_STRING] = "a string", [T_NAME] = "a name", [T_SEED] = "a string", [T_UUID] = "a UUID", [T_BOOL] = "true or false",
		[T_ROLE] = "a role", [T_KIND] = "a kind", [T_DNS_CACHE] = "a string", [T_ERROR] = "a string", [T_PHASE] = "a string",
		[T_HEADERS] = "an object", [T_VERSION] = "a whole number",
	};

	if (d->header_name != NULL)
		return wire_fail(d, "headers: %.80s: is %s, not a string", d->header_name, got);
	return wire_fail(d, "%s: is %s, not %s", d->fields[field].name, got, want[d->fields[field].type]);
}

int wire_put_null(struct wire_decoder *d, int field)
{
	if (d->fields[field].required || d->header_name != NULL)
		return wire_wrong_type(d, field, "null");
	return 1; /* everything starts as absent */
}

int wire_put_bool(struct wire_decoder *d, int field, bool value)
{
	const struct wire_field *f = &d->fields[field];

	if (f->type != T_BOOL)
		return wire_wrong_type(d, field, value ? "true" : "false");
	*(bool *)place(d, f) = value;
	return 1;
}

static int put_integer(struct wire_decoder *d, int field, int64_t n)
{
	const struct wire_field *f = &d->fields[field];

	if (f->type == T_VERSION && n != WIRE_VERSION) {
		d->unsupported = true;
		return wire_fail(d, "latlas: version %lld is not supported (%d is)", (long long)n, WIRE_VERSION);
	}
	if (n < f->min || n > f->max)
		return wire_fail(d, "%s: %lld is not in %lld..%lld", f->name, (long long)n,
		            (long long)f->min, (long long)f->max);
	switch (f->type) {
	case T_INT:
		if (d->base == d->batch && field == F_SAMPLES)
			d->samples = n;
		else
			*(int64_t *)place(d, f) = n;
		return 1;
	case T_U32:
		*(uint32_t *)place(d, f) = (uint32_t)n;
		return 1;
	case T_FAMILY:
		if (n == 5)
			return wire_fail(d, "family: 5 is not 4 or 6");
		*(int *)place(d, f) = (int)n;
		return 1;
	default: /* T_VERSION: nothing to keep */
		return 1;
	}
}

int wire_put_number(struct wire_decoder *d, int field, const char *text, size_t len)
{
	const struct wire_field *f = &d->fields[field];
	int64_t n;

	if (f->type != T_INT && f->type != T_U32 && f->type != T_FAMILY && f->type != T_VERSION)
		return wire_wrong_type(d, field, "a number");
	if (!jsontext_int(text, len, &n))
		return wire_fail(d, "%s: %.*s is not a whole number of 64 bits", f->name,
		                 len < 40 ? (int)len : 40, text);
	return put_integer(d, field, n);
}

static const char *intern(struct wire_decoder *d, int field, const char *s, size_t len)
{
	if (d->last[field].s != NULL && d->last[field].len == len && memcmp(d->last[field].s, s, len) == 0)
		return d->last[field].s;
	const char *copy = arena_strn(&d->batch->arena, s, len);
	if (copy != NULL) {
		d->last[field].s = copy;
		d->last[field].len = len;
	}
	return copy;
}

static int put_uuid(struct wire_decoder *d, const struct wire_field *f, const char *s, size_t len)
{
	char *out = place(d, f);

	if (len != 36)
		return wire_fail(d, "%s: is not a UUID", f->name);
	for (size_t i = 0; i < len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		char c = s[i] >= 'A' && s[i] <= 'F' ? (char)(s[i] - 'A' + 'a') : s[i];
		if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return wire_fail(d, "%s: is not a UUID", f->name);
		out[i] = c;
	}
	out[len] = '\0';
	return 1;
}

/* One of a few words; `s` is NUL-terminated. */
static int put_word(struct wire_decoder *d, const struct wire_field *f, const char *s)
{
	int n;

	switch (f->type) {
	case T_ROLE:
		if ((n = role_of(s)) < 0)
			return wire_fail(d, "role: \"%.40s\" is not one of cdn, baseline, candidate", s);
		*(enum role *)place(d, f) = (enum role)n;
		return 1;
	case T_KIND: /* one we don't know can't be taken for another: it must not be merged with it */
		if ((n = series_kind_of(s)) < 0)
			return wire_fail(d, "kind: \"%.40s\" is not one of cold, rare, dns-only", s);
		*(enum series_kind *)place(d, f) = (enum series_kind)n;
		return 1;
	case T_DNS_CACHE:
		n = dns_cache_of(s);
		*(enum dns_cache *)place(d, f) = n < 0 ? DNS_CACHE_UNKNOWN : (enum dns_cache)n;
		return 1;
	case T_ERROR:
		*(enum nel_type *)place(d, f) = nel_type_of(s);
		return 1;
	default:
		*(enum nel_phase *)place(d, f) = nel_phase_of(s);
		return 1;
	}
}

static int put_header_value(struct wire_decoder *d, const char *s, size_t len)
{
	struct audit_header *h;
	const char *value = arena_strn(&d->batch->arena, s, len);

	if (d->line.audit.headers.len == WIRE_MAX_HEADERS)
		return wire_fail(d, "headers: more than %d", WIRE_MAX_HEADERS);
	if (value == NULL || (h = vec_add(&d->line.audit.headers)) == NULL)
		return wire_fail_no_memory(d);
	h->name = d->header_name;
	h->value = value;
	return 1;
}

int wire_check_string(struct wire_decoder *d, const char *what, const unsigned char *s, size_t len)
{
	if (len > WIRE_MAX_STRING)
		return wire_fail(d, "%s: %zu bytes (limit %d)", what, len, WIRE_MAX_STRING);
	if (d->escapes && len != 0 && memchr(s, 0, len) != NULL)
		return wire_fail(d, "%s: a NUL in a string", what);
	return 1;
}

int wire_put_string(struct wire_decoder *d, int field, const char *s, size_t len)
{
	const struct wire_field *f = &d->fields[field];
	switch (f->type) {
	case T_HEADERS:
		if (d->header_name == NULL)
			return wire_wrong_type(d, field, "a string");
		return put_header_value(d, s, len);
	case T_UUID:
		return put_uuid(d, f, s, len);
	case T_STRING: case T_NAME: case T_SEED: case T_ROLE: case T_KIND: case T_DNS_CACHE: case T_ERROR: case T_PHASE:
		break;
	default:
		return wire_wrong_type(d, field, "a string");
	}
	const char *copy = intern(d, field, s, len);
	if (copy == NULL)
		return wire_fail_no_memory(d);
	if (f->type != T_STRING && f->type != T_NAME && f->type != T_SEED)
		return put_word(d, f, copy);
	if (f->type == T_NAME && !sample_name_ok(copy))
		return wire_fail(d, "%s: \"%.80s\" is not a name ([A-Za-z0-9._-], 1 to %d)", f->name, copy, NAME_MAX_LEN);
	if (f->type == T_SEED && (len != SEED_TEXT - 1 || copy[strspn(copy, "0123456789abcdef")] != '\0'))
		return wire_fail(d, "%s: is not %d hexadecimal digits", f->name, SEED_TEXT - 1);
	if (f->required && len == 0)
		return wire_fail(d, "%s: is empty", f->name);
	*(const char **)place(d, f) = copy;
	return 1;
}
