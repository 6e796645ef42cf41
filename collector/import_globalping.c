/* Globalping: the JSON of GET /v1/measurements/ID, as the API or `globalping ... --json` gives it.
 *
 * Source: the API's OpenAPI description, https://globalping.io/docs/api.globalping.io (schemas
 * "MeasurementResponse", "FinishedHttpTestResult" and so on), and for what the words mean the probe,
 * github.com/jsdelivr/globalping-probe, src/command: phases are differences, in whole milliseconds
 * (ping: fractions); a request asks HEAD by default, follows no redirect, takes any certificate and
 * says whether it was good, and reads no more than 10 000 bytes of a body (`truncated`). */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "collector/import.h"
#include "lib/attr.h"
#include "lib/clock.h"
#include "schema/country.h"

#define AUDIT_HEADERS 100

struct measurement {
	const struct json *doc;
	const char *type, *target;
	int64_t t_us;
};

/* ---- the vantage ------------------------------------------------------------------ */

static bool has_tag(const struct json *probe, const char *tag)
{
	const struct json *tags = json_get(probe, "tags");

	if (tags == NULL || tags->type != JSON_ARRAY)
		return false;
	for (const struct json *t = tags->child; t != NULL; t = t->next)
		if (t->type == JSON_STRING && strcmp(t->string, tag) == 0)
			return true;
	return false;
}

/* A probe has no name of its own in a result: it is where it is, and on which network. Two at one
 * place and network are one vantage to us. */
static bool set_vantage(struct import_item *item, const struct json *probe)
{
	struct probe_row *v = &item->vantage;
	const char *country = json_get_string(probe, "country", NULL), *city = json_get_string(probe, "city", NULL);
	const char *state = json_get_string(probe, "state", NULL);
	int64_t asn = json_get_int(probe, "asn", -1);
	char text[512], name[512];
	bool ok = true;

	if (has_tag(probe, "eyeball-network"))
		v->network = NETWORK_EYEBALL;
	else if (has_tag(probe, "datacenter-network"))
		v->network = NETWORK_DATACENTER;
	snprintf(name, sizeof name, "%.2s%s%.20s.%.100s.as%lld.%s", country == NULL ? "xx" : country,
	         state == NULL ? "" : ".", state == NULL ? "" : state, city == NULL ? "-" : city,
	         (long long)(asn < 0 ? 0 : asn), v->network == NETWORK_EYEBALL ? "eye" : "dc");
	for (char *p = name; *p != '\0' && *p != '.'; p++)
		*p = (char)tolower((unsigned char)*p);
	if (!import_item_name(item, "gp.", name))
		return false;
	if (asn >= 0) {
		const char *network = json_get_string(probe, "network", "");
		snprintf(text, sizeof text, "AS%lld%s%.100s", (long long)asn, network[0] != '\0' ? " " : "", network);
		v->asn = import_text(item, text, &ok);
	}
	if (country != NULL && country_find(country) != NULL) {
		double lat = json_get_double(probe, "latitude", NAN), lon = json_get_double(probe, "longitude", NAN);
		v->country = import_text(item, country, &ok);
		v->city = import_text(item, city, &ok);
		v->place_source = "import";
		if (fabs(lat) <= 90 && fabs(lon) <= 180) {
			v->lat = lat;
			v->lon = lon;
		}
	}
	return ok;
}

/* ---- what a request was ----------------------------------------------------------- */

struct request { const char *method, *path, *query, *host, *protocol; int64_t port; };

static struct request request_of(const struct measurement *m)
{
	const struct json *options = json_get(m->doc, "measurementOptions"), *r = json_get(options, "request");

	/* What is not told is the API's default. */
	return (struct request){.method = json_get_string(r, "method", "HEAD"),
	                        .path = json_get_string(r, "path", "/"),
	                        .query = json_get_string(r, "query", ""),
	                        .host = json_get_string(r, "host", NULL),
	                        .protocol = json_get_string(options, "protocol", "HTTPS"),
	                        .port = json_get_int(options, "port", 0)};
}

