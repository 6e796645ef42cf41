/* What a certificate says, as the probe's audits have it. */
#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>
#include <strings.h>

#include "collector/import.h"
#include "lib/text.h"
#include "schema/wire.h"

#define NAMES_MAX 1000 /* within what a string of the wire may have */

static const char *hex_of(struct arena *arena, const unsigned char *bytes, size_t n)
{
	char *text = arena_alloc(arena, 2 * n + 1);

	if (text != NULL)
		text_hex(bytes, n, text);
	return text;
}

/* RFC 2253's order, most specific first. */
static const char *name_of(struct import_item *item, gnutls_x509_crt_t cert, bool issuer, bool *ok)
{
	gnutls_datum_t d = {0};
	int rc = issuer ? gnutls_x509_crt_get_issuer_dn3(cert, &d, 0) : gnutls_x509_crt_get_dn3(cert, &d, 0);
	const char *text = rc == 0 ? import_text(item, (const char *)d.data, ok) : NULL;

	gnutls_free(d.data);
	return text;
}

static void add_name(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] <= ' ' || (unsigned char)text[i] >= 0x7f)
			return;
	if (len == 0 || out->len + 1 + len > NAMES_MAX)
		return;
	if (out->len > 0)
		buf_addc(out, ' ');
	buf_add(out, text, len);
}

static const char *names_of(struct import_item *item, gnutls_x509_crt_t cert, bool *ok)
{
	struct buf names = {0};
	unsigned char san[512];
	char ip[INET6_ADDRSTRLEN];

	for (unsigned i = 0; i < 1000; i++) {
		size_t size = sizeof san;
		int type = gnutls_x509_crt_get_subject_alt_name(cert, i, san, &size, NULL);
		if (type == GNUTLS_E_SHORT_MEMORY_BUFFER)
			continue;
		if (type < 0)
			break;
		if (type == GNUTLS_SAN_DNSNAME)
			add_name(&names, (const char *)san, strnlen((const char *)san, size));
		if (type == GNUTLS_SAN_IPADDRESS && (size == 4 || size == 16)
		    && inet_ntop(size == 4 ? AF_INET : AF_INET6, san, ip, sizeof ip) != NULL)
			add_name(&names, ip, strlen(ip));
	}
	*ok = *ok && !names.failed;
	const char *text = import_text(item, buf_str(&names), ok);
	buf_free(&names);
	return text;
}

bool import_certificate(struct import_item *item, const char *pem, struct audit *audit)
{
	gnutls_datum_t data = {(unsigned char *)(uintptr_t)pem, (unsigned)strlen(pem)};
	gnutls_x509_crt_t cert;
	unsigned char sha256[32];
	size_t size = sizeof sha256;
	bool ok;

	if (gnutls_x509_crt_init(&cert) != 0)
		return false;
	ok = gnutls_x509_crt_import(cert, &data, GNUTLS_X509_FMT_PEM) == 0
	     && gnutls_x509_crt_get_fingerprint(cert, GNUTLS_DIG_SHA256, sha256, &size) == 0;
	if (ok) {
		audit->cert_sha256 = hex_of(&item->batch.arena, sha256, size);
		audit->cert_not_before = (int64_t)gnutls_x509_crt_get_activation_time(cert);
		audit->cert_not_after = (int64_t)gnutls_x509_crt_get_expiration_time(cert);
		audit->cert_subject = name_of(item, cert, false, &ok);
		audit->cert_issuer = name_of(item, cert, true, &ok);
		audit->cert_names = names_of(item, cert, &ok);
		ok = ok && audit->cert_sha256 != NULL;
	}
	gnutls_x509_crt_deinit(cert);
	return ok;
}
