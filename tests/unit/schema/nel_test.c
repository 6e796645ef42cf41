#include "schema/nel.h"

#include "lib/attr.h"
#include "tests/check.h"

/* Names and phases as in W3C Network Error Logging, section 6 (6.1 DNS, 6.2 connection,
 * 6.3 request and response), typed off the document; below them our own. */
static const struct {
	enum nel_type type;
	const char *name, *phase;
} table[] = {
	{NEL_DNS_UNREACHABLE, "dns.unreachable", "dns"},
	{NEL_DNS_NAME_NOT_RESOLVED, "dns.name_not_resolved", "dns"},
	{NEL_DNS_FAILED, "dns.failed", "dns"},
	{NEL_DNS_ADDRESS_CHANGED, "dns.address_changed", "dns"},
	{NEL_TCP_TIMED_OUT, "tcp.timed_out", "connection"},
	{NEL_TCP_CLOSED, "tcp.closed", "connection"},
	{NEL_TCP_RESET, "tcp.reset", "connection"},
	{NEL_TCP_REFUSED, "tcp.refused", "connection"},
	{NEL_TCP_ABORTED, "tcp.aborted", "connection"},
	{NEL_TCP_ADDRESS_INVALID, "tcp.address_invalid", "connection"},
	{NEL_TCP_ADDRESS_UNREACHABLE, "tcp.address_unreachable", "connection"},
	{NEL_TCP_FAILED, "tcp.failed", "connection"},
	{NEL_TLS_VERSION_OR_CIPHER, "tls.version_or_cipher_mismatch", "connection"},
	{NEL_TLS_BAD_CLIENT_CERT, "tls.bad_client_auth_cert", "connection"},
	{NEL_TLS_CERT_NAME_INVALID, "tls.cert.name_invalid", "connection"},
	{NEL_TLS_CERT_DATE_INVALID, "tls.cert.date_invalid", "connection"},
	{NEL_TLS_CERT_AUTHORITY_INVALID, "tls.cert.authority_invalid", "connection"},
	{NEL_TLS_CERT_INVALID, "tls.cert.invalid", "connection"},
	{NEL_TLS_CERT_REVOKED, "tls.cert.revoked", "connection"},
	{NEL_TLS_PROTOCOL_ERROR, "tls.protocol.error", "connection"},
	{NEL_TLS_FAILED, "tls.failed", "connection"},
	{NEL_HTTP_ERROR, "http.error", "application"},
	{NEL_HTTP_PROTOCOL_ERROR, "http.protocol.error", "application"},
	{NEL_HTTP_RESPONSE_INVALID, "http.response.invalid", "application"},
	{NEL_HTTP_REDIRECT, "http.response.redirect", "application"},
	{NEL_HTTP_FAILED, "http.failed", "application"},
	{NEL_ABANDONED, "abandoned", "application"},
	{NEL_UNKNOWN, "unknown", "application"},
	{NEL_LOCAL_NO_ROUTE, "local.no_route", "connection"},
	{NEL_LOCAL_NO_RESOLVER, "local.no_resolver", "dns"},
	{NEL_LOCAL_DESCRIPTORS, "local.descriptors", "connection"},
};

int main(void)
{
	CHECK_CASE("names and phases");
	for (size_t i = 0; i < LAT_COUNT(table); i++) {
		CHECK_STR(nel_type_name(table[i].type), table[i].name);
		CHECK_INT(nel_type_of(table[i].name), table[i].type);
		CHECK_STR(nel_phase_name(nel_phase_of_type(table[i].type)), table[i].phase);
	}

	CHECK_CASE("every type has a name of its own");
	for (int t = NEL_OK + 1; t < NEL_TYPES; t++)
		CHECK_INT(nel_type_of(nel_type_name((enum nel_type)t)), t);

	CHECK_CASE("no error has no name, an unheard one is unknown");
	CHECK(nel_type_name(NEL_OK) == NULL);
	CHECK_INT(nel_type_of(NULL), NEL_OK);
	CHECK_INT(nel_type_of("quic.failed"), NEL_UNKNOWN);
	CHECK_STR(nel_type_name((enum nel_type)999), "unknown");
	CHECK_INT(nel_phase_of_type(NEL_LOCAL_FAILED), NEL_PHASE_NONE);

	CHECK_CASE("phases by name");
	CHECK_INT(nel_phase_of("dns"), NEL_PHASE_DNS);
	CHECK_INT(nel_phase_of("connection"), NEL_PHASE_CONNECTION);
	CHECK_INT(nel_phase_of("application"), NEL_PHASE_APPLICATION);
	CHECK_INT(nel_phase_of(NULL), NEL_PHASE_NONE);
	CHECK_INT(nel_phase_of("layer 8"), NEL_PHASE_NONE);
	CHECK(nel_phase_name(NEL_PHASE_NONE) == NULL);

	CHECK_CASE("numbers that stored cells rely on");
	CHECK_INT(NEL_TCP_REFUSED, 8);
	CHECK_INT(NEL_LOCAL_FAILED, 32);
	CHECK_INT(NEL_LOCAL_CLOCK, 33);
	return check_done();
}
