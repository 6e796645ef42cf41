#include "schema/nel.h"

#include <stddef.h>
#include <string.h>

#include "lib/attr.h"

/* The first three groups are W3C Network Error Logging, section 6 "Predefined network
 * error types" (DNS, secure connection, transmission); "http.response.redirect" and
 * "local.*" are ours. */
static const struct {
	const char *name;
	enum nel_phase phase;
} types[] = {
	[NEL_OK] = {NULL, NEL_PHASE_NONE},
	[NEL_DNS_UNREACHABLE] = {"dns.unreachable", NEL_PHASE_DNS},
	[NEL_DNS_NAME_NOT_RESOLVED] = {"dns.name_not_resolved", NEL_PHASE_DNS},
	[NEL_DNS_FAILED] = {"dns.failed", NEL_PHASE_DNS},
	[NEL_DNS_ADDRESS_CHANGED] = {"dns.address_changed", NEL_PHASE_DNS},
	[NEL_TCP_TIMED_OUT] = {"tcp.timed_out", NEL_PHASE_CONNECTION},
	[NEL_TCP_CLOSED] = {"tcp.closed", NEL_PHASE_CONNECTION},
	[NEL_TCP_RESET] = {"tcp.reset", NEL_PHASE_CONNECTION},
	[NEL_TCP_REFUSED] = {"tcp.refused", NEL_PHASE_CONNECTION},
	[NEL_TCP_ABORTED] = {"tcp.aborted", NEL_PHASE_CONNECTION},
	[NEL_TCP_ADDRESS_INVALID] = {"tcp.address_invalid", NEL_PHASE_CONNECTION},
	[NEL_TCP_ADDRESS_UNREACHABLE] = {"tcp.address_unreachable", NEL_PHASE_CONNECTION},
	[NEL_TCP_FAILED] = {"tcp.failed", NEL_PHASE_CONNECTION},
	[NEL_TLS_VERSION_OR_CIPHER] = {"tls.version_or_cipher_mismatch", NEL_PHASE_CONNECTION},
	[NEL_TLS_BAD_CLIENT_CERT] = {"tls.bad_client_auth_cert", NEL_PHASE_CONNECTION},
	[NEL_TLS_CERT_NAME_INVALID] = {"tls.cert.name_invalid", NEL_PHASE_CONNECTION},
	[NEL_TLS_CERT_DATE_INVALID] = {"tls.cert.date_invalid", NEL_PHASE_CONNECTION},
	[NEL_TLS_CERT_AUTHORITY_INVALID] = {"tls.cert.authority_invalid", NEL_PHASE_CONNECTION},
	[NEL_TLS_CERT_INVALID] = {"tls.cert.invalid", NEL_PHASE_CONNECTION},
	[NEL_TLS_CERT_REVOKED] = {"tls.cert.revoked", NEL_PHASE_CONNECTION},
	[NEL_TLS_PROTOCOL_ERROR] = {"tls.protocol.error", NEL_PHASE_CONNECTION},
	[NEL_TLS_FAILED] = {"tls.failed", NEL_PHASE_CONNECTION},
	[NEL_HTTP_ERROR] = {"http.error", NEL_PHASE_APPLICATION},
	[NEL_HTTP_PROTOCOL_ERROR] = {"http.protocol.error", NEL_PHASE_APPLICATION},
	[NEL_HTTP_RESPONSE_INVALID] = {"http.response.invalid", NEL_PHASE_APPLICATION},
	[NEL_HTTP_REDIRECT] = {"http.response.redirect", NEL_PHASE_APPLICATION},
	[NEL_HTTP_FAILED] = {"http.failed", NEL_PHASE_APPLICATION},
	[NEL_ABANDONED] = {"abandoned", NEL_PHASE_APPLICATION},
	[NEL_UNKNOWN] = {"unknown", NEL_PHASE_APPLICATION},
	[NEL_LOCAL_NO_ROUTE] = {"local.no_route", NEL_PHASE_CONNECTION},
	[NEL_LOCAL_NO_RESOLVER] = {"local.no_resolver", NEL_PHASE_DNS},
	[NEL_LOCAL_DESCRIPTORS] = {"local.descriptors", NEL_PHASE_CONNECTION},
	[NEL_LOCAL_FAILED] = {"local.failed", NEL_PHASE_NONE},
	[NEL_LOCAL_CLOCK] = {"local.clock", NEL_PHASE_CONNECTION},
};
_Static_assert(LAT_COUNT(types) == NEL_TYPES, "every type has a row");

static const char *const phases[] = {
	[NEL_PHASE_NONE] = NULL,
	[NEL_PHASE_DNS] = "dns",
	[NEL_PHASE_CONNECTION] = "connection",
	[NEL_PHASE_APPLICATION] = "application",
};
_Static_assert(LAT_COUNT(phases) == NEL_PHASES, "every phase has a row");

const char *nel_type_name(enum nel_type type)
{
	return (unsigned)type < NEL_TYPES ? types[type].name : types[NEL_UNKNOWN].name;
}

enum nel_type nel_type_of(const char *name)
{
	if (name == NULL)
		return NEL_OK;
	for (int i = NEL_OK + 1; i < NEL_TYPES; i++)
		if (strcmp(types[i].name, name) == 0)
			return (enum nel_type)i;
	return NEL_UNKNOWN;
}

const char *nel_phase_name(enum nel_phase phase)
{
	return (unsigned)phase < NEL_PHASES ? phases[phase] : NULL;
}

enum nel_phase nel_phase_of(const char *name)
{
	if (name == NULL)
		return NEL_PHASE_NONE;
	for (int i = NEL_PHASE_NONE + 1; i < NEL_PHASES; i++)
		if (strcmp(phases[i], name) == 0)
			return (enum nel_phase)i;
	return NEL_PHASE_NONE;
}

enum nel_phase nel_phase_of_type(enum nel_type type)
{
	return (unsigned)type < NEL_TYPES ? types[type].phase : NEL_PHASE_NONE;
}
