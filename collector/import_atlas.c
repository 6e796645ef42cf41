/* RIPE Atlas: results of a measurement, as https://atlas.ripe.net/api/v2/measurements/ID/results/
 * gives them: one array, or with ?format=txt one a line.
 *
 * Source: "Measurement Result Format", https://atlas.ripe.net/docs/apis/result-format/, by firmware:
 * from 4400 on; what older firmware wrote as one string is left out. Times are milliseconds, moments
 * seconds. `ttc` is from starting to connect until connected, `ttfb` and `rt` are from there, too, to
 * the first byte and to the end; `ttr` is the lookup. In sslcert `rt` ends when the certificates have
 * come, which is before the handshake's end: so it is no `tls`. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/import.h"
#include "lib/clock.h"

#define RESULTS_MAX 1000 /* of one record */

struct header { const struct json *record; int64_t probe, t_us; };

static bool set_vantage(struct import_item *item, const struct header *h)
{
	struct probe_row *v = &item->vantage;
	char name[32];

	snprintf(name, sizeof name, "%lld", (long long)h->probe);
	v->network = NETWORK_EYEBALL; /* at homes and in offices; --probes knows the anchors */
	return import_item_name(item, "atlas.", name);
}

static bool set_text(struct import_item *item, const char **to, const struct json *j, const char *key)
{
	bool ok = true;

	*to = import_text(item, json_get_string(j, key, NULL), &ok);
	return ok;
}

static const char *address_of(const struct json *j)
{
	const char *addr = json_get_string(j, "dst_addr", NULL);

	return addr != NULL ? addr : json_get_string(j, "addr", NULL);
}

static const char *name_of(const struct json *j)
{
	const char *name = json_get_string(j, "dst_name", NULL);

	return name != NULL ? name : json_get_string(j, "name", NULL);
}

/* More than any real record has; but what is not read must be said. */
static void leave_rest(struct import *im, const struct json *results)
{
	if (results->children > RESULTS_MAX)
		import_leave(im, "%zu results beyond the first %d of the record", results->children - RESULTS_MAX,
		             RESULTS_MAX);
}

/* A probe that will not measure (its own address rules) says nothing of the target. */
static bool refused(struct import *im, const char *text)
{
	if (text == NULL || strcmp(text, "address not allowed") != 0)
		return false;
	import_leave(im, "the probe refused: address not allowed");
	return true;
}

/* The moment of one result of a record, which is the record's where the result doesn't tell. *ok: it can be. */
static int64_t moment_of(struct import *im, const struct json *result, const struct header *h, bool *ok)
{
	double t = import_number(result, "time");
	int64_t t_us = t > 1e8 && t < 1e11 ? (int64_t)(t * US_PER_S) : h->t_us;

	*ok = import_moment(im, t_us);
	return t_us;
}

/* What every sample of a record begins with. NULL: out of memory. */
static struct sample *begin(struct import *im, struct import_item **item, const struct header *h, int64_t t_us)
{
	if (*item == NULL) {
		*item = import_item_new(im);
		if (*item == NULL || !set_vantage(*item, h))
			return NULL;
	}
	return import_item_sample(*item, t_us);
}

/* ---- http -------------------------------------------------------------------------- */

/* With extended timing there are ttc and ttfb; without, one time for all of it, which is no phase.
 * Only http: of https nobody could tell handshake and wait apart. */
static void http_phases(struct import *im, struct sample *s, const struct json *r, const char *uri)
{
	double ttc = import_number(r, "ttc"), ttfb = import_number(r, "ttfb"), rt = import_number(r, "rt");

	s->dns_us = import_us(import_number(r, "ttr"));
	s->tcp_us = import_us(ttc);
	if (s->tcp_us == US_NONE || strncmp(uri, "http://", 7) != 0)
		im->counts.phaseless += s->tcp_us == US_NONE;
	else {
		s->wait_us = import_us(ttfb - ttc);
		s->body_us = s->wait_us == US_NONE || strcmp(json_get_string(r, "method", "GET"), "GET") != 0
		             ? US_NONE : import_us(rt - ttfb);
	}
}

