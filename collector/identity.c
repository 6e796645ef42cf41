#include "collector/identity.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/check.h"
#include "collector/renew.h"
#include "collector/token.h"
#include "lib/file.h"
#include "lib/text.h"
#include "lib/vec.h"

struct identity {
	const struct log *log;
	struct buf cert, key; /* the first ones; they must outlive libmicrohttpd */
	struct buf last;      /* certificate and key as shown now: to see a change */

	pthread_mutex_t lock; /* of what follows */
	/* The last is shown. Those before it may be in use by a connection; they are few (a certificate is
	 * renewed every other month at most) and small, and are kept. */
	VEC(gnutls_certificate_credentials_t) shown;
	struct buf ca;
	char digest[IDENTITY_DIGEST];
	struct pki_dates dates;
	bool has_dates;
};

struct identity *identity_new(const struct log *log)
{
	struct identity *id = calloc(1, sizeof *id);
	if (id != NULL) {
		id->log = log;
		pthread_mutex_init(&id->lock, NULL);
	}
	return id;
}

void identity_free(struct identity *id)
{
	if (id == NULL)
		return;
	for (size_t i = 0; i < id->shown.len; i++)
		gnutls_certificate_free_credentials(id->shown.at[i]);
	vec_free(&id->shown);
	buf_free(&id->cert);
	buf_wipe(&id->key);
	buf_wipe(&id->last);
	buf_free(&id->ca);
	pthread_mutex_destroy(&id->lock);
	free(id);
}

static void renew(struct identity *id, const struct settings *s, struct wall now)
{
	struct err err = {0};
	bool due;
	int rc = renew_leaf(s, now, &due, &err);
	/* What can't be read is told by those who must read it. */
	if (rc == 0 && due)
		log_info(id->log, "%s: renewed, for two years or as long as its CA lives", s->tls_cert);
	else if (due)
		log_warn(id->log, "the certificate is due and cannot be renewed: %s", err.text);
}

static int show(struct identity *id, const struct buf *cert, const struct buf *key, struct err *err)
{
	gnutls_certificate_credentials_t cred;
	gnutls_datum_t c = {.data = (unsigned char *)cert->data, .size = (unsigned)cert->len};
	gnutls_datum_t k = {.data = (unsigned char *)key->data, .size = (unsigned)key->len};
	if (gnutls_certificate_allocate_credentials(&cred) != 0)
		return err_nomem(err);
	int rc = gnutls_certificate_set_x509_key_mem(cred, &c, &k, GNUTLS_X509_FMT_PEM);
	if (rc < 0) {
		gnutls_certificate_free_credentials(cred);
		return err_set(err, LAT_CONFIG, "the certificate cannot be used: %s", gnutls_strerror(rc));
	}
	pthread_mutex_lock(&id->lock);
	gnutls_certificate_credentials_t *slot = vec_add(&id->shown);
	if (slot != NULL)
		*slot = cred;
	pthread_mutex_unlock(&id->lock);
	if (slot != NULL)
		return 0;
	gnutls_certificate_free_credentials(cred);
	return err_nomem(err);
}

/* Cert and key, one behind the other, against what is shown. */
static int show_if_new(struct identity *id, const struct buf *cert, const struct buf *key, bool *changed,
                       struct err *err)
{
	struct buf both = {0};
	buf_add(&both, cert->data, cert->len);
	buf_add(&both, key->data, key->len);
	int rc = both.failed ? err_nomem(err) : 0;
	*changed = rc == 0 && (both.len != id->last.len || memcmp(both.data, id->last.data, both.len) != 0);
	if (*changed)
		rc = show(id, cert, key, err);
	if (*changed && rc == 0) {
		struct buf old = id->last;
		id->last = both;
		both = old;
	}
	buf_wipe(&both);
	return rc;
}

static void tell_expiry(const struct identity *id, const struct settings *s, const struct pki_dates *d,
                        struct wall now)
{
	struct problems ends = {0};
	renew_ends(s, d, now, &ends);
	for (size_t i = 0; i < ends.list.len; i++)
		log_warn(id->log, "%s", ends.list.at[i].text);
	problems_free(&ends);
}

