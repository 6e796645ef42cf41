#include "probe/failure.h"

#include <errno.h>
#include <openssl/x509_vfy.h>

/* TLS alerts, RFC 8446, section 6.2, and RFC 5246, 7.2. */
enum { ALERT_HANDSHAKE_FAILURE = 40, ALERT_BAD_CERTIFICATE = 42, ALERT_PROTOCOL_VERSION = 70,
       ALERT_INSUFFICIENT_SECURITY = 71, ALERT_NO_APPLICATION_PROTOCOL = 120,
       ALERT_CERTIFICATE_REQUIRED = 116 };

static enum nel_type of_certificate(const struct failure_facts *f)
{
	switch (f->verify) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
	case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
	case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
		return f->clock_wrong ? NEL_LOCAL_CLOCK : NEL_TLS_CERT_DATE_INVALID;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return NEL_TLS_CERT_NAME_INVALID;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_CERT_UNTRUSTED:
	case X509_V_ERR_INVALID_CA:
		return NEL_TLS_CERT_AUTHORITY_INVALID;
	case X509_V_ERR_CERT_REVOKED:
		return NEL_TLS_CERT_REVOKED;
	default:
		/* The chain was good and the handshake done: libcurl compares the name after it. */
		return f->handshake ? NEL_TLS_CERT_NAME_INVALID : NEL_TLS_CERT_INVALID;
	}
}

static enum nel_type of_alert(int alert)
{
	switch (alert) {
	case ALERT_HANDSHAKE_FAILURE:
	case ALERT_PROTOCOL_VERSION:
	case ALERT_INSUFFICIENT_SECURITY:
		return NEL_TLS_VERSION_OR_CIPHER;
	case ALERT_BAD_CERTIFICATE:
	case ALERT_CERTIFICATE_REQUIRED:
		return NEL_TLS_BAD_CLIENT_CERT;
	default:
		return NEL_TLS_PROTOCOL_ERROR;
	}
}

enum nel_type failure_of_errno(int os_errno)
{
	switch (os_errno) {
	case ECONNREFUSED:
		return NEL_TCP_REFUSED;
	case ECONNRESET:
	case EPIPE:
		return NEL_TCP_RESET;
	case ECONNABORTED:
		return NEL_TCP_ABORTED;
	case ETIMEDOUT:
		return NEL_TCP_TIMED_OUT;
	case EHOSTUNREACH:
		return NEL_TCP_ADDRESS_UNREACHABLE;
	case ENETUNREACH:
	case ENETDOWN:
		return NEL_LOCAL_NO_ROUTE;
	case EMFILE:
	case ENFILE:
		return NEL_LOCAL_DESCRIPTORS;
	case EADDRNOTAVAIL: /* no address, or no port, of our own left */
	case EAFNOSUPPORT:
	case EACCES:
	case EPERM:
	case ENOBUFS:
	case ENOMEM:
		return NEL_LOCAL_FAILED;
	default:
		return NEL_OK;
	}
}

/* It broke in the middle: what the connection itself tells, else `otherwise`. */
static enum nel_type of_connection(const struct failure_facts *f, enum nel_type otherwise)
{
	enum nel_type type = failure_of_errno(f->os_errno);
	if (type != NEL_OK)
		return type;
	return f->peer_closed ? NEL_TCP_CLOSED : otherwise;
}

static enum nel_type of_timeout(const struct failure_facts *f)
{
	if (!f->connected)
		return NEL_TCP_TIMED_OUT;
	return f->https && !f->secured ? NEL_TLS_FAILED : NEL_HTTP_FAILED;
}

static enum nel_type of_handshake(const struct failure_facts *f)
{
	if (f->alert >= 0)
		return of_alert(f->alert);
	/* A peer that talks nonsense and then closes has talked nonsense. */
	return f->nonsense ? NEL_TLS_PROTOCOL_ERROR : of_connection(f, NEL_TLS_PROTOCOL_ERROR);
}

enum nel_type failure_type(const struct failure_facts *f)
{
	switch (f->code) {
	case CURLE_OPERATION_TIMEDOUT:
		return of_timeout(f);
	case CURLE_COULDNT_CONNECT:
		return of_connection(f, NEL_TCP_FAILED);
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return of_certificate(f);
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CIPHER:
	case CURLE_QUIC_CONNECT_ERROR:
		return of_handshake(f);
	case CURLE_OUT_OF_MEMORY: /* libcurl's word for a header line of more than 100 KB, too */
		return f->answered ? NEL_HTTP_RESPONSE_INVALID : NEL_LOCAL_FAILED;
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_FAILED_INIT:
		return NEL_LOCAL_FAILED;
	case CURLE_GOT_NOTHING: /* closed without an answer; a reset would have been an errno */
		/* By us, if it stands at the peer's side: in HTTP/2 that is how nonsense ends. */
		return f->http2 && !f->peer_closed ? NEL_HTTP_PROTOCOL_ERROR : NEL_TCP_CLOSED;
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
		/* In TLS 1.3 a server's last word on the handshake may come after ours. */
		if (f->alert >= 0)
			return of_alert(f->alert);
		if (!f->answered)
			return of_connection(f, NEL_TCP_CLOSED);
		/* Half a body and then the end of the stream, or a chunk that is none: the peer closed
		 * in peace, the response is what is broken. */
		return failure_of_errno(f->os_errno) != NEL_OK ? failure_of_errno(f->os_errno) : NEL_HTTP_RESPONSE_INVALID;
	case CURLE_PARTIAL_FILE: /* in HTTP/2 also of a stream that ended before it began */
		return f->answered ? NEL_HTTP_RESPONSE_INVALID : of_connection(f, NEL_TCP_CLOSED);
	case CURLE_BAD_CONTENT_ENCODING:
#if LIBCURL_VERSION_NUM >= 0x080600
	case CURLE_TOO_LARGE: /* a header line */
#endif
		return NEL_HTTP_RESPONSE_INVALID;
	case CURLE_HTTP2: /* later versions' for a connection that ended before the answer, too */
		return f->answered || f->nonsense ? NEL_HTTP_PROTOCOL_ERROR : of_connection(f, NEL_TCP_CLOSED);
	case CURLE_HTTP2_STREAM:
	case CURLE_HTTP3:
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL: /* "HTTP/0.9 when not allowed": no status line at all */
		return NEL_HTTP_PROTOCOL_ERROR;
	default:
		return f->connected ? NEL_HTTP_FAILED : NEL_UNKNOWN;
	}
}
