#include "collector/pki_renew.h"

#include <stdio.h>
#include <string.h>

#include <gnutls/crypto.h>

#include "collector/pki_impl.h"
#include "schema/sample.h"

#define DAY_S 86400

/* Certificates of one PEM file. */
struct chain { gnutls_x509_crt_t *at; unsigned n; };

struct look {
	struct chain leaf, ca;
	gnutls_x509_privkey_t key, ca_key; /* NULL: none, or none that can be read */
	gnutls_x509_crt_t signer;          /* of `ca`, the one whose key `ca_key` is; NULL: none */
	bool ours;
};

static void chain_free(struct chain *c)
{
	for (unsigned i = 0; i < c->n; i++)
		gnutls_x509_crt_deinit(c->at[i]);
	gnutls_free(c->at);
	*c = (struct chain){0};
}

static void look_free(struct look *l)
{
	chain_free(&l->leaf);
	chain_free(&l->ca);
	gnutls_x509_privkey_deinit(l->key);
	gnutls_x509_privkey_deinit(l->ca_key);
}

static int read_chain(struct chain *c, const struct buf *pem, const char *what, struct err *err)
{
	gnutls_datum_t text = pki_datum(pem);
	int rc = gnutls_x509_crt_list_import2(&c->at, &c->n, &text, GNUTLS_X509_FMT_PEM, 0);
	if (rc < 0 || c->n == 0)
		return err_set(err, LAT_CONFIG, "%s cannot be read: %s", what, gnutls_strerror(rc));
	return 0;
}

static gnutls_x509_privkey_t read_key(const struct buf *pem)
{
	gnutls_x509_privkey_t key = NULL;
	gnutls_datum_t text;
	if (pem == NULL || gnutls_x509_privkey_init(&key) != 0)
		return NULL;
	text = pki_datum(pem);
	if (gnutls_x509_privkey_import2(key, &text, GNUTLS_X509_FMT_PEM, NULL, 0) != 0) {
		gnutls_x509_privkey_deinit(key);
		return NULL;
	}
	return key;
}

/* SHA-256 of the public key; all zero where it can't be had. */
struct key_id { unsigned char at[32]; };

static struct key_id id_of_cert(gnutls_x509_crt_t crt)
{
	struct key_id id = {{0}};
	size_t size = sizeof id.at;
	if (gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, id.at, &size) != 0)
		memset(&id, 0, sizeof id);
	return id;
}

static bool is_key_of(gnutls_x509_privkey_t key, gnutls_x509_crt_t crt)
{
	struct key_id a = {{0}}, b = id_of_cert(crt);
	size_t size = sizeof a.at;
	return key != NULL && gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, a.at, &size) == 0 &&
	       memcmp(&a, &b, sizeof a) == 0;
}

static bool same_key(gnutls_x509_crt_t a, gnutls_x509_crt_t b)
{
	struct key_id x = id_of_cert(a), y = id_of_cert(b);
	return memcmp(&x, &y, sizeof x) == 0;
}

static bool common_name(gnutls_x509_crt_t crt, char out[PKI_NAME])
{
	size_t size = PKI_NAME;
	return gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, out, &size) == 0;
}

static bool named_as_ours(gnutls_x509_crt_t crt)
{
	char name[PKI_NAME];
	return common_name(crt, name) && strncmp(name, PKI_CA_NAME, strlen(PKI_CA_NAME)) == 0;
}

/* gnutls_x509_crt_verify() would do, but doesn't look whether it has memory for such a list. */
static bool signed_by(gnutls_x509_crt_t leaf, gnutls_x509_crt_t ca)
{
	gnutls_x509_trust_list_t trust;
	unsigned status = 1;
	if (gnutls_x509_trust_list_init(&trust, 0) != 0)
		return false;
	bool good = gnutls_x509_trust_list_add_cas(trust, &ca, 1, 0) == 1 &&
	            gnutls_x509_trust_list_verify_crt(trust, &leaf, 1, GNUTLS_VERIFY_DISABLE_TIME_CHECKS, &status,
	                                              NULL) == 0 &&
	            status == 0;
	gnutls_x509_trust_list_deinit(trust, 0);
	return good;
}