static void url_of(const struct measurement *m, const struct request *r, char *out, size_t size)
{
	const char *host = r->host != NULL ? r->host : m->target;
	bool six = strchr(host, ':') != NULL;
	char port[16] = "";

	if (r->port > 0 && r->port < 65536)
		snprintf(port, sizeof port, ":%d", (int)r->port);
	snprintf(out, size, "%s://%s%s%s%s%s%s%s%s", strcasecmp(r->protocol, "HTTP") == 0 ? "http" : "https",
	         six ? "[" : "", host, six ? "]" : "", port, r->path[0] == '/' ? "" : "/", r->path,
	         r->query[0] == '\0' || r->query[0] == '?' ? "" : "?", r->query);
}

/* ---- http -------------------------------------------------------------------------- */

static const char *header(const struct json *result, const char *name)
{
	return json_get_string(json_get(result, "headers"), name, NULL);
}

static const char *http_version(const struct json *result, const struct request *r)
{
	const char *raw = json_get_string(result, "rawOutput", "");

	if (strcasecmp(r->protocol, "HTTP2") == 0 || strncmp(raw, "HTTP/2", 6) == 0)
		return "2";
	return strncmp(raw, "HTTP/1.0", 8) == 0 ? "1.0" : strncmp(raw, "HTTP/1.1", 8) == 0 ? "1.1" : NULL;
}

static const char *tls_version(const struct json *tls)
{
	const char *protocol = json_get_string(tls, "protocol", "");

	return strncmp(protocol, "TLSv1.", 6) == 0 && strlen(protocol) == 7 ? protocol + 4 : NULL;
}

/* "CN=...,O=...", in RFC 2253's order and with its escapes. */
static const char *distinguished(struct import_item *item, const struct json *name, bool *ok)
{
	static const char *const keys[] = {"CN", "OU", "O", "L", "ST", "C"};
	struct buf out = {0};

	for (size_t i = 0; i < LAT_COUNT(keys); i++) {
		const char *value = json_get_string(name, keys[i], NULL);
		if (value == NULL)
			continue;
		buf_addf(&out, "%s%s=", out.len == 0 ? "" : ",", keys[i]);
		for (; *value != '\0'; value++) {
			if (strchr(",+\"\\<>;", *value) != NULL)
				buf_addc(&out, '\\');
			buf_addc(&out, *value);
		}
	}
	*ok = *ok && !out.failed;
	const char *text = import_text(item, buf_str(&out), ok);
	buf_free(&out);
	return text;
}

/* "DNS:a, DNS:b, IP Address:192.0.2.1" as "a b 192.0.2.1". */
static const char *names_of(struct import_item *item, const char *alt, bool *ok)
{
	struct buf out = {0};

	while (alt != NULL && *alt != '\0') {
		size_t len = strcspn(alt, ",");
		const char *colon = memchr(alt, ':', len);
		if (colon != NULL && out.len + len < 1000) {
			if (out.len != 0)
				buf_addc(&out, ' ');
			buf_add(&out, colon + 1, len - (size_t)(colon + 1 - alt));
		}
		alt += len;
		alt += strspn(alt, ", ");
	}
	*ok = *ok && !out.failed;
	const char *text = import_text(item, buf_str(&out), ok);
	buf_free(&out);
	return text;
}

/* "52:EC:..." as "52ec..."; NULL if it is not the 32 bytes of a SHA-256. */
static const char *fingerprint(struct import_item *item, const char *text, bool *ok)
{
	char hex[65];
	size_t n = 0;

	for (; text != NULL && *text != '\0'; text++) {
		if (*text == ':')
			continue;
		if (!isxdigit((unsigned char)*text) || n == 64)
			return NULL;
		hex[n++] = (char)tolower((unsigned char)*text);
	}
	if (n != 64)
		return NULL;
	hex[n] = '\0';
	return import_text(item, hex, ok);
}

