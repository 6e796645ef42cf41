/* curl: lines of `curl -w '%{json}\n'` (curl 7.70 or newer), or the same with its time,
 *
 *     {"t":"2026-11-22T19:35:00Z","curl":{...}}
 *
 * as curl does not say when it ran. Equal lines that don't say so are so many visits: those that could
 * not even connect have no more to tell them apart than some microseconds. Source: curl(1), --write-out: its times are seconds since the
 * start, each including those before, so phases are differences; a phase that did not take place is 0. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "collector/import.h"
#include "lib/attr.h"
#include "lib/clock.h"

/* "t" beside "curl": RFC 3339, or seconds since 1970. */
static int64_t moment(const struct json *t)
{
	if (t != NULL && t->type == JSON_NUMBER && t->number >= 0 && t->number < 1e11)
		return llround(t->number * US_PER_S);
	return t != NULL && t->type == JSON_STRING ? import_time(t->string) : US_NONE;
}

/* to - from, both in seconds; US_NONE where the later did not take place. */
static int64_t step(double from, double to)
{
	return to > 0 ? import_us((to - from) * 1000) : US_NONE;
}

static void phases(struct sample *s, const struct json *j, const char *host)
{
	double lookup = import_number(j, "time_namelookup"), connect = import_number(j, "time_connect");
	double tls = import_number(j, "time_appconnect"), ask = import_number(j, "time_pretransfer");
	double first = import_number(j, "time_starttransfer"), total = import_number(j, "time_total");

	/* For an address there was nothing to look up, though curl gives its parsing a time. */
	s->dns_us = import_is_address(host) ? US_NONE : step(0, lookup);
	s->tcp_us = step(lookup, connect);
	s->tls_us = step(connect, tls);
	s->wait_us = step(ask, first);
	if (s->wait_us != US_NONE && strcasecmp(json_get_string(j, "method", "GET"), "HEAD") != 0)
		s->body_us = step(first, total);
}

/* curl's exit code, libcurl-errors(3), in NEL's names; curl's words tell more where it has any. */
static void failed(struct sample *s, int64_t code, const struct json *j)
{
	const char *text = json_get_string(j, "errormsg", NULL);
	double lookup = import_number(j, "time_namelookup"), connect = import_number(j, "time_connect");
	double tls = import_number(j, "time_pretransfer");

	switch (code) {
	case 6: import_failed(s, NULL, NEL_DNS_NAME_NOT_RESOLVED); break;
	case 7: import_failed(s, text, NEL_TCP_FAILED); break;
	case 16: case 92: case 95: import_failed(s, NULL, NEL_HTTP_PROTOCOL_ERROR); break;
	case 18: case 61: import_failed(s, NULL, NEL_HTTP_RESPONSE_INVALID); break;
	case 22: import_failed(s, NULL, NEL_HTTP_ERROR); break;
	case 28: /* out of time: in which phase? */
		import_failed(s, NULL, !(lookup > 0) ? NEL_DNS_UNREACHABLE : !(connect > 0) ? NEL_TCP_TIMED_OUT
		                       : !(tls > 0) ? NEL_TLS_FAILED : NEL_HTTP_FAILED);
		break;
	case 35: import_failed(s, NULL, NEL_TLS_FAILED); break;
	case 51: case 60: import_failed(s, text, NEL_TLS_CERT_INVALID); break;
	case 52: import_failed(s, NULL, NEL_TCP_CLOSED); break;
	case 55: case 56: import_failed(s, text, NEL_TCP_RESET); break;
	default: import_failed(s, text, NEL_UNKNOWN); break;
	}
}

/* Has a visit that succeeded all its times, in order? One that lacks a phase would be too quick. */
static const char *times(const struct json *j)
{
	static const char *const keys[] = {"time_namelookup", "time_connect", "time_appconnect", "time_pretransfer",
	                                   "time_starttransfer", "time_total"};
	double t[LAT_COUNT(keys)];

	for (size_t i = 0; i < LAT_COUNT(keys); i++) {
		t[i] = import_number(j, keys[i]);
		if (import_us(t[i] * 1000) == US_NONE)
			return "one of its times is missing, negative, no number or above a day";
	}
	/* Not tls: over QUIC, it and the connection are done at once. */
	return (t[1] > 0 && t[0] > t[1]) || (t[4] > 0 && t[3] > t[4]) || t[4] > t[5] ? "its times run backwards" : NULL;
}

