#include "probe/collectorapi.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/text.h"
#include "probe/gzip.h"
#include "schema/plan.h"

#define ANSWER_MAX 4096 /* of an answer to a POST: a line of JSON */
#define CA_MAX 65536    /* of the CA file */

struct collectorapi {
	CURL *easy;
	char *url, *ca_file, *bearer;
	char text[CURL_ERROR_SIZE];
};

int collectorapi_new(struct collectorapi **out, const char *url, const char *ca_file, const char *token,
                     struct err *err)
{
	struct collectorapi *c = calloc(1, sizeof *c);
	*out = NULL;
	if (c == NULL)
		return err_nomem(err);
	c->easy = curl_easy_init();
	c->url = strdup(url);
	bool want_ca = ca_file != NULL && ca_file[0] != '\0';
	c->ca_file = want_ca ? strdup(ca_file) : NULL;
	bool ok = c->easy != NULL && c->url != NULL && (c->ca_file != NULL || !want_ca);
	if (!ok || asprintf(&c->bearer, "Authorization: Bearer %s", token) < 0) {
		c->bearer = NULL;
		collectorapi_free(c);
		return err_nomem(err);
	}
	/* "https://host:8443/" and "https://host:8443" are one collector. */
	for (size_t n = strlen(c->url); n > 0 && c->url[n - 1] == '/'; n--)
		c->url[n - 1] = '\0';
	*out = c;
	return 0;
}

void collectorapi_free(struct collectorapi *c)
{
	if (c == NULL)
		return;
	curl_easy_cleanup(c->easy);
	free(c->url);
	free(c->ca_file);
	free(c->bearer);
	free(c);
}

void collectorapi_reply_free(struct collectorapi_reply *reply)
{
	buf_free(&reply->body);
}

static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
	struct buf *body = ctx;
	return buf_add(body, data, size * count) ? size * count : 0;
}

/* One request; `headers` is consumed. */
static int perform(struct collectorapi *c, const char *path, struct curl_slist *headers,
                   const struct buf *post, struct collectorapi_reply *reply, struct err *err)
{
	char url[2200];
	CURL *e = c->easy;
	snprintf(url, sizeof url, "%.2000s%s", c->url, path);
	curl_easy_reset(e); /* options only: the connection stays */
	c->text[0] = '\0';
	curl_easy_setopt(e, CURLOPT_URL, url);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "latlas-probe/" LATLAS_VERSION);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)COLLECTORAPI_CONNECT_MS);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)COLLECTORAPI_REQUEST_MS);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, c->text);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, &reply->body);
	if (c->ca_file != NULL) {
		curl_easy_setopt(e, CURLOPT_CAINFO, c->ca_file);
		curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	} else {
		/* The hashed folder alone: parsing the bundle would cost 20 ms a run. */
		curl_easy_setopt(e, CURLOPT_CAINFO, NULL);
	}
	if (post != NULL) {
		curl_easy_setopt(e, CURLOPT_POST, 1L);
		curl_easy_setopt(e, CURLOPT_POSTFIELDS, buf_str(post));
		curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)post->len);
	}
	CURLcode rc = curl_easy_perform(e);
	curl_off_t wait = 0;
	struct curl_header *etag = NULL, *ca = NULL;
	curl_easy_getinfo(e, CURLINFO_RESPONSE_CODE, &reply->status);
	curl_easy_getinfo(e, CURLINFO_RETRY_AFTER, &wait);
	reply->retry_after_s = wait;
	if (curl_easy_header(e, "ETag", 0, CURLH_HEADER, -1, &etag) == CURLHE_OK &&
	    strlen(etag->value) < sizeof reply->etag)
		snprintf(reply->etag, sizeof reply->etag, "%s", etag->value);
	if (curl_easy_header(e, "Latlas-Ca", 0, CURLH_HEADER, -1, &ca) == CURLHE_OK &&
	    strlen(ca->value) < sizeof reply->ca)
		snprintf(reply->ca, sizeof reply->ca, "%s", ca->value);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	/* A refusal stands whatever became of its page: too long, cut off, never ended; or if it came
	 * before all of ours was sent. */
	if (rc == CURLE_OK || reply->status >= 400)
		return 0;
	if (rc == CURLE_WRITE_ERROR)
		return err_set(err, LAT_UNAVAILABLE, "%s: an answer of more than %zu bytes", url, reply->body.limit);
	return err_set(err, LAT_UNAVAILABLE, "%s: %s", url,
	               c->text[0] != '\0' ? c->text : curl_easy_strerror(rc));
}

static bool add(struct curl_slist **list, const char *line)
{
	struct curl_slist *more = curl_slist_append(*list, line);
	if (more != NULL)
		*list = more;
	return more != NULL;
}

int collectorapi_get_plan(struct collectorapi *c, const char *etag, struct collectorapi_reply *reply,
                          struct err *err)
{
	struct curl_slist *headers = NULL;
	char line[STATE_ETAG + 32];
	*reply = (struct collectorapi_reply){0};
	buf_init(&reply->body, PLAN_MAX_BYTES);
	snprintf(line, sizeof line, "If-None-Match: %s", etag);
	bool ok = add(&headers, c->bearer) && add(&headers, "Accept: application/json") &&
	          (etag[0] == '\0' || add(&headers, line));
	if (!ok) {
		curl_slist_free_all(headers);
		return err_nomem(err);
	}
	return perform(c, "/v1/plan", headers, NULL, reply, err);
}

int collectorapi_get_ca(struct collectorapi *c, struct collectorapi_reply *reply, struct err *err)
{
	struct curl_slist *headers = NULL;
	*reply = (struct collectorapi_reply){0};
	buf_init(&reply->body, CA_MAX);
	if (!add(&headers, c->bearer))
		return err_nomem(err);
	return perform(c, "/v1/ca", headers, NULL, reply, err);
}

int collectorapi_post(struct collectorapi *c, const struct buf *batch, struct collectorapi_reply *reply,
                      struct err *err)
{
	struct curl_slist *headers = NULL;
	struct buf packed;
	char line[64];
	bool pack = batch->len >= GZIP_FROM;
	*reply = (struct collectorapi_reply){0};
	buf_init(&reply->body, ANSWER_MAX);
	buf_init(&packed, 0);
	int rc = pack ? gzip_pack(buf_str(batch), batch->len, &packed, err) : 0;
	/* The last thing before it goes: the collector takes it for the clocks' difference. */
	snprintf(line, sizeof line, "Latlas-Sent-Us: %" PRId64, wall_now().us);
	bool ok = rc == 0 && add(&headers, c->bearer) && add(&headers, "Content-Type: application/x-ndjson") &&
	          (!pack || add(&headers, "Content-Encoding: gzip")) && add(&headers, line) &&
	          add(&headers, "Expect:"); /* no round trip to ask whether we may */
	if (ok) {
		rc = perform(c, "/v1/batches", headers, pack ? &packed : batch, reply, err);
	} else {
		curl_slist_free_all(headers);
		rc = rc != 0 ? rc : err_nomem(err);
	}
	buf_free(&packed);
	return rc;
}

const char *collectorapi_said(const struct collectorapi_reply *reply, char *out, size_t size)
{
	snprintf(out, size, ": %s", buf_str(&reply->body));
	text_clean(out);
	out[text_cut(out, strlen(out))] = '\0';
	for (size_t n = strlen(out); n > 0 && strchr(": ", out[n - 1]) != NULL; n--)
		out[n - 1] = '\0';
	return out;
}