static bool http_result(struct import *im, struct import_item *item, const struct json *r, const char *uri,
                        struct sample *s)
{
	struct import_what what = {.url = uri, .addr = address_of(r)};
	struct plan_url url;
	const char *err = json_get_string(r, "err", NULL), *dns = json_get_string(r, "dnserr", NULL);
	const char *version = json_get_string(r, "ver", "");
	bool ok = true;

	if (plan_url_parse(&item->batch.arena, uri, &url, NULL) == 0)
		what.host = url.host;
	if (!import_target(im, item, s, &what))
		return false;
	if (dns != NULL || err != NULL) {
		import_failed(s, dns != NULL ? dns : err, dns != NULL ? NEL_DNS_FAILED : NEL_UNKNOWN);
		return true;
	}
	http_phases(im, s, r, uri);
	s->http = strcmp(version, "1.0") == 0 || strcmp(version, "1.1") == 0 ? import_text(item, version, &ok) : NULL;
	s->status = json_get_int(r, "res", US_NONE);
	s->bytes = json_get_int(r, "bsize", US_NONE);
	if (s->status < 100 || s->status > 999)
		s->status = US_NONE;
	if (s->bytes < 0)
		s->bytes = US_NONE;
	return ok && import_status(im, item, s, NULL);
}

static bool read_http(struct import *im, struct import_item **item, const struct header *h)
{
	const struct json *results = json_get(h->record, "result");
	const char *uri = json_get_string(h->record, "uri", NULL);
	bool possible;
	size_t n = 0;

	if (results == NULL || results->type != JSON_ARRAY) {
		import_leave(im, "no results (firmware before 4400 wrote them as one string)");
		return true;
	}
	if (uri == NULL) {
		import_leave(im, "no uri: what was asked for is not known (firmware before 4460)");
		return true;
	}
	for (const struct json *r = results->child; r != NULL && n < RESULTS_MAX; r = r->next, n++) {
		const char *err = json_get_string(r, "err", NULL);
		if (refused(im, err))
			continue;
		int64_t t_us = moment_of(im, r, h, &possible);
		if (!possible)
			continue;
		struct sample *s = begin(im, item, h, t_us);
		if (s == NULL || !http_result(im, *item, r, uri, s))
			return false;
	}
	leave_rest(im, results);
	return true;
}

/* ---- ping ----------------------------------------------------------------------------- */

static bool read_ping(struct import *im, struct import_item **item, const struct header *h)
{
	struct import_what what = {.host = name_of(h->record), .addr = address_of(h->record), .round_trip = true};
	double min = import_number(h->record, "min"), received = import_number(h->record, "rcvd");
	const char *dns = json_get_string(h->record, "dnserr", NULL);

	if (what.host == NULL && what.addr == NULL) {
		import_leave(im, "neither dst_name nor dst_addr");
		return true;
	}
	if (!(received >= 0) && dns == NULL) {
		import_leave(im, "no rcvd: was there an answer?");
		return true;
	}
	if (dns == NULL && received > 0 && import_us(min) == US_NONE) {
		import_leave(im, "no min");
		return true;
	}
	struct sample *s = begin(im, item, h, h->t_us);
	if (s == NULL)
		return false;
	s->nth = 1; /* a round trip alone is no visit: it must not enter dns, ttfb or total, nor its loss */
	if (!import_target(im, *item, s, &what))
		return false;
	if (dns != NULL)
		import_failed(s, dns, NEL_DNS_FAILED);
	else if (received > 0)
		s->min_rtt_us = import_us(min);
	else
		import_failed(s, NULL, NEL_TCP_TIMED_OUT);
	return true;
}

/* ---- sslcert --------------------------------------------------------------------------- */

