#include "probe/fetch_impl.h"

#include <string.h>

#include "probe/failure.h"
#include "probe/response.h"

static int64_t moment(CURL *easy, CURLINFO info)
{
	curl_off_t t = 0;
	curl_easy_getinfo(easy, info, &t);
	return t;
}

static const char *http_name(CURL *easy)
{
	long version = 0;
	curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
	switch (version) {
	case CURL_HTTP_VERSION_1_0: return "1.0";
	case CURL_HTTP_VERSION_1_1: return "1.1";
	case CURL_HTTP_VERSION_2_0: return "2";
	case CURL_HTTP_VERSION_3: return "3";
	default: return NULL;
	}
}

/* From one moment to the other, but not longer than libcurl says; what it says where one of
 * them is not known. */
static int64_t span_us(struct mono from, struct mono to, int64_t most)
{
	int64_t us = from.ns == 0 || to.ns == 0 ? most : mono_diff_us(from, to);
	return us < 0 || us > most ? most : us;
}

/* Fills the phases; false if libcurl's times are not in their order, or a connection was
 * not this request's own: then none of them can be believed. */
static bool read_phases(struct fetch *f, CURLcode code, bool complete)
{
	struct fetch_result *r = &f->result;
	bool https = f->request.url->https, quic = fetch_is_quic(&f->request);
	if (f->again) { /* libcurl's times are of two beginnings; ours are of the first */
		r->tcp_us = quic ? US_NONE : mono_diff_us(f->opened, f->connected);
		r->tls_us = f->tls->done ? mono_diff_us(f->tls->hello, f->tls->finished) : US_NONE;
		return true;
	}
	int64_t lookup = moment(f->easy, CURLINFO_NAMELOOKUP_TIME_T);
	int64_t connect = moment(f->easy, CURLINFO_CONNECT_TIME_T);
	int64_t app = moment(f->easy, CURLINFO_APPCONNECT_TIME_T);
	int64_t pre = moment(f->easy, CURLINFO_PRETRANSFER_TIME_T);
	int64_t first = moment(f->easy, CURLINFO_STARTTRANSFER_TIME_T);
	int64_t total = moment(f->easy, CURLINFO_TOTAL_TIME_T);
	if (quic) /* its handshake is TLS's (RFC 9001, 4), and no other goes before it */
		connect = lookup;
	else if (connect > 0)
		r->tcp_us = span_us(f->opened, f->connected, connect - lookup);
	else if (f->tls->begun && f->connected.ns != 0) /* libcurl 7.88 forgets it when the handshake fails */
		r->tcp_us = mono_diff_us(f->opened, f->connected);
	if (https && app > 0)
		r->tls_us = span_us(f->tls->hello, f->tls->finished, app - connect);
	/* What is no HTTP has a first byte, too, but later versions of libcurl don't say when. */
	if (first == 0 && code == CURLE_UNSUPPORTED_PROTOCOL) {
		f->first = f->last;
		first = total;
	}
	/* libcurl takes the end of the stream for a first byte. */
	if (first > 0 && code != CURLE_GOT_NOTHING)
		r->wait_us = span_us(f->tls->sent.ns != 0 ? f->tls->sent : f->asked, f->first, first - pre);
	if (complete)
		r->body_us = span_us(f->first, f->last, total - first);
	if (!complete)
		return true;
	long connects = 0;
	curl_easy_getinfo(f->easy, CURLINFO_NUM_CONNECTS, &connects);
	return connects == 1 && lookup <= connect && (!https || connect <= app) && connect <= pre &&
	       (!https || app <= pre) && pre <= first && first <= total;
}

static void forget_phases(struct fetch_result *r)
{
	r->tcp_us = r->tls_us = r->wait_us = r->body_us = US_NONE;
}

/* A host without a clock that outlives its power starts in 1970, or when its system was made. */
static bool clock_is_wrong(void)
{
	return wall_now().us < FETCH_EARLIEST_S * US_PER_S;
}

static enum nel_type failure(const struct fetch *f, CURLcode code)
{
	/* Libcurl keeps OpenSSL's reason only in its text, and nghttp2's. An end without TLS's own is the peer's. */
	bool eof = strstr(f->text, "unexpected eof") != NULL;
	if (f->refused != NULL)
		return NEL_TCP_ADDRESS_INVALID;
	if (f->again)
		return NEL_HTTP_PROTOCOL_ERROR;
	struct failure_facts facts = {
		.code = code, .https = f->request.url->https,
		.connected = fetch_is_quic(&f->request) || f->result.tcp_us != US_NONE, .handshake = f->tls->done,
		.secured = f->result.tls_us != US_NONE, .answered = f->result.wait_us != US_NONE,
		.http2 = f->tls->http2, .clock_wrong = clock_is_wrong(),
		.alert = f->tls->alert, .peer_closed = f->tcp.peer_closed || eof,
		.nonsense = code == CURLE_HTTP2 ? f->text[0] != '\0' : strstr(f->text, "SSL routines") != NULL && !eof,
	};
	long os_errno = 0;
	curl_easy_getinfo(f->easy, CURLINFO_OS_ERRNO, &os_errno);
	curl_easy_getinfo(f->easy, CURLINFO_SSL_VERIFYRESULT, &facts.verify);
	facts.os_errno = f->socket_errno != 0 ? f->socket_errno : (int)os_errno;
	return failure_type(&facts);
}

void fetch_fill_result(struct fetch *f, CURLcode code)
{
	struct fetch_result *r = &f->result;
	bool complete = code == CURLE_OK || (code == CURLE_WRITE_ERROR && f->cut);
	*r = (struct fetch_result){
		.tcp_us = US_NONE, .tls_us = US_NONE, .wait_us = US_NONE, .body_us = US_NONE,
		.min_rtt_us = f->tcp.min_rtt_us, .syn_rtt_us = f->syn.rtt_us, .retrans = f->tcp.retrans,
		.status = US_NONE, .bytes = US_NONE, .age_s = US_NONE, .http = http_name(f->easy),
		.cert_not_after = f->tls->cert_not_after,
		.over_budget = f->over_budget,
		.detail = f->refused != NULL ? f->refused
		          : f->again         ? "the server refused the request: try another connection" : f->text,
		.inspect = f->request.inspect,
	};
	bool sane = read_phases(f, code, complete);
	memcpy(r->tls, f->tls->version, sizeof r->tls);
	long status = 0;
	curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status > 0) {
		r->status = status;
		r->bytes = f->bytes;
		response_read(f->easy, f->request.edge_header, r);
		if (f->request.inspect != NULL)
			inspect_head(f->request.inspect, f->easy);
	} else {
		r->http = NULL;
	}
	if (!complete) {
		r->error = failure(f, code);
	} else if (!sane) {
		forget_phases(r);
		r->error = NEL_LOCAL_FAILED;
		r->detail = "the times of this connection contradict each other";
	}
}