/* One of `ca` signed the leaf, directly or by what stands behind it. */
static gnutls_x509_crt_t issuer_of(gnutls_x509_crt_t leaf, const struct chain *ca)
{
	for (unsigned i = 0; i < ca->n; i++)
		if (gnutls_x509_crt_check_issuer(leaf, ca->at[i]) == 1 && signed_by(leaf, ca->at[i]))
			return ca->at[i];
	return NULL;
}

static int look(struct look *l, const struct buf *cert, const struct buf *key, const struct buf *ca,
                const struct buf *ca_key, struct err *err)
{
	memset(l, 0, sizeof *l);
	int rc = read_chain(&l->leaf, cert, "the collector's certificate", err);
	if (rc == 0)
		rc = read_chain(&l->ca, ca, "the CA's certificate", err);
	if (rc != 0)
		return rc;
	l->key = read_key(key);
	l->ca_key = read_key(ca_key);
	for (unsigned i = 0; i < l->ca.n && l->signer == NULL; i++)
		if (is_key_of(l->ca_key, l->ca.at[i]))
			l->signer = l->ca.at[i];
	gnutls_x509_crt_t issuer = issuer_of(l->leaf.at[0], &l->ca);
	l->ours = l->signer != NULL && named_as_ours(l->signer) && issuer != NULL && named_as_ours(issuer);
	return 0;
}

int pki_dates(const struct buf *cert, const struct buf *key, const struct buf *ca, const struct buf *ca_key,
              struct wall now, struct pki_dates *out, struct err *err)
{
	struct look l;
	memset(out, 0, sizeof *out);
	out->ca_until_us = US_NONE;
	int rc = look(&l, cert, key, ca, ca_key, err);
	if (rc == 0) {
		gnutls_x509_crt_t leaf = l.leaf.at[0];
		gnutls_x509_crt_t by = l.ours ? l.signer : issuer_of(leaf, &l.ca);
		out->ours = l.ours;
		out->from_us = gnutls_x509_crt_get_activation_time(leaf) * US_PER_S;
		out->until_us = gnutls_x509_crt_get_expiration_time(leaf) * US_PER_S;
		if (by != NULL)
			out->ca_until_us = gnutls_x509_crt_get_expiration_time(by) * US_PER_S;
		out->ca_ends = by != NULL && out->ca_until_us - now.us < PKI_CA_WARN_DAYS * US_PER_DAY;
		/* Near the CA's end a new certificate would live no longer: it isn't made every day. */
		bool late = out->until_us - now.us < (out->until_us - out->from_us) / 3;
		bool gains = out->ca_until_us - out->until_us > US_PER_DAY && out->ca_until_us > now.us;
		out->due = l.ours && late && gains && is_key_of(l.key, leaf);
	}
	look_free(&l);
	return rc;
}

static int copy_names(gnutls_x509_crt_t to, gnutls_x509_crt_t from)
{
	for (unsigned i = 0;; i++) {
		char name[1024];
		size_t size = sizeof name;
		int type = gnutls_x509_crt_get_subject_alt_name(from, i, name, &size, NULL);
		if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			return 0;
		if (type < 0)
			return type;
		int rc = gnutls_x509_crt_set_subject_alt_name(to, (gnutls_x509_subject_alt_name_t)type, name,
		                                              (unsigned)size, GNUTLS_FSAN_APPEND);
		if (rc != 0)
			return rc;
	}
}

/* The leaf of `l` anew, for `key`, signed by `ca`. */
static int new_leaf(const struct look *l, gnutls_x509_privkey_t key, gnutls_x509_crt_t ca,
                    gnutls_x509_privkey_t ca_key, time_t now, struct buf *out, struct err *err)
{
	char name[PKI_NAME] = "";
	gnutls_x509_crt_t leaf = NULL;
	time_t until = now + (time_t)PKI_LEAF_DAYS * DAY_S, ca_until = gnutls_x509_crt_get_expiration_time(ca);
	common_name(l->leaf.at[0], name);
	int rc = pki_begin_leaf(&leaf, key, name, now, until < ca_until ? until : ca_until, err);
	if (rc == 0) {
		int e = copy_names(leaf, l->leaf.at[0]);
		rc = e == 0 ? pki_sign_leaf(leaf, ca, ca_key, err) : pki_failed(err, "copying names", e);
	}
	if (rc == 0)
		rc = pki_export_cert(leaf, out, err);
	gnutls_x509_crt_deinit(leaf);
	return rc;
}