/* Is it good for now and for the name? Of the chain nobody knows: the probe does not judge it. */
static bool add_audit(struct import_item *item, const struct json *record, const struct sample *s, bool *readable)
{
	const struct json *certs = json_get(record, "cert");
	struct audit *a = import_item_audit(item, s->t_us);

	if (a == NULL)
		return false;
	import_audit_of(a, s);
	*readable = import_certificate(item, certs->child->string, a);
	if (!*readable)
		item->batch.audits.len--;
	return true;
}

static bool read_sslcert(struct import *im, struct import_item **item, const struct header *h)
{
	struct import_what what = {.host = name_of(h->record), .addr = address_of(h->record)};
	const char *err = json_get_string(h->record, "err", json_get_string(h->record, "error", NULL));
	const char *dns = json_get_string(h->record, "dnserr", NULL);
	const struct json *certs = json_get(h->record, "cert"), *alert = json_get(h->record, "alert");
	bool has_cert = certs != NULL && certs->type == JSON_ARRAY && certs->child != NULL
	                && certs->child->type == JSON_STRING, readable = true;

	if (refused(im, err))
		return true;
	if (what.host == NULL && what.addr == NULL) {
		import_leave(im, "neither dst_name nor dst_addr");
		return true;
	}
	if (err == NULL && dns == NULL && alert == NULL && !has_cert) {
		import_leave(im, "neither a certificate nor an error");
		return true;
	}
	struct sample *s = begin(im, item, h, h->t_us);
	if (s == NULL)
		return false;
	s->nth = 1; /* not a whole visit */
	if (!import_target(im, *item, s, &what))
		return false;
	s->tcp_us = import_us(import_number(h->record, "ttc"));
	if (dns != NULL)
		import_failed(s, dns, NEL_DNS_FAILED);
	else if (err != NULL)
		import_failed(s, err, NEL_UNKNOWN);
	else if (!has_cert)
		import_failed(s, NULL, NEL_TLS_FAILED); /* an alert: RFC 5246, section 7.2 */
	else if (!add_audit(*item, h->record, s, &readable))
		return false;
	if (!readable)
		import_leave(im, "the certificate cannot be read; the sample was taken");
	return true;
}

/* ---- dns ------------------------------------------------------------------------------- */

#define DNS_HEADER 12 /* RFC 1035, section 4.1.1 */

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* The first bytes of base64 (RFC 4648, section 4), which is all that the question takes. */
static size_t base64_begin(const char *text, unsigned char *out, size_t size)
{
	unsigned bits = 0, have = 0;
	size_t n = 0;

	for (; *text != '\0' && n < size; text++) {
		int v = base64_value(*text);
		if (v < 0)
			break;
		bits = (bits << 6 | (unsigned)v) & 0xffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[n++] = (unsigned char)(bits >> have);
		}
	}
	return n;
}

/* The name asked for, of the message's question: labels up to the root (RFC 1035, 4.1.2). A byte that no
 * host name has makes it no name. */
static bool question(const unsigned char *m, size_t len, char out[256])
{
	size_t at = DNS_HEADER, n = 0;

	while (at < len && m[at] != 0) {
		size_t label = m[at++];
		if (label > 63 || at + label > len || n + label + 1 > 254)
			return false;
		if (n > 0)
			out[n++] = '.';
		for (size_t i = 0; i < label; i++) {
			unsigned char c = m[at++];
			if (c <= ' ' || c >= 0x7f)
				return false;
			out[n++] = (char)c;
		}
	}
	out[n] = '\0';
	return at < len && n > 0;
}

