/* Each way to fail gets its name. The codes are libcurl's and OpenSSL's own, the names
 * those of the table in W3C's "Network Error Logging" (and of schema/nel.h). That the codes
 * come as they are taken to come here is what tests/cli/failures_test shows on real failures. */
#include "probe/failure.h"

#include <errno.h>
#include <openssl/x509_vfy.h>

#include "lib/attr.h"
#include "tests/check.h"

struct row {
	struct failure_facts facts;
	const char *want;
};

#define CONNECTED .connected = true
#define HTTPS .https = true, CONNECTED
#define SECURED HTTPS, .handshake = true, .secured = true

static const struct row rows[] = {
	{ { .code = CURLE_COULDNT_CONNECT, .os_errno = ECONNREFUSED, .alert = -1 }, "tcp.refused" },
	{ { .code = CURLE_COULDNT_CONNECT, .os_errno = ETIMEDOUT, .alert = -1 }, "tcp.timed_out" },
	{ { .code = CURLE_COULDNT_CONNECT, .os_errno = EHOSTUNREACH, .alert = -1 }, "tcp.address_unreachable" },
	{ { .code = CURLE_COULDNT_CONNECT, .os_errno = ENETUNREACH, .alert = -1 }, "local.no_route" },
	{ { .code = CURLE_COULDNT_CONNECT, .os_errno = EMFILE, .alert = -1 }, "local.descriptors" },
	{ { .code = CURLE_COULDNT_CONNECT, .os_errno = EADDRNOTAVAIL, .alert = -1 }, "local.failed" },
	{ { .code = CURLE_COULDNT_CONNECT, .os_errno = ECONNRESET, .alert = -1 }, "tcp.reset" },
	{ { .code = CURLE_COULDNT_CONNECT, .alert = -1 }, "tcp.failed" },
	{ { .code = CURLE_GOT_NOTHING, SECURED, .http2 = true, .alert = -1, .peer_closed = true }, "tcp.closed" },
	{ { .code = CURLE_GOT_NOTHING, SECURED, .http2 = true, .alert = -1 }, "http.protocol.error" },
	{ { .code = CURLE_PARTIAL_FILE, SECURED, .http2 = true, .alert = -1, .peer_closed = true }, "tcp.closed" },
	{ { .code = CURLE_PEER_FAILED_VERIFICATION, HTTPS, .verify = X509_V_ERR_CERT_NOT_YET_VALID,
	    .clock_wrong = true, .alert = -1 }, "local.clock" },
	{ { .code = CURLE_PEER_FAILED_VERIFICATION, HTTPS, .verify = X509_V_ERR_HOSTNAME_MISMATCH,
	    .clock_wrong = true, .alert = -1 }, "tls.cert.name_invalid" },
	{ { .code = CURLE_OPERATION_TIMEDOUT, .alert = -1 }, "tcp.timed_out" },
	{ { .code = CURLE_OPERATION_TIMEDOUT, .https = true, .alert = -1 }, "tcp.timed_out" },
	{ { .code = CURLE_OPERATION_TIMEDOUT, HTTPS, .alert = -1 }, "tls.failed" },
	{ { .code = CURLE_OPERATION_TIMEDOUT, SECURED, .alert = -1 }, "http.failed" },
	{ { .code = CURLE_OPERATION_TIMEDOUT, CONNECTED, .alert = -1 }, "http.failed" },
	{ { .code = CURLE_OPERATION_TIMEDOUT, CONNECTED, .answered = true, .alert = -1 }, "http.failed" },
	{ { .code = CURLE_SSL_CONNECT_ERROR, HTTPS, .os_errno = ECONNRESET, .alert = -1 }, "tcp.reset" },
	{ { .code = CURLE_SSL_CONNECT_ERROR, HTTPS, .alert = -1, .peer_closed = true }, "tcp.closed" },
	{ { .code = CURLE_SSL_CONNECT_ERROR, HTTPS, .alert = -1, .nonsense = true, .peer_closed = true },
	  "tls.protocol.error" },
	{ { .code = CURLE_SSL_CONNECT_ERROR, HTTPS, .alert = 70 }, "tls.version_or_cipher_mismatch" },
	{ { .code = CURLE_SSL_CONNECT_ERROR, HTTPS, .alert = 40 }, "tls.version_or_cipher_mismatch" },
	{ { .code = CURLE_SSL_CONNECT_ERROR, HTTPS, .alert = 116 }, "tls.bad_client_auth_cert" },
	{ { .code = CURLE_RECV_ERROR, SECURED, .alert = 116 }, "tls.bad_client_auth_cert" },
	{ { .code = CURLE_SSL_CONNECT_ERROR, HTTPS, .alert = 80 }, "tls.protocol.error" },
	{ { .code = CURLE_PEER_FAILED_VERIFICATION, HTTPS, .verify = X509_V_ERR_CERT_HAS_EXPIRED, .alert = -1 },
	  "tls.cert.date_invalid" },
	{ { .code = CURLE_PEER_FAILED_VERIFICATION, HTTPS, .verify = X509_V_ERR_CERT_NOT_YET_VALID, .alert = -1 },
	  "tls.cert.date_invalid" },
	{ { .code = CURLE_PEER_FAILED_VERIFICATION, HTTPS, .verify = X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
	    .alert = -1 },
	  "tls.cert.authority_invalid" },
	{ { .code = CURLE_PEER_FAILED_VERIFICATION, HTTPS, .verify = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
	    .alert = -1 }, "tls.cert.authority_invalid" },
	{ { .code = CURLE_PEER_FAILED_VERIFICATION, HTTPS, .verify = X509_V_ERR_CERT_REVOKED, .alert = -1 },
	  "tls.cert.revoked" },
	{ { .code = CURLE_PEER_FAILED_VERIFICATION, HTTPS, .handshake = true, .verify = X509_V_ERR_UNSPECIFIED,
	    .alert = -1 }, "tls.cert.name_invalid" },
	{ { .code = CURLE_PEER_FAILED_VERIFICATION, HTTPS, .verify = X509_V_ERR_CERT_SIGNATURE_FAILURE,
	    .alert = -1 },
	  "tls.cert.invalid" },
	{ { .code = CURLE_GOT_NOTHING, SECURED, .alert = -1, .peer_closed = true }, "tcp.closed" },
	{ { .code = CURLE_RECV_ERROR, CONNECTED, .os_errno = ECONNRESET, .alert = -1 }, "tcp.reset" },
	{ { .code = CURLE_RECV_ERROR, CONNECTED, .answered = true, .os_errno = ECONNRESET, .alert = -1 },
	  "tcp.reset" },
	{ { .code = CURLE_RECV_ERROR, CONNECTED, .answered = true, .peer_closed = true, .alert = -1 },
	  "http.response.invalid" },
	{ { .code = CURLE_PARTIAL_FILE, CONNECTED, .answered = true, .peer_closed = true, .alert = -1 },
	  "http.response.invalid" },
	{ { .code = CURLE_UNSUPPORTED_PROTOCOL, CONNECTED, .answered = true, .alert = -1 },
	  "http.protocol.error" },
	{ { .code = CURLE_HTTP2_STREAM, SECURED, .answered = true, .alert = -1 }, "http.protocol.error" },
	{ { .code = CURLE_HTTP2, SECURED, .http2 = true, .nonsense = true, .alert = -1 }, "http.protocol.error" },
	{ { .code = CURLE_HTTP2, SECURED, .http2 = true, .answered = true, .alert = -1 }, "http.protocol.error" },
	{ { .code = CURLE_HTTP2, SECURED, .http2 = true, .alert = -1 }, "tcp.closed" },
	{ { .code = CURLE_HTTP2, SECURED, .http2 = true, .os_errno = ECONNRESET, .alert = -1 }, "tcp.reset" },
	{ { .code = CURLE_QUIC_CONNECT_ERROR, HTTPS, .alert = -1 }, "tls.protocol.error" },
	{ { .code = CURLE_OUT_OF_MEMORY, .alert = -1 }, "local.failed" },
	{ { .code = CURLE_OUT_OF_MEMORY, CONNECTED, .answered = true, .alert = -1 }, "http.response.invalid" },
	{ { .code = CURLE_URL_MALFORMAT, .alert = -1 }, "unknown" },
};

int main(void)
{
	CHECK_CASE("every failure has its name");
	for (size_t i = 0; i < LAT_COUNT(rows); i++) {
		const char *got = nel_type_name(failure_type(&rows[i].facts));
		char why[160];
		snprintf(why, sizeof why, "row %zu (curl %d) is %s, not %s", i, rows[i].facts.code,
		         got != NULL ? got : "none", rows[i].want);
		if (got == NULL || strcmp(got, rows[i].want) != 0)
			check_fail(__FILE__, __LINE__, why);
	}
	return check_done();
}