/* Is it for us to sign it anew? */
static int check_ours(const struct look *l, struct err *err)
{
	if (!l->ours)
		return err_set(err, LAT_CONFIG, "the certificate is not of a CA that `init` made, or that CA's key "
		                                "is not beside it: it is yours to renew");
	if (!is_key_of(l->key, l->leaf.at[0]))
		return err_set(err, LAT_CONFIG, "the collector's key is not its certificate's");
	return 0;
}

int pki_renew_leaf(const struct buf *cert, const struct buf *key, const struct buf *ca, const struct buf *ca_key,
                   struct wall now, struct buf *out, struct err *err)
{
	struct look l;
	time_t t = (time_t)(now.us / US_PER_S);
	int rc = look(&l, cert, key, ca, ca_key, err);
	if (rc == 0)
		rc = check_ours(&l, err);
	if (rc == 0)
		rc = new_leaf(&l, l.key, l.signer, l.ca_key, t, out, err);
	/* What vouches for the same CA key goes on doing so. */
	for (unsigned i = 1; rc == 0 && i < l.leaf.n; i++)
		if (same_key(l.leaf.at[i], l.signer) && gnutls_x509_crt_get_expiration_time(l.leaf.at[i]) > t)
			rc = pki_export_cert(l.leaf.at[i], out, err);
	look_free(&l);
	return rc;
}

/* The CA file: the new one, then the old ones that are still good. */
static int new_bundle(const struct look *l, gnutls_x509_crt_t ca, time_t now, struct buf *out, struct err *err)
{
	int rc = pki_export_cert(ca, out, err);
	for (unsigned i = 0; rc == 0 && i < l->ca.n; i++)
		if (gnutls_x509_crt_get_expiration_time(l->ca.at[i]) > now)
			rc = pki_export_cert(l->ca.at[i], out, err);
	return rc;
}

int pki_renew_ca(const struct buf *cert, const struct buf *key, const struct buf *ca, const struct buf *ca_key,
                 struct wall now, struct pki_new_ca *out, struct err *err)
{
	struct look l;
	char name[PKI_NAME] = "";
	gnutls_x509_privkey_t new_key = NULL;
	gnutls_x509_crt_t self = NULL, cross = NULL;
	time_t t = (time_t)(now.us / US_PER_S), until = t + (time_t)PKI_CA_DAYS * DAY_S;
	memset(out, 0, sizeof *out);
	int rc = look(&l, cert, key, ca, ca_key, err);
	if (rc == 0)
		rc = check_ours(&l, err);
	if (rc == 0)
		rc = pki_make_key(&new_key, err);
	if (rc == 0)
		common_name(l.signer, name);
	if (rc == 0)
		rc = pki_make_ca(&self, new_key, name, t, until, NULL, NULL, err);
	if (rc == 0)
		rc = pki_make_ca(&cross, new_key, name, t, gnutls_x509_crt_get_expiration_time(l.signer), l.signer,
		                 l.ca_key, err);
	if (rc == 0)
		rc = new_leaf(&l, l.key, self, new_key, t, &out->cert, err);
	if (rc == 0)
		rc = pki_export_cert(cross, &out->cert, err);
	if (rc == 0)
		rc = new_bundle(&l, self, t, &out->ca, err);
	if (rc == 0)
		rc = pki_export_key(new_key, &out->ca_key, err);
	gnutls_x509_crt_deinit(self);
	gnutls_x509_crt_deinit(cross);
	gnutls_x509_privkey_deinit(new_key);
	look_free(&l);
	return rc;
}

void pki_new_ca_free(struct pki_new_ca *p)
{
	buf_wipe(&p->ca_key);
	buf_free(&p->ca);
	buf_free(&p->cert);
}
