#include "collector/pki_impl.h"

#include <arpa/inet.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* A probe's clock may be a little behind when it first calls. */
#define BACKDATE_S 3600

int pki_failed(struct err *err, const char *what, int rc)
{
	return err_set(err, LAT_SOFTWARE, "%s: %s", what, gnutls_strerror(rc));
}

/* 16 random bytes, the first bit clear: a positive number (RFC 5280, 4.1.2.2). */
static int set_serial(gnutls_x509_crt_t crt)
{
	unsigned char serial[16];
	int rc = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial);
	if (rc != 0)
		return rc;
	serial[0] = (unsigned char)((serial[0] & 0x7f) | 0x40);
	return gnutls_x509_crt_set_serial(crt, serial, sizeof serial);
}

static int set_common(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, const char *name, time_t now,
                      time_t until)
{
	unsigned char id[64];
	size_t size = sizeof id;
	int rc = gnutls_x509_crt_set_version(crt, 3);
	if (rc == 0)
		rc = gnutls_x509_crt_set_key(crt, key);
	if (rc == 0)
		rc = set_serial(crt);
	if (rc == 0)
		rc = gnutls_x509_crt_set_activation_time(crt, now - BACKDATE_S);
	if (rc == 0)
		rc = gnutls_x509_crt_set_expiration_time(crt, until);
	if (rc == 0)
		rc = gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, name,
		                                   (unsigned)strlen(name));
	if (rc == 0)
		rc = gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, id, &size);
	if (rc == 0)
		rc = gnutls_x509_crt_set_subject_key_id(crt, id, size);
	return rc;
}

static int set_san(gnutls_x509_crt_t leaf, const char *host)
{
	unsigned char addr[16];
	if (inet_pton(AF_INET, host, addr) == 1)
		return gnutls_x509_crt_set_subject_alt_name(leaf, GNUTLS_SAN_IPADDRESS, addr, 4,
		                                            GNUTLS_FSAN_SET);
	if (inet_pton(AF_INET6, host, addr) == 1)
		return gnutls_x509_crt_set_subject_alt_name(leaf, GNUTLS_SAN_IPADDRESS, addr, 16,
		                                            GNUTLS_FSAN_SET);
	return gnutls_x509_crt_set_subject_alt_name(leaf, GNUTLS_SAN_DNSNAME, host, (unsigned)strlen(host),
	                                            GNUTLS_FSAN_SET);
}

struct maker {
	gnutls_x509_privkey_t ca_key, leaf_key;
	gnutls_x509_crt_t ca, leaf;
};

int pki_make_key(gnutls_x509_privkey_t *key, struct err *err)
{
	int rc = gnutls_x509_privkey_init(key);
	if (rc == 0)
		rc = gnutls_x509_privkey_generate(*key, GNUTLS_PK_ECDSA,
		                                  GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	return rc == 0 ? 0 : pki_failed(err, "making a P-256 key", rc);
}

static int set_authority(gnutls_x509_crt_t crt, gnutls_x509_crt_t by)
{
	unsigned char id[64];
	size_t size = sizeof id;
	int rc = gnutls_x509_crt_get_subject_key_id(by, id, &size, NULL);
	return rc == 0 ? gnutls_x509_crt_set_authority_key_id(crt, id, size) : rc;
}

int pki_make_ca(gnutls_x509_crt_t *ca, gnutls_x509_privkey_t key, const char *name, time_t now, time_t until,
                gnutls_x509_crt_t by, gnutls_x509_privkey_t by_key, struct err *err)
{
	int rc = gnutls_x509_crt_init(ca);
	if (rc == 0)
		rc = set_common(*ca, key, name, now, until);
	if (rc == 0)
		rc = gnutls_x509_crt_set_basic_constraints(*ca, 1, 0);
	if (rc == 0)
		rc = gnutls_x509_crt_set_key_usage(*ca, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN);
	if (rc == 0 && by != NULL)
		rc = set_authority(*ca, by);
	if (rc == 0)
		rc = gnutls_x509_crt_sign2(*ca, by != NULL ? by : *ca, by != NULL ? by_key : key,
		                           GNUTLS_DIG_SHA256, 0);
	return rc == 0 ? 0 : pki_failed(err, "making the CA's certificate", rc);
}

int pki_begin_leaf(gnutls_x509_crt_t *leaf, gnutls_x509_privkey_t key, const char *name, time_t now,
                   time_t until, struct err *err)
{
	int rc = gnutls_x509_crt_init(leaf);
	if (rc == 0)
		rc = set_common(*leaf, key, name, now, until);
	if (rc == 0)
		rc = gnutls_x509_crt_set_basic_constraints(*leaf, 0, -1);
	if (rc == 0)
		rc = gnutls_x509_crt_set_key_usage(*leaf, GNUTLS_KEY_DIGITAL_SIGNATURE);
	if (rc == 0)
		rc = gnutls_x509_crt_set_key_purpose_oid(*leaf, GNUTLS_KP_TLS_WWW_SERVER, 0);
	return rc == 0 ? 0 : pki_failed(err, "making the collector's certificate", rc);
}

int pki_sign_leaf(gnutls_x509_crt_t leaf, gnutls_x509_crt_t ca, gnutls_x509_privkey_t ca_key, struct err *err)
{
	int rc = set_authority(leaf, ca);
	if (rc == 0)
		rc = gnutls_x509_crt_sign2(leaf, ca, ca_key, GNUTLS_DIG_SHA256, 0);
	return rc == 0 ? 0 : pki_failed(err, "signing the collector's certificate", rc);
}

/* Move what GnuTLS allocated into `out`, and wipe it there. */
static int take(struct buf *out, gnutls_datum_t *pem, int rc, struct err *err)
{
	if (rc != 0)
		return pki_failed(err, "writing PEM", rc);
	bool added = buf_add(out, pem->data, pem->size);
	gnutls_memset(pem->data, 0, pem->size);
	gnutls_free(pem->data);
	return added ? 0 : err_nomem(err);
}

int pki_export_cert(gnutls_x509_crt_t crt, struct buf *out, struct err *err)
{
	gnutls_datum_t pem = {0};
	int rc = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem);
	return take(out, &pem, rc, err);
}

