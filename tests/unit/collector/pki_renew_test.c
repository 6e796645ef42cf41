#include "collector/pki_renew.h"

#include "schema/sample.h"
#include "tests/check.h"

#define DAY ((int64_t)86400 * US_PER_S)

static const int64_t now = (int64_t)1795372800 * US_PER_S;
static struct problems problems;

static struct pki_dates dates(const struct pki *p, const struct buf *ca_key, int64_t at_us)
{
	struct err err = {0};
	struct pki_dates d;
	CHECK_INT(pki_dates(&p->leaf_cert, &p->leaf_key, &p->ca_cert, ca_key, (struct wall){at_us}, &d, &err), 0);
	return d;
}

/* What pki_check() says of a certificate, its key and a CA file; "" for nothing. */
static const char *wrong(const struct buf *cert, const struct buf *key, const struct buf *ca, int64_t at_us)
{
	static char out[2048];
	const struct pki_files names = {"cert", "key", "ca"};
	problems_free(&problems);
	problems = (struct problems){0};
	pki_check(&names, cert, key, ca, "collector.example.net", (struct wall){at_us}, &problems);
	out[0] = '\0';
	for (size_t i = 0; i < problems.list.len; i++)
		snprintf(out + strlen(out), sizeof out - strlen(out), "%s|", problems.list.at[i].text);
	return out;
}

static int count(const struct buf *pem)
{
	int n = 0;
	for (const char *at = buf_str(pem); (at = strstr(at, "BEGIN CERTIFICATE")) != NULL; at++)
		n++;
	return n;
}