/* Probes would fetch anything, and every round anew as they can't use it: so it must be certificates. */
static int read_ca(const struct settings *s, struct buf *ca, struct err *err)
{
	gnutls_x509_crt_t *list;
	unsigned n;
	int rc = file_read(s->tls_ca, PKI_MAX_BYTES, ca, err);
	if (rc != 0)
		return rc;
	gnutls_datum_t pem = {.data = (unsigned char *)ca->data, .size = (unsigned)ca->len};
	rc = gnutls_x509_crt_list_import2(&list, &n, &pem, GNUTLS_X509_FMT_PEM, 0);
	if (rc < 0)
		return err_set(err, LAT_CONFIG, "%s: not a certificate: %s", s->tls_ca, gnutls_strerror(rc));
	for (unsigned i = 0; i < n; i++)
		gnutls_x509_crt_deinit(list[i]);
	gnutls_free(list);
	return 0;
}

static void load_ca(struct identity *id, const struct settings *s, struct wall now)
{
	struct err err = {0};
	struct buf ca = {0};
	struct pki_dates d = {0};
	uint8_t hash[REGISTRY_TOKEN_HASH];
	char digest[IDENTITY_DIGEST] = "";
	int rc = read_ca(s, &ca, &err);
	if (rc == 0)
		rc = token_hash(ca.data, ca.len, hash, &err);
	/* Written by this thread alone, so that it needs no lock to look. */
	bool had = id->digest[0] != '\0';
	if (rc != 0 && (had || rc != LAT_NOINPUT))
		log_warn(id->log, "%s: %s", had ? "the CA file for probes stays as it was" : "no CA file for probes",
		         err.text);
	if (rc != 0 && had) {
		buf_free(&ca);
		return;
	}
	if (rc == 0)
		text_hex(hash, sizeof hash, digest);
	bool dated = rc == 0 && renew_look(s, now, &d, NULL) == 0;
	if (dated)
		tell_expiry(id, s, &d, now);
	pthread_mutex_lock(&id->lock);
	struct buf old = id->ca;
	id->ca = ca;
	memcpy(id->digest, digest, sizeof digest);
	id->dates = d;
	id->has_dates = dated;
	pthread_mutex_unlock(&id->lock);
	buf_free(&old);
}

int identity_load(struct identity *id, const struct settings *s, struct wall now, bool *changed, struct err *err)
{
	struct problems problems = {0};
	struct buf cert = {0}, key = {0};
	bool new_one = false;
	renew(id, s, now);
	check_tls(s, false, &cert, &key, &problems);
	int rc = problems_first(&problems, err);
	problems_free(&problems);
	if (rc == 0)
		rc = show_if_new(id, &cert, &key, &new_one, err);
	if (rc == 0)
		load_ca(id, s, now);
	if (rc == 0 && id->cert.len == 0) {
		id->cert = cert;
		id->key = key;
		cert = key = (struct buf){0};
	}
	if (changed != NULL)
		*changed = rc == 0 && new_one;
	buf_free(&cert);
	buf_wipe(&key);
	return rc;
}

const struct buf *identity_cert(const struct identity *id)
{
	return &id->cert;
}

const struct buf *identity_key(const struct identity *id)
{
	return &id->key;
}

void identity_show(struct identity *id, void *session)
{
	pthread_mutex_lock(&id->lock);
	if (id->shown.len > 0)
		gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, id->shown.at[id->shown.len - 1]);
	pthread_mutex_unlock(&id->lock);
}

bool identity_ca(struct identity *id, struct buf *pem, char digest[IDENTITY_DIGEST])
{
	pthread_mutex_lock(&id->lock);
	bool have = id->digest[0] != '\0';
	memcpy(digest, id->digest, sizeof id->digest);
	if (have && pem != NULL)
		buf_add(pem, id->ca.data, id->ca.len);
	pthread_mutex_unlock(&id->lock);
	return have;
}

bool identity_dates(struct identity *id, struct pki_dates *out)
{
	pthread_mutex_lock(&id->lock);
	bool have = id->has_dates;
	*out = id->dates;
	pthread_mutex_unlock(&id->lock);
	return have;
}
