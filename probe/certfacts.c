#include "probe/certfacts.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "lib/buf.h"

const char *certfacts_hex(struct arena *arena, const unsigned char digest[32])
{
	static const char digits[] = "0123456789abcdef";
	char text[65];
	for (int i = 0; i < 32; i++) {
		text[2 * i] = digits[digest[i] >> 4];
		text[2 * i + 1] = digits[digest[i] & 15];
	}
	text[64] = '\0';
	return arena_str(arena, text);
}

static int64_t seconds(const ASN1_TIME *t)
{
	struct tm tm;
	return t == NULL || ASN1_TIME_to_tm(t, &tm) != 1 ? -1 : (int64_t)timegm(&tm);
}

/* RFC 2253, but with UTF-8 left as it is. NULL: no memory. */
static const char *name_text(const X509_NAME *name, struct arena *arena)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL;
	const char *text = NULL;
	if (bio != NULL && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
		long n = BIO_get_mem_data(bio, &data);
		text = arena_strn(arena, data == NULL ? "" : data, n > 0 ? (size_t)n : 0);
	}
	BIO_free(bio);
	return text;
}

/* A name of the list, if it fits; a name with a byte that could be taken for the end of it, or
 * for nothing at all, is no name. */
static void add_name(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] <= ' ' || (unsigned char)text[i] >= 0x7f)
			return;
	if (len == 0 || out->len + 1 + len > CERTFACTS_NAMES)
		return;
	if (out->len > 0)
		buf_addc(out, ' ');
	buf_add(out, text, len);
}

/* subjectAltName, RFC 5280, 4.2.1.6: what a client compares; the common name no longer counts
 * (RFC 9525). */
static bool names_text(const X509 *cert, struct arena *arena, const char **out)
{
	GENERAL_NAMES *list = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	struct buf text = {0};
	char ip[INET6_ADDRSTRLEN];
	*out = NULL;
	for (int i = 0; i < sk_GENERAL_NAME_num(list); i++) {
		int type;
		const ASN1_STRING *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(list, i), &type);
		if (type == GEN_DNS) {
			add_name(&text, (const char *)ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
		} else if (type == GEN_IPADD) {
			int len = ASN1_STRING_length(value);
			if (len != 4 && len != 16)
				continue;
			inet_ntop(len == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(value), ip, sizeof ip);
			add_name(&text, ip, strlen(ip));
		}
	}
	GENERAL_NAMES_free(list);
	bool ok = !text.failed;
	if (ok && text.len > 0)
		ok = (*out = arena_strn(arena, text.data, text.len)) != NULL;
	buf_free(&text);
	return ok;
}

bool certfacts_read(struct certfacts *out, X509 *cert, struct arena *arena)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	*out = (struct certfacts){ .not_before = seconds(X509_get0_notBefore(cert)),
	                           .not_after = seconds(X509_get0_notAfter(cert)) };
	if (X509_digest(cert, EVP_sha256(), digest, NULL) != 1)
		return false;
	out->sha256 = certfacts_hex(arena, digest);
	out->subject = name_text(X509_get_subject_name(cert), arena);
	out->issuer = name_text(X509_get_issuer_name(cert), arena);
	return names_text(cert, arena, &out->names) && out->sha256 != NULL && out->subject != NULL &&
	       out->issuer != NULL;
}
