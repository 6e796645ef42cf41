#include "collector/pki.h"

#include "tests/check.h"

#define DAY ((int64_t)86400 * US_PER_S)

static struct problems problems;

/* What is wrong, as one string; "" for nothing. */
static const char *checked(const struct pki *a, const struct buf *ca, const char *host, int64_t now_us)
{
	static char out[2048];
	const struct pki_files names = {"cert", "key", "ca"};
	problems_free(&problems);
	problems = (struct problems){0};
	pki_check(&names, a->leaf_cert.len > 0 ? &a->leaf_cert : NULL, &a->leaf_key, ca, host, (struct wall){now_us}, &problems);
	out[0] = '\0';
	for (size_t i = 0; i < problems.list.len; i++)
		snprintf(out + strlen(out), sizeof out - strlen(out), "%s|", problems.list.at[i].text);
	return out;
}

int main(void)
{
	struct err err = {0};
	struct pki a = {0}, b = {0}, six = {0};
	const int64_t now = (int64_t)1795372800 * US_PER_S; /* 2026-11-22T20:00:00Z or so: any day will do */

	CHECK_CASE("made for a name, it is good for that name");
	CHECK_INT(pki_make(&a, "collector.example.net", (struct wall){now}, &err), 0);
	CHECK_STR(checked(&a, &a.ca_cert, "collector.example.net", now), "");
	CHECK_STR(checked(&a, NULL, NULL, now), "");
	CHECK_CONTAINS(checked(&a, &a.ca_cert, "example.net", now), "cert: is not for 'example.net'");

	CHECK_CASE("made for an address");
	CHECK_INT(pki_make(&six, "2001:db8::1", (struct wall){now}, &err), 0);
	CHECK_STR(checked(&six, &six.ca_cert, "2001:db8::1", now), "");
	CHECK_CONTAINS(checked(&six, &six.ca_cert, "2001:db8::2", now), "is not for");

	CHECK_CASE("two years of life, an hour before it too");
	CHECK_STR(checked(&a, &a.ca_cert, NULL, now + 730 * DAY), "");
	CHECK_CONTAINS(checked(&a, &a.ca_cert, NULL, now + 732 * DAY), "cert: expired on 2028-11-22T");
	CHECK_STR(checked(&a, &a.ca_cert, NULL, now - DAY / 25), "");
	CHECK_CONTAINS(checked(&a, &a.ca_cert, NULL, now - DAY), "cert: not valid before");

	CHECK_CASE("another CA, another key");
	CHECK_INT(pki_make(&b, "collector.example.net", (struct wall){now}, &err), 0);
	CHECK_STR(checked(&a, &b.ca_cert, NULL, now), "cert: is not signed by ca, the CA that probes get|");
	struct pki mixed = {.leaf_cert = a.leaf_cert, .leaf_key = b.leaf_key};
	CHECK_CONTAINS(checked(&mixed, NULL, NULL, now), "key: does not go with cert");

	CHECK_CASE("what is no certificate");
	struct pki rubbish = {.leaf_cert = a.leaf_key, .leaf_key = a.leaf_key};
	CHECK_CONTAINS(checked(&rubbish, NULL, NULL, now), "cert: not a certificate");
	CHECK_CONTAINS(checked(&a, &a.leaf_key, NULL, now), "ca: holds no certificate");

	CHECK_CASE("each is looked at, whatever is wrong with the others");
	const struct pki none_right = {.leaf_cert = a.leaf_key, .leaf_key = a.leaf_cert};
	const char *all = checked(&none_right, &a.leaf_key, NULL, now);
	CHECK_CONTAINS(all, "cert: not a certificate");
	CHECK_CONTAINS(all, "key: not a key");
	CHECK_CONTAINS(all, "ca: holds no certificate");
	const struct pki unread = {.leaf_key = a.leaf_cert};
	all = checked(&unread, &a.leaf_key, NULL, now);
	CHECK_CONTAINS(all, "key: not a key");
	CHECK_CONTAINS(all, "ca: holds no certificate");

	CHECK_CASE("hosts that are none");
	static const char *const wrong[] = {"", "a b", ".example", "-x", "a/b", "\xc3\xa4.example"};
	for (size_t i = 0; i < LAT_COUNT(wrong); i++) {
		struct pki none = {0};
		CHECK_INT(pki_make(&none, wrong[i], (struct wall){now}, &err), LAT_USAGE);
		pki_free(&none);
	}
	pki_free(&a);
	pki_free(&b);
	pki_free(&six);
	problems_free(&problems);
	return check_done();
}