/* ISO 8601 in UTC. US_NONE: none. */
static int64_t seconds(const char *text)
{
	int64_t us = import_time(text);

	return us == US_NONE ? US_NONE : us / US_PER_S;
}

static bool audit_headers(struct import_item *item, struct audit *a, const struct json *headers)
{
	bool ok = true;

	if (headers == NULL || headers->type != JSON_OBJECT)
		return true;
	for (const struct json *h = headers->child; ok && h != NULL && a->headers.len < AUDIT_HEADERS; h = h->next) {
		if (h->type != JSON_STRING || h->key[0] == '\0')
			continue;
		struct audit_header *to = vec_add(&a->headers);
		if (to == NULL)
			return false;
		to->name = import_text(item, h->key, &ok);
		to->value = h->string[0] == '\0' ? "" : import_text(item, h->string, &ok);
	}
	return ok;
}

static bool add_audit(struct import_item *item, const struct sample *s, const struct json *result,
                      const struct json *tls)
{
	struct audit *a = import_item_audit(item, s->t_us);
	const struct json *authorized = json_get(tls, "authorized");
	bool ok = true;

	if (a == NULL)
		return false;
	import_audit_of(a, s);
	a->cert_sha256 = fingerprint(item, json_get_string(tls, "fingerprint256", NULL), &ok);
	a->cert_not_before = seconds(json_get_string(tls, "createdAt", NULL));
	a->cert_not_after = seconds(json_get_string(tls, "expiresAt", NULL));
	a->cert_subject = distinguished(item, json_get(tls, "subject"), &ok);
	a->cert_issuer = distinguished(item, json_get(tls, "issuer"), &ok);
	a->cert_names = names_of(item, json_get_string(json_get(tls, "subject"), "alt", NULL), &ok);
	a->chain = authorized != NULL && authorized->type == JSON_TRUE
	           ? "ok" : import_text(item, json_get_string(tls, "error", "not authorized"), &ok);
	a->etag = import_text(item, header(result, "etag"), &ok);
	return ok && audit_headers(item, a, json_get(result, "headers"));
}

static int64_t phase(const struct json *timings, const char *key)
{
	return import_us(json_get_double(timings, key, NAN));
}

static bool read_http(struct import *im, struct import_item *item, const struct measurement *m,
                      const struct json *result, bool failed, struct sample *s)
{
	const struct json *timings = json_get(result, "timings"), *tls = json_get(result, "tls");
	const struct json *truncated = json_get(result, "truncated"), *authorized = json_get(tls, "authorized");
	struct request r = request_of(m);
	char url[PLAN_MAX_URL + 300];
	bool ok = true;

	url_of(m, &r, url, sizeof url);
	struct import_what what = {.url = url, .host = r.host != NULL ? r.host : m->target,
	                           .addr = json_get_string(result, "resolvedAddress", NULL),
	                           .by_address = import_is_address(m->target)};
	if (what.addr == NULL && what.by_address)
		what.addr = m->target;
	if (!import_target(im, item, s, &what))
		return false;
	s->http = http_version(result, &r);
	s->tls = import_text(item, tls_version(tls), &ok);
	if (failed) {
		import_failed(s, json_get_string(result, "rawOutput", NULL), NEL_UNKNOWN);
		return ok;
	}
	s->dns_us = what.by_address ? US_NONE : phase(timings, "dns");
	s->tcp_us = phase(timings, "tcp");
	s->tls_us = phase(timings, "tls");
	s->wait_us = phase(timings, "firstByte");
	s->status = json_get_int(result, "statusCode", US_NONE);
	if (truncated != NULL && truncated->type == JSON_TRUE)
		im->counts.cut++; /* the rest of the body was not waited for */
	else if (strcasecmp(r.method, "GET") == 0)
		s->body_us = phase(timings, "download");
	double age = import_number(json_get(result, "headers"), "age");
	if (age >= 0 && age <= 1e9)
		s->age_s = (int64_t)age;
	if (authorized != NULL && authorized->type == JSON_FALSE)
		import_failed(s, json_get_string(tls, "error", NULL), NEL_TLS_CERT_INVALID);
	else
		ok = ok && import_status(im, item, s, header(result, "location"));
	if (ok && tls != NULL && tls->type == JSON_OBJECT)
		ok = add_audit(item, s, result, tls);
	return ok;
}