/* What can't be a first visit, or none at all; NULL: it can. */
static const char *reason(const struct json *j, int64_t code, const char *url)
{
	if (url == NULL || code < 0 || isnan(import_number(j, "time_total")))
		return "not a line of curl -w '%{json}': url, exitcode or time_total is missing";
	if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0)
		return "not http or https";
	if (json_get_int(j, "num_redirects", 0) > 0)
		return "redirects were followed, and curl adds their times up: measure without -L";
	if (json_get_int(j, "http_connect", 0) != 0 || json_get_int(j, "proxy_used", 0) != 0 || code == 5 || code == 97)
		return "through a proxy";
	/* 1 to 4, 23, 26, 27, 43: curl itself could not (protocol, its file, memory). */
	if ((code >= 1 && code <= 4) || code == 23 || code == 26 || code == 27 || code == 43)
		return "curl itself failed, not the measurement";
	if (code == 0 && json_get_int(j, "num_connects", 1) == 0)
		return "on a connection that was open already: no first visit";
	return code == 0 ? times(j) : NULL;
}

static const char *http_version(const char *version)
{
	if (strcmp(version, "1") == 0)
		return "1.0"; /* so curl calls it */
	return strcmp(version, "1.1") == 0 || strcmp(version, "2") == 0 || strcmp(version, "3") == 0 ? version : NULL;
}

/* %{certs} (curl 7.88) holds the chain's PEM, the server's own first. */
static bool add_audit(struct import_item *item, const struct json *j, const struct sample *s)
{
	const char *pem = strstr(json_get_string(j, "certs", ""), "-----BEGIN CERTIFICATE-----");
	struct audit *a = pem == NULL ? NULL : import_item_audit(item, s->t_us);

	if (pem == NULL)
		return true;
	if (a == NULL)
		return false;
	import_audit_of(a, s);
	a->chain = json_get_int(j, "ssl_verify_result", 0) == 0 ? "ok" : "not verified";
	if (!import_certificate(item, pem, a))
		item->batch.audits.len--;
	return true;
}

static bool read_visit(struct import *im, struct import_item *item, const struct json *j, const char *url,
                       int64_t code, struct sample *s)
{
	struct plan_url parsed;
	struct import_what what = {.url = url, .addr = json_get_string(j, "remote_ip", NULL)};
	bool ok = true;

	if (what.addr != NULL && what.addr[0] == '\0')
		what.addr = NULL;
	if (plan_url_parse(&item->batch.arena, url, &parsed, NULL) == 0)
		what.host = parsed.host;
	if (!import_item_name(item, "curl.", im->s->vantage.name) || !import_target(im, item, s, &what))
		return false;
	phases(s, j, what.host == NULL ? "" : what.host);
	s->status = json_get_int(j, "response_code", 0);
	if (s->status < 100 || s->status > 999)
		s->status = US_NONE;
	int64_t bytes = json_get_int(j, "size_download", US_NONE);
	s->bytes = bytes >= 0 && s->status != US_NONE ? bytes : US_NONE;
	s->http = import_text(item, http_version(json_get_string(j, "http_version", "")), &ok);
	if (code != 0)
		failed(s, code, j);
	else
		ok = ok && import_status(im, item, s, json_get_string(j, "redirect_url", NULL));
	return ok && add_audit(item, j, s);
}

static bool set_place(const struct import *im, struct import_item *item)
{
	const struct probe_row *told = &im->s->vantage;
	struct probe_row *v = &item->vantage;
	bool ok = true;

	v->country = import_text(item, told->country, &ok);
	v->city = import_text(item, told->city, &ok);
	v->lat = told->lat;
	v->lon = told->lon;
	v->place_source = told->country != NULL ? "import" : NULL;
	return ok;
}

int import_curl(struct import *im, const struct json *record, struct err *err)
{
	const struct json *wrapped = json_get(record, "curl"), *j = wrapped != NULL ? wrapped : record;
	const char *url = json_get_string(j, "url_effective", json_get_string(j, "url", NULL));
	int64_t code = json_get_int(j, "exitcode", -1), t_us = im->at_us;
	const char *why = reason(j, code, url);
	char at[WALL_TEXT] = "";

	if (why != NULL) {
		import_leave(im, "%s", why);
		return 0;
	}
	if (wrapped != NULL)
		t_us = moment(json_get(record, "t"));
	if (!import_moment(im, t_us))
		return 0;
	struct import_item *item = import_item_new(im);
	struct sample *s = item == NULL ? NULL : import_item_sample(item, t_us);
	if (s == NULL || !read_visit(im, item, j, url, code, s) || !set_place(im, item)) {
		import_item_free(item);
		return err_nomem(err);
	}
	item->repeats = wrapped == NULL;
	im->counts.untimed += wrapped == NULL;
	if (wrapped == NULL && im->s->at_told)
		wall_format((struct wall){im->s->at_us}, at);
	return import_item_done(im, item, &record, 1, (const char *const[]){at}, 1, err);
}
