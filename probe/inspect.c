#include "probe/inspect.h"

#include <openssl/evp.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"
#include "lib/clock.h"
#include "probe/certfacts.h"

/* Headers that tell how a response was made, kept and sent. As they are named in an audit. */
static const char *const kept[] = {
	"accept-ranges", "age", "alt-svc", "cache-control", "cache-status", "cf-ray", "content-encoding",
	"content-language", "content-length", "content-type", "date", "etag", "expires", "last-modified",
	"location", "server", "server-timing", "strict-transport-security", "vary", "via", "x-cache",
	"x-served-by",
};

#define AGE_MOST INT32_MAX /* RFC 9111, 1.2.2 */
#define DATE_MOST_S INT64_C(7258118400) /* 2200: libcurl takes a year of nine digits, too */
#define SAME_MOST 4         /* lines of one name */

struct inspect {
	struct arena *arena;
	int64_t limit, hashed;
	EVP_MD_CTX *md;
	bool hashing, no_memory;
	int64_t answered_us;     /* wall clock; 0: no answer */
	int64_t skew_us;         /* US_NONE: not known */
	bool have_cert;
	struct certfacts cert;
	const char *chain;       /* OpenSSL's own text, or "ok" */
	const char *etag;
	struct { const char *name, *value; } headers[LAT_COUNT(kept) * SAME_MOST];
	size_t header_count;
};

struct inspect *inspect_new(void)
{
	struct inspect *n = calloc(1, sizeof *n);
	if (n != NULL)
		n->md = EVP_MD_CTX_new();
	if (n != NULL && n->md == NULL) {
		free(n);
		return NULL;
	}
	return n;
}

void inspect_free(struct inspect *n)
{
	if (n == NULL)
		return;
	EVP_MD_CTX_free(n->md);
	free(n);
}

void inspect_begin(struct inspect *n, struct arena *arena, int64_t limit)
{
	EVP_MD_CTX *md = n->md;
	*n = (struct inspect){ .arena = arena, .limit = limit, .md = md, .skew_us = US_NONE };
	n->hashing = EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1;
}

void inspect_cert(struct inspect *n, X509 *leaf, int verify)
{
	n->chain = verify == X509_V_OK ? "ok" : X509_verify_cert_error_string(verify);
	if (leaf == NULL)
		return;
	n->have_cert = certfacts_read(&n->cert, leaf, n->arena);
	n->no_memory |= !n->have_cert;
}

void inspect_answered(struct inspect *n)
{
	n->answered_us = wall_now().us;
}

void inspect_body(struct inspect *n, const void *data, size_t len)
{
	if (n->limit > 0 && (int64_t)len > n->limit - n->hashed)
		len = (size_t)(n->limit - n->hashed);
	n->hashed += (int64_t)len;
	if (n->hashing)
		n->hashing = EVP_DigestUpdate(n->md, data, len) == 1;
}

int64_t inspect_skew_us(const char *date, const char *age, int64_t now_us)
{
	time_t t = date == NULL ? -1 : curl_getdate(date, NULL);
	if (t < 0 || t > DATE_MOST_S)
		return US_NONE;
	int64_t old = 0;
	if (age != NULL) {
		char *end;
		old = strtoll(age, &end, 10);
		if (end == age || *end != '\0' || old < 0 || old > AGE_MOST)
			old = 0;
	}
	int64_t skew = (int64_t)t * US_PER_S + US_PER_S / 2 - now_us, aged = skew + old * US_PER_S;
	if (llabs(aged) < llabs(skew))
		skew = aged;
	return skew == US_NONE ? 0 : skew;
}

static const char *keep(struct inspect *n, const char *name, const char *value)
{
	const char *copy = arena_str(n->arena, value);
	n->no_memory |= copy == NULL;
	n->headers[n->header_count].name = name;
	n->headers[n->header_count++].value = copy;
	return copy;
}

void inspect_head(struct inspect *n, CURL *easy)
{
	const char *date = NULL, *age = NULL;
	for (size_t i = 0; i < LAT_COUNT(kept); i++) {
		struct curl_header *h = NULL;
		size_t amount = 1;
		for (size_t k = 0; k < amount && k < SAME_MOST; k++) {
			if (curl_easy_header(easy, kept[i], k, CURLH_HEADER, -1, &h) != CURLHE_OK)
				break;
			amount = h->amount;
			const char *value = keep(n, kept[i], h->value);
			if (strcmp(kept[i], "date") == 0)
				date = value;
			else if (strcmp(kept[i], "age") == 0)
				age = value;
			else if (strcmp(kept[i], "etag") == 0)
				n->etag = value;
		}
	}
	if (n->answered_us != 0)
		n->skew_us = inspect_skew_us(date, age, n->answered_us);
}

bool inspect_fill(struct inspect *n, bool whole, struct audit *out)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	out->etag = n->etag;
	out->chain = n->chain;
	if (n->have_cert) {
		out->cert_sha256 = n->cert.sha256;
		out->cert_subject = n->cert.subject;
		out->cert_issuer = n->cert.issuer;
		out->cert_names = n->cert.names;
		out->cert_not_before = n->cert.not_before;
		out->cert_not_after = n->cert.not_after;
	}
	out->clock_skew_us = n->skew_us;
	for (size_t i = 0; i < n->header_count; i++) {
		struct audit_header *h = vec_add(&out->headers);
		if (h == NULL)
			return false;
		*h = (struct audit_header){ .name = n->headers[i].name, .value = n->headers[i].value };
	}
	if (whole && n->hashing) {
		n->hashing = false;
		if (EVP_DigestFinal_ex(n->md, digest, NULL) == 1)
			n->no_memory |= (out->sha256 = certfacts_hex(n->arena, digest)) == NULL;
	}
	return !n->no_memory;
}
