#include "probe/tlsinfo.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ALERT_CLOSE_NOTIFY 0

static int64_t not_after(const SSL *ssl)
{
	struct tm tm;
	const X509 *cert = SSL_get0_peer_certificate(ssl);
	if (cert == NULL || ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) != 1)
		return -1;
	return (int64_t)timegm(&tm);
}

/* ---- whose the notes are ----------------------------------------------------------- */

struct tlsinfo *tlsinfo_new(bool want_cert, struct inspect *inspect)
{
	struct tlsinfo *info = malloc(sizeof *info);
	if (info != NULL)
		*info = (struct tlsinfo){ .holders = 1, .alert = -1, .cert_not_after = -1, .want_cert = want_cert,
		                          .inspect = inspect };
	return info;
}

void tlsinfo_release(struct tlsinfo *info)
{
	if (info != NULL && --info->holders == 0)
		free(info);
}

/* CRYPTO_EX_free(3): with its SSL_CTX. */
static void on_ctx_freed(void *ctx, void *info, CRYPTO_EX_DATA *data, int index, long number, void *word)
{
	(void)ctx, (void)data, (void)index, (void)number, (void)word;
	tlsinfo_release(info);
}

/* Where an SSL_CTX keeps them; negative: nowhere. */
static int place(void)
{
	static int index = -1;
	if (index < 0)
		index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, on_ctx_freed);
	return index;
}

/* ---- what is noted --------------------------------------------------------------------- */

static void on_info(const SSL *ssl, int where, int value)
{
	struct tlsinfo *info = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), place());
	if (info == NULL)
		return;
	if (where == SSL_CB_READ_ALERT && (value & 0xff) != ALERT_CLOSE_NOTIFY)
		info->alert = value & 0xff;
	/* In TLS 1.3 each session ticket counts as one more handshake: only the first is it. */
	if ((where & SSL_CB_HANDSHAKE_DONE) == 0 || info->done)
		return;
	info->done = true;
	info->finished = mono_now();
	const char *name = SSL_get_version(ssl); /* "TLSv1.3"; "QUICv1", which has TLS 1.3 within (RFC 9001, 4.2) */
	snprintf(info->version, sizeof info->version, "%s",
	         strncmp(name, "TLSv", 4) == 0 ? name + 4 : strcmp(name, "QUICv1") == 0 ? "1.3" : name);
	const unsigned char *alpn;
	unsigned len;
	SSL_get0_alpn_selected(ssl, &alpn, &len);
	info->http2 = len == 2 && memcmp(alpn, "h2", 2) == 0;
	if (info->want_cert)
		info->cert_not_after = not_after(ssl);
}

/* What OpenSSL (3.2 and later) tells of its QUIC. A frame is put into a packet well before its datagram is written:
 * it is the datagram that counts. The request is on the client's first stream, whose number is 0
 * (RFC 9000, 2.1; its frames: 19.8). */
static void on_quic_written(struct tlsinfo *info, int type, const unsigned char *byte, size_t len)
{
#ifdef SSL3_RT_QUIC_DATAGRAM
	enum { STREAM = 0x08, STREAM_MASK = 0xf8 };
	if (type == SSL3_RT_QUIC_FRAME_HEADER && len > 1 && (byte[0] & STREAM_MASK) == STREAM && byte[1] == 0)
		info->quic.request = true;
	if (type != SSL3_RT_QUIC_DATAGRAM)
		return;
	if (!info->quic.begun)
		info->hello = mono_now();
	else if (info->quic.request && info->sent.ns == 0)
		info->sent = mono_now();
	info->quic.begun = true;
#else
	(void)info, (void)type, (void)byte, (void)len;
#endif
}

/* SSL_CTX_set_msg_callback(3): each handshake message, and the header of each record. In TLS 1.3
 * the client's Finished travels in a record of type application_data, too (RFC 8446, 5.2), but
 * before the handshake is done. */
static void on_message(int written, int version, int type, const void *data, size_t len, SSL *ssl, void *ctx)
{
	(void)version;
	(void)ssl;
	struct tlsinfo *info = ctx;
	const unsigned char *byte = data;
	if (!written || len == 0)
		return;
	if (type == SSL3_RT_HANDSHAKE && byte[0] == SSL3_MT_CLIENT_HELLO && info->hello.ns == 0)
		info->hello = mono_now();
	if (type == SSL3_RT_HEADER && byte[0] == SSL3_RT_APPLICATION_DATA && info->done && info->sent.ns == 0)
		info->sent = mono_now();
	on_quic_written(info, type, byte, len);
}

/* OpenSSL's own check of the chain, and a word about it: SSL_CTX_set_cert_verify_callback(3). */
static int on_verify(X509_STORE_CTX *store, void *ctx)
{
	struct tlsinfo *info = ctx;
	int ok = X509_verify_cert(store);
	int error = X509_STORE_CTX_get_error(store);
	if (info->inspect != NULL)
		inspect_cert(info->inspect, X509_STORE_CTX_get0_cert(store),
		             ok == 1 || error != X509_V_OK ? error : X509_V_ERR_UNSPECIFIED);
	return ok;
}

bool tlsinfo_attach(struct tlsinfo *info, SSL_CTX *ctx, X509_STORE *store)
{
	if (place() < 0 || SSL_CTX_set_ex_data(ctx, place(), info) != 1)
		return false;
	info->holders++;
	info->begun = true;
	if (X509_STORE_up_ref(store) != 1)
		return false;
	SSL_CTX_set_cert_store(ctx, store);
	SSL_CTX_set_info_callback(ctx, on_info);
	SSL_CTX_set_msg_callback(ctx, on_message);
	SSL_CTX_set_msg_callback_arg(ctx, info);
	if (info->inspect != NULL)
		SSL_CTX_set_cert_verify_callback(ctx, on_verify, info);
	return true;
}

void tlsinfo_warm_up(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = ctx == NULL ? NULL : SSL_new(ctx);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	if (ssl != NULL && in != NULL && out != NULL) {
		SSL_set_bio(ssl, in, out);
		(void)SSL_connect(ssl); /* writes its hello, and finds no answer */
	} else {
		BIO_free(in);
		BIO_free(out);
	}
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	ERR_clear_error();
}
