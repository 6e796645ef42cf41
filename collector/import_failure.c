/* Other programs' words for a failure, in the names of Network Error Logging (schema/nel.h). */
#include <string.h>

#include "collector/import.h"
#include "lib/attr.h"

/* The first that is part of the text counts; capitals or not. Node's codes (Globalping), libevent's
 * and the C library's words (RIPE Atlas, curl). */
static const struct { const char *part; enum nel_type type; } words[] = {
	{"enotfound", NEL_DNS_NAME_NOT_RESOLVED},
	{"could not resolve", NEL_DNS_NAME_NOT_RESOLVED},
	{"name or service not known", NEL_DNS_NAME_NOT_RESOLVED},
	{"nodename nor servname", NEL_DNS_NAME_NOT_RESOLVED},
	{"nxdomain", NEL_DNS_NAME_NOT_RESOLVED},
	{"name resolution", NEL_DNS_FAILED},
	{"eai_again", NEL_DNS_FAILED},
	{"servfail", NEL_DNS_FAILED},
	{"econnrefused", NEL_TCP_REFUSED},
	{"connection refused", NEL_TCP_REFUSED},
	{"econnreset", NEL_TCP_RESET},
	{"connection reset", NEL_TCP_RESET},
	{"network is unreachable", NEL_LOCAL_NO_ROUTE},
	{"enetunreach", NEL_LOCAL_NO_ROUTE},
	{"ehostunreach", NEL_TCP_ADDRESS_UNREACHABLE},
	{"no route to host", NEL_TCP_ADDRESS_UNREACHABLE},
	{"host is unreachable", NEL_TCP_ADDRESS_UNREACHABLE},
	{"connect: timeout", NEL_TCP_TIMED_OUT},
	{"etimedout", NEL_TCP_TIMED_OUT},
	{"connection timed out", NEL_TCP_TIMED_OUT},
	{"connect timeout", NEL_TCP_TIMED_OUT},
	{"expired", NEL_TLS_CERT_DATE_INVALID},
	{"not yet valid", NEL_TLS_CERT_DATE_INVALID},
	{"altname", NEL_TLS_CERT_NAME_INVALID},
	{"no alternative certificate subject name", NEL_TLS_CERT_NAME_INVALID},
	{"self-signed", NEL_TLS_CERT_AUTHORITY_INVALID},
	{"self signed", NEL_TLS_CERT_AUTHORITY_INVALID},
	{"issuer", NEL_TLS_CERT_AUTHORITY_INVALID},
	{"unable to verify", NEL_TLS_CERT_AUTHORITY_INVALID},
	{"revoked", NEL_TLS_CERT_REVOKED},
	{"certificate", NEL_TLS_CERT_INVALID},
	{"handshake", NEL_TLS_FAILED},
	{"ssl", NEL_TLS_FAILED},
	{"timeout", NEL_HTTP_FAILED},
	{"timed out", NEL_HTTP_FAILED},
};

void import_failed(struct sample *sample, const char *text, enum nel_type otherwise)
{
	sample->error = otherwise;
	for (size_t i = 0; text != NULL && i < LAT_COUNT(words); i++)
		if (strcasestr(text, words[i].part) != NULL) {
			sample->error = words[i].type;
			break;
		}
	sample->error_phase = nel_phase_of_type(sample->error);
}