/* ---- ping and dns --------------------------------------------------------------------- */

static bool read_ping(struct import *im, struct import_item *item, const struct measurement *m,
                      const struct json *result, bool failed, struct sample *s)
{
	struct import_what what = {.host = m->target, .addr = json_get_string(result, "resolvedAddress", NULL),
	                           .round_trip = true};

	s->nth = 1; /* a round trip alone is no visit: it must not enter dns, ttfb or total, nor its loss */
	if (!import_target(im, item, s, &what))
		return false;
	s->min_rtt_us = import_us(json_get_double(json_get(result, "stats"), "min", NAN));
	if (failed)
		import_failed(s, json_get_string(result, "rawOutput", NULL), NEL_UNKNOWN);
	else if (s->min_rtt_us == US_NONE)
		import_failed(s, NULL, NEL_TCP_TIMED_OUT);
	return true;
}

static bool read_answers(struct import_item *item, const struct json *answers, struct sample *s)
{
	struct buf chain = {0};
	bool ok = true;

	for (const struct json *a = answers != NULL ? answers->child : NULL; a != NULL; a = a->next) {
		const char *type = json_get_string(a, "type", ""), *value = json_get_string(a, "value", "");
		int64_t ttl = json_get_int(a, "ttl", US_NONE);
		size_t len = strlen(value);
		if (strcmp(type, "CNAME") == 0 && chain.len + len < 1000) {
			if (chain.len != 0)
				buf_addc(&chain, ' ');
			buf_add(&chain, value, len > 0 && value[len - 1] == '.' ? len - 1 : len);
		} else if ((strcmp(type, "A") == 0 || strcmp(type, "AAAA") == 0) && s->ttl == US_NONE && ttl >= 0
		           && ttl <= UINT32_MAX) {
			s->ttl = ttl;
		}
	}
	ok = !chain.failed;
	s->cname = import_text(item, buf_str(&chain), &ok);
	buf_free(&chain);
	return ok;
}

static bool read_dns(struct import *im, struct import_item *item, const struct measurement *m,
                     const struct json *result, bool failed, struct sample *s)
{
	struct import_what what = {.host = m->target};
	int64_t rcode = json_get_int(result, "statusCode", US_NONE);
	bool ok = true;

	s->kind = KIND_DNS_ONLY;
	if (!import_target(im, item, s, &what))
		return false;
	s->resolver = import_text(item, json_get_string(result, "resolver", NULL), &ok);
	s->dns_us = phase(json_get(result, "timings"), "total");
	/* RFC 1035, 4.1.1: 3 is a name error. */
	if (failed)
		import_failed(s, json_get_string(result, "rawOutput", NULL), NEL_DNS_UNREACHABLE);
	else if (rcode != 0)
		import_failed(s, NULL, rcode == 3 ? NEL_DNS_NAME_NOT_RESOLVED : NEL_DNS_FAILED);
	return ok && read_answers(item, json_get(result, "answers"), s);
}

/* ---- a measurement --------------------------------------------------------------------- */

/* Is there a time that is none? What is null, or not there, did not take place. */
static bool is_no_time(const struct json *times, const char *key)
{
	const struct json *t = json_get(times, key);

	return t != NULL && t->type != JSON_NULL && import_us(json_get_double(times, key, NAN)) == US_NONE;
}

/* A visit without a phase that it had would be too quick. */
static const char *http_reason(const struct json *timings)
{
	if (import_us(json_get_double(timings, "firstByte", NAN)) == US_NONE)
		return "no timings.firstByte";
	return is_no_time(timings, "dns") || is_no_time(timings, "tcp") || is_no_time(timings, "tls")
	       || is_no_time(timings, "download")
	       ? "one of its timings is negative or no number" : NULL;
}