static bool dns_result(struct import *im, struct import_item **item, const struct header *h,
                       const struct json *each)
{
	const struct json *result = json_get(each, "result"), *error = json_get(each, "error");
	unsigned char m[DNS_HEADER + 256];
	const char *abuf = json_get_string(result, "abuf", NULL), *qbuf = json_get_string(each, "qbuf", NULL);
	const char *message = abuf != NULL ? abuf : qbuf;
	size_t len = message == NULL ? 0 : base64_begin(message, m, sizeof m);
	struct import_what what = {0};
	char name[256];
	bool possible;

	if (question(m, len, name))
		what.host = name;
	else if (im->s->target == NULL) {
		import_leave(im, "which name was asked for cannot be told (no question in abuf or qbuf)");
		return true;
	}
	if (result == NULL && error == NULL) {
		import_leave(im, "neither a result nor an error");
		return true;
	}
	int64_t us = import_us(import_number(result, "rt"));
	if (error == NULL && us == US_NONE) {
		import_leave(im, "no rt");
		return true;
	}
	int64_t t_us = moment_of(im, each, h, &possible);
	if (!possible)
		return true;
	struct sample *s = begin(im, item, h, t_us);
	if (s == NULL)
		return false;
	s->kind = KIND_DNS_ONLY;
	if (!import_target(im, *item, s, &what) || !set_text(*item, &s->resolver, each, "dst_addr"))
		return false;
	if (error != NULL) {
		import_failed(s, NULL, NEL_DNS_UNREACHABLE);
		return true;
	}
	s->dns_us = us;
	s->dns_tcp = strcmp(json_get_string(each, "proto", ""), "TCP") == 0;
	/* RFC 1035, 4.1.1: the low four bits of the fourth byte; 3 is a name error. */
	if (len >= 4 && (m[3] & 0x0f) != 0)
		import_failed(s, NULL, (m[3] & 0x0f) == 3 ? NEL_DNS_NAME_NOT_RESOLVED : NEL_DNS_FAILED);
	return true;
}

static bool read_dns(struct import *im, struct import_item **item, const struct header *h)
{
	const struct json *set = json_get(h->record, "resultset");
	size_t n = 0;

	if (set == NULL || set->type != JSON_ARRAY)
		return dns_result(im, item, h, h->record);
	for (const struct json *e = set->child; e != NULL && n < RESULTS_MAX; e = e->next, n++)
		if (!dns_result(im, item, h, e))
			return false;
	leave_rest(im, set);
	return true;
}

/* ---- a record --------------------------------------------------------------------------- */

int import_atlas(struct import *im, const struct json *record, struct err *err)
{
	const char *type = json_get_string(record, "type", NULL);
	double t = import_number(record, "timestamp"), probe = import_number(record, "prb_id");
	struct header h = {.record = record, .t_us = US_NONE};
	struct import_item *item = NULL;
	bool ok;

	if (type == NULL || !(probe >= 0 && probe < 1e12)) {
		import_leave(im, "no RIPE Atlas result: type or prb_id is missing");
		return 0;
	}
	h.probe = (int64_t)probe;
	if (t >= 0 && t < 1e11)
		h.t_us = (int64_t)t * US_PER_S;
	if (!import_moment(im, h.t_us))
		return 0;
	if (strcmp(type, "http") == 0) {
		ok = read_http(im, &item, &h);
	} else if (strcmp(type, "ping") == 0) {
		ok = read_ping(im, &item, &h);
	} else if (strcmp(type, "sslcert") == 0) {
		ok = read_sslcert(im, &item, &h);
	} else if (strcmp(type, "dns") == 0) {
		ok = read_dns(im, &item, &h);
	} else {
		import_leave(im, "a result of type %.40s is not supported", type);
		return 0;
	}
	if (!ok) {
		import_item_free(item);
		return err_nomem(err);
	}
	if (item == NULL || item->batch.samples.len == 0) {
		import_item_free(item);
		return 0; /* why was told */
	}
	if (!import_place_by_address(im, item, json_get_string(record, "from", NULL))) {
		import_item_free(item);
		return err_nomem(err);
	}
	return import_item_done(im, item, &record, 1, NULL, 0, err);
}