int pki_export_key(gnutls_x509_privkey_t key, struct buf *out, struct err *err)
{
	gnutls_datum_t pem = {0};
	int rc = gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &pem);
	return take(out, &pem, rc, err);
}

static int export_all(const struct maker *m, struct pki *out, struct err *err)
{
	int rc = pki_export_cert(m->ca, &out->ca_cert, err);
	if (rc == 0)
		rc = pki_export_cert(m->leaf, &out->leaf_cert, err);
	if (rc == 0)
		rc = pki_export_key(m->ca_key, &out->ca_key, err);
	return rc == 0 ? pki_export_key(m->leaf_key, &out->leaf_key, err) : rc;
}

static int make_certs(struct maker *m, const char *host, time_t t, struct err *err)
{
	char name[PKI_NAME];
	snprintf(name, sizeof name, PKI_CA_NAME "%s", host);
	int rc = pki_make_ca(&m->ca, m->ca_key, name, t, t + (time_t)PKI_CA_DAYS * 86400, NULL, NULL, err);
	snprintf(name, sizeof name, "%s", host); /* for people; the alternative name is what counts */
	if (rc == 0)
		rc = pki_begin_leaf(&m->leaf, m->leaf_key, name, t, t + (time_t)PKI_LEAF_DAYS * 86400, err);
	if (rc == 0) {
		int e = set_san(m->leaf, host);
		rc = e == 0 ? 0 : pki_failed(err, "making the collector's certificate", e);
	}
	return rc == 0 ? pki_sign_leaf(m->leaf, m->ca, m->ca_key, err) : rc;
}

/* A DNS name (letters, digits, '-', '.', '_') or a literal address. */
static int check_host(const char *host, struct err *err)
{
	unsigned char addr[16];
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
	if (inet_pton(AF_INET, host, addr) == 1 || inet_pton(AF_INET6, host, addr) == 1)
		return 0;
	size_t len = strlen(host);
	if (len == 0 || len > 253 || strspn(host, allowed) != len || host[0] == '.' || host[0] == '-')
		return err_set(err, LAT_USAGE, "'%.64s' is neither a host name nor an address", host);
	return 0;
}

int pki_make(struct pki *out, const char *host, struct wall now, struct err *err)
{
	struct maker m = {0};
	time_t t = (time_t)(now.us / US_PER_S);
	memset(out, 0, sizeof *out);
	int rc = check_host(host, err);
	if (rc == 0)
		rc = pki_make_key(&m.ca_key, err);
	if (rc == 0)
		rc = pki_make_key(&m.leaf_key, err);
	if (rc == 0)
		rc = make_certs(&m, host, t, err);
	if (rc == 0)
		rc = export_all(&m, out, err);
	gnutls_x509_crt_deinit(m.leaf);
	gnutls_x509_crt_deinit(m.ca);
	gnutls_x509_privkey_deinit(m.leaf_key);
	gnutls_x509_privkey_deinit(m.ca_key);
	return rc;
}

void pki_free(struct pki *p)
{
	buf_wipe(&p->ca_key);
	buf_wipe(&p->leaf_key);
	buf_free(&p->ca_cert);
	buf_free(&p->leaf_cert);
}