/* A round trip that can't be read is no loss. */
static const char *ping_reason(const struct json *stats)
{
	if (stats == NULL || stats->type != JSON_OBJECT)
		return "no stats: was there an answer?";
	return is_no_time(stats, "min")
	       || (json_get_int(stats, "rcv", 0) > 0 && isnan(json_get_double(stats, "min", NAN)))
	       ? "no stats.min" : NULL;
}

/* Why a result cannot be taken; NULL: it can. */
static const char *reason(const struct measurement *m, const struct json *result, const char *status)
{
	if (strcmp(status, "offline") == 0)
		return "the probe was offline";
	if (strcmp(status, "in-progress") == 0)
		return "not finished yet";
	if (strcmp(status, "finished") != 0 && strcmp(status, "failed") != 0)
		return "its status is neither finished nor failed";
	if (strcmp(m->type, "dns") == 0 && json_get(result, "hops") != NULL)
		return "a traced lookup has no time of its own";
	if (strcmp(status, "finished") != 0)
		return NULL;
	if (strcmp(m->type, "http") == 0)
		return http_reason(json_get(result, "timings"));
	if (strcmp(m->type, "ping") == 0)
		return ping_reason(json_get(result, "stats"));
	return import_us(json_get_double(json_get(result, "timings"), "total", NAN)) == US_NONE ? "no timings.total" : NULL;
}

static int read_result(struct import *im, const struct measurement *m, const struct json *each, size_t index,
                       struct err *err)
{
	const struct json *probe = json_get(each, "probe"), *result = json_get(each, "result");
	const char *status = json_get_string(result, "status", "");
	const char *why = probe == NULL || result == NULL ? "no probe or no result" : reason(m, result, status);
	bool failed = strcmp(status, "failed") == 0;
	char number[24];

	if (why != NULL) {
		import_leave(im, "result %zu: %s", index + 1, why);
		return 0;
	}
	struct import_item *item = import_item_new(im);
	struct sample *s = item == NULL ? NULL : import_item_sample(item, m->t_us);
	bool ok = s != NULL && set_vantage(item, probe);
	if (ok && strcmp(m->type, "http") == 0)
		ok = read_http(im, item, m, result, failed, s);
	else if (ok && strcmp(m->type, "ping") == 0)
		ok = read_ping(im, item, m, result, failed, s);
	else if (ok)
		ok = read_dns(im, item, m, result, failed, s);
	if (!ok) {
		import_item_free(item);
		return err_nomem(err);
	}
	/* Two probes of one place may say the same: the place in the list tells them apart. */
	snprintf(number, sizeof number, "%zu", index);
	return import_item_done(im, item, (const struct json *const[]){probe, result}, 2,
	                        (const char *const[]){json_get_string(m->doc, "id", ""), m->type, m->target,
	                                              json_get_string(m->doc, "createdAt", ""), number}, 5, err);
}

int import_globalping(struct import *im, const struct json *record, struct err *err)
{
	const struct json *results = json_get(record, "results");
	struct measurement m = {.doc = record, .type = json_get_string(record, "type", NULL),
	                        .target = json_get_string(record, "target", NULL),
	                        .t_us = import_time(json_get_string(record, "createdAt", NULL))};
	size_t index = 0;
	int status = 0;

	if (m.type == NULL || m.target == NULL || results == NULL || results->type != JSON_ARRAY) {
		import_leave(im, "no Globalping measurement: type, target or results are missing");
		return 0;
	}
	if (strcmp(m.type, "http") != 0 && strcmp(m.type, "ping") != 0 && strcmp(m.type, "dns") != 0) {
		import_leave(im, "a measurement of type %.40s is not supported", m.type);
		return 0;
	}
	if (!import_moment(im, m.t_us))
		return 0;
	for (const struct json *r = results->child; status == 0 && r != NULL; r = r->next)
		status = read_result(im, &m, r, index++, err);
	return status;
}