int main(void)
{
	struct err err = {0};
	struct pki a = {0}, b = {0};
	struct buf cert = {0};
	struct pki_new_ca n = {0};
	CHECK_INT(pki_make(&a, "collector.example.net", (struct wall){now}, &err), 0);
	CHECK_INT(pki_make(&b, "collector.example.net", (struct wall){now}, &err), 0);

	CHECK_CASE("due in the last third of 731 days: 243 are left after 488");
	struct pki_dates d = dates(&a, &a.ca_key, now);
	CHECK(d.ours && !d.due && !d.ca_ends);
	CHECK_INT(d.until_us, now + 731 * DAY);
	CHECK_INT(d.ca_until_us, now + 3652 * DAY);
	CHECK(!dates(&a, &a.ca_key, now + 486 * DAY).due);
	CHECK(dates(&a, &a.ca_key, now + 488 * DAY).due);
	CHECK(dates(&a, &a.ca_key, now + 800 * DAY).due);

	CHECK_CASE("without the CA's key, or with another's, it is not ours");
	d = dates(&a, NULL, now + 700 * DAY);
	CHECK(!d.ours && !d.due);
	CHECK_INT(d.ca_until_us, now + 3652 * DAY); /* of the CA all the same */
	CHECK(!dates(&a, &b.ca_key, now).ours);
	CHECK(!dates(&a, &a.ca_cert, now).ours);
	struct pki mixed = {.leaf_cert = a.leaf_cert, .leaf_key = a.leaf_key, .ca_cert = b.ca_cert};
	CHECK(!dates(&mixed, &b.ca_key, now).ours);
	CHECK_INT(dates(&mixed, &b.ca_key, now).ca_until_us, US_NONE);
	CHECK_INT(pki_renew_leaf(&mixed.leaf_cert, &a.leaf_key, &b.ca_cert, &b.ca_key, (struct wall){now}, &cert,
	                         &err),
	          LAT_CONFIG);
	CHECK_CONTAINS(err.text, "yours to renew");

	CHECK_CASE("a key that isn't the certificate's: nothing is signed for it");
	mixed = (struct pki){.leaf_cert = a.leaf_cert, .leaf_key = b.leaf_key, .ca_cert = a.ca_cert};
	CHECK(!dates(&mixed, &a.ca_key, now + 700 * DAY).due);
	CHECK_INT(pki_renew_leaf(&a.leaf_cert, &b.leaf_key, &a.ca_cert, &a.ca_key, (struct wall){now}, &cert, &err),
	          LAT_CONFIG);
	CHECK_CONTAINS(err.text, "key is not its certificate's");

	CHECK_CASE("renewed: the same name and key, two years, the same CA");
	int64_t later = now + 600 * DAY;
	CHECK_INT(pki_renew_leaf(&a.leaf_cert, &a.leaf_key, &a.ca_cert, &a.ca_key, (struct wall){later}, &cert, &err), 0);
	CHECK_STR(wrong(&cert, &a.leaf_key, &a.ca_cert, later + 730 * DAY), "");
	CHECK_CONTAINS(wrong(&cert, &a.leaf_key, &a.ca_cert, later + 732 * DAY), "expired");
	CHECK_INT(count(&cert), 1);

	CHECK_CASE("near the CA's end: no longer than the CA, 90 days before which it ends");
	buf_clear(&cert);
	later = now + 3600 * DAY;
	CHECK(dates(&a, &a.ca_key, later).ca_ends);
	CHECK(!dates(&a, &a.ca_key, now + 3561 * DAY).ca_ends);
	CHECK_INT(pki_renew_leaf(&a.leaf_cert, &a.leaf_key, &a.ca_cert, &a.ca_key, (struct wall){later}, &cert, &err), 0);
	mixed = (struct pki){.leaf_cert = cert, .leaf_key = a.leaf_key, .ca_cert = a.ca_cert};
	d = dates(&mixed, &a.ca_key, later + 50 * DAY);
	CHECK_INT(d.until_us, now + 3652 * DAY);
	CHECK(!d.due); /* it could gain nothing */

	/* Who has the old one only is OpenSSL, in the probe: tests/cli/operate_test. (GnuTLS counts a
	 * certificate "new with old" in the path's length, which RFC 5280, 4.2.1.9, excludes.) */
	CHECK_CASE("a new CA: who has the new one only, or both, finds the way");
	later = now + 3000 * DAY;
	CHECK_INT(pki_renew_ca(&a.leaf_cert, &a.leaf_key, &a.ca_cert, &a.ca_key, (struct wall){later}, &n, &err), 0);
	CHECK_INT(count(&n.ca), 2);
	CHECK_INT(count(&n.cert), 2);
	CHECK_STR(wrong(&n.cert, &a.leaf_key, &n.ca, later), "");
	struct buf alone = {0};
	const char *second = strstr(strstr(buf_str(&n.ca), "BEGIN") + 1, "-----BEGIN");
	buf_add(&alone, n.ca.data, (size_t)(second - n.ca.data));
	CHECK_STR(wrong(&n.cert, &a.leaf_key, &alone, later), "");
	CHECK_CONTAINS(wrong(&n.cert, &a.leaf_key, &b.ca_cert, later), "not signed by");

	CHECK_CASE("renewals afterwards are by the new CA, and carry on what vouches for it, until it ends");
	buf_clear(&cert);
	later = now + 3500 * DAY;
	CHECK_INT(pki_renew_leaf(&n.cert, &a.leaf_key, &n.ca, &n.ca_key, (struct wall){later}, &cert, &err), 0);
	CHECK_INT(count(&cert), 2);
	CHECK_STR(wrong(&cert, &a.leaf_key, &alone, later), "");
	buf_clear(&cert);
	later = now + 3700 * DAY;
	CHECK_INT(pki_renew_leaf(&n.cert, &a.leaf_key, &n.ca, &n.ca_key, (struct wall){later}, &cert, &err), 0);
	CHECK_INT(count(&cert), 1);

	CHECK_CASE("cut off behind the certificate, before the CA's key: the old CA still renews");
	mixed = (struct pki){.leaf_cert = n.cert, .leaf_key = a.leaf_key, .ca_cert = n.ca};
	CHECK(dates(&mixed, &a.ca_key, now + 3000 * DAY).ours);
	CHECK_INT(dates(&mixed, &n.ca_key, now + 3000 * DAY).ca_until_us, now + 6652 * DAY);

	CHECK_CASE("what is none");
	CHECK_INT(pki_dates(&a.leaf_key, &a.leaf_key, &a.ca_cert, NULL, (struct wall){now}, &d, &err), LAT_CONFIG);
	CHECK_INT(pki_dates(&a.leaf_cert, &a.leaf_key, &a.leaf_key, NULL, (struct wall){now}, &d, &err), LAT_CONFIG);
	buf_free(&alone);
	buf_free(&cert);
	pki_new_ca_free(&n);
	pki_free(&a);
	pki_free(&b);
	problems_free(&problems);
	return check_done();
}