gnutls_datum_t pki_datum(const struct buf *b)
{
	return (gnutls_datum_t){.data = (unsigned char *)b->data, .size = (unsigned)b->len};
}

/* Does the chain (leaf first) lead to one of the CAs in `ca_pem`? Of time nothing is
 * asked: that is told apart. No chain: only, are there CAs? */
static void check_ca(const struct pki_files *names, gnutls_x509_crt_t *chain, unsigned n,
                     const struct buf *ca_pem, struct problems *problems)
{
	gnutls_x509_trust_list_t trust;
	gnutls_datum_t pem = pki_datum(ca_pem);
	unsigned status = 0;
	if (gnutls_x509_trust_list_init(&trust, 0) != 0) {
		problems->lost = true;
		return;
	}
	int added = gnutls_x509_trust_list_add_trust_mem(trust, &pem, NULL, GNUTLS_X509_FMT_PEM, 0, 0);
	if (added <= 0)
		problems_add(problems, LAT_CONFIG, "%s: holds no certificate", names->ca);
	else if (n > 0 && (gnutls_x509_trust_list_verify_crt(trust, chain, n, GNUTLS_VERIFY_DISABLE_TIME_CHECKS,
	                                                     &status, NULL) != 0 || status != 0))
		problems_add(problems, LAT_CONFIG, "%s: is not signed by %s, the CA that probes get",
		             names->cert, names->ca);
	gnutls_x509_trust_list_deinit(trust, 1);
}

static void check_leaf(const struct pki_files *names, gnutls_x509_crt_t leaf, const char *host,
                       struct wall now, struct problems *problems)
{
	char text[WALL_TEXT];
	int64_t from = gnutls_x509_crt_get_activation_time(leaf) * US_PER_S;
	int64_t until = gnutls_x509_crt_get_expiration_time(leaf) * US_PER_S;
	if (until < now.us)
		problems_add(problems, LAT_CONFIG, "%s: expired on %s", names->cert,
		             wall_format((struct wall){until}, text));
	if (from > now.us)
		problems_add(problems, LAT_CONFIG, "%s: not valid before %s", names->cert,
		             wall_format((struct wall){from}, text));
	if (host != NULL && !gnutls_x509_crt_check_hostname(leaf, host))
		problems_add(problems, LAT_CONFIG, "%s: is not for '%s', the host of public_url", names->cert,
		             host);
}

/* Without a certificate: only, is it a key? */
static void check_key(const struct pki_files *names, gnutls_datum_t *key, struct problems *problems)
{
	gnutls_privkey_t private;
	if (gnutls_privkey_init(&private) != 0) {
		problems->lost = true;
		return;
	}
	int rc = gnutls_privkey_import_x509_raw(private, key, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (rc < 0)
		problems_add(problems, LAT_CONFIG, "%s: not a key: %s", names->key, gnutls_strerror(rc));
	gnutls_privkey_deinit(private);
}

static void check_pair(const struct pki_files *names, gnutls_datum_t *cert, gnutls_datum_t *key,
                       struct problems *problems)
{
	gnutls_certificate_credentials_t cred;
	if (gnutls_certificate_allocate_credentials(&cred) != 0) {
		problems->lost = true;
		return;
	}
	int rc = gnutls_certificate_set_x509_key_mem(cred, cert, key, GNUTLS_X509_FMT_PEM);
	if (rc < 0)
		problems_add(problems, LAT_CONFIG, "%s: does not go with %s: %s", names->key, names->cert,
		             gnutls_strerror(rc));
	gnutls_certificate_free_credentials(cred);
}

void pki_check(const struct pki_files *names, const struct buf *cert, const struct buf *key,
               const struct buf *ca, const char *host, struct wall now, struct problems *problems)
{
	gnutls_x509_crt_t *chain = NULL;
	unsigned n = 0;
	gnutls_datum_t cert_pem = {0}, key_pem = {0};
	if (cert != NULL) {
		cert_pem = pki_datum(cert);
		int rc = gnutls_x509_crt_list_import2(&chain, &n, &cert_pem, GNUTLS_X509_FMT_PEM, 0);
		if (rc < 0 || n == 0) {
			problems_add(problems, LAT_CONFIG, "%s: not a certificate: %s", names->cert,
			             gnutls_strerror(rc));
			n = 0;
		} else {
			check_leaf(names, chain[0], host, now, problems);
		}
	}
	if (ca != NULL)
		check_ca(names, chain, n, ca, problems);
	if (key != NULL) {
		key_pem = pki_datum(key);
		if (n > 0)
			check_pair(names, &cert_pem, &key_pem, problems);
		else
			check_key(names, &key_pem, problems);
	}
	for (unsigned i = 0; i < n; i++)
		gnutls_x509_crt_deinit(chain[i]);
	gnutls_free(chain);
}
