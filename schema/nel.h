/* Why a measurement failed, in the names of Network Error Logging (W3C, "Network
 * Error Logging", section "Predefined network error types"), and in which of its
 * phases: dns, connection, application. Types that NEL has no name for (something is
 * wrong with the probe itself, not with the target) start with "local.".
 *
 * The numbers are kept in stored cells: new types go to the end, none is taken out. */
#ifndef LATLAS_SCHEMA_NEL_H
#define LATLAS_SCHEMA_NEL_H

enum nel_type {
	NEL_OK = 0, /* no error */
	NEL_DNS_UNREACHABLE,        /* dns.unreachable: the resolver cannot be reached (or is silent) */
	NEL_DNS_NAME_NOT_RESOLVED,  /* dns.name_not_resolved: NXDOMAIN or no address */
	NEL_DNS_FAILED,             /* dns.failed: SERVFAIL, REFUSED, a broken answer */
	NEL_DNS_ADDRESS_CHANGED,    /* dns.address_changed */
	NEL_TCP_TIMED_OUT,          /* tcp.timed_out */
	NEL_TCP_CLOSED,             /* tcp.closed: closed by the peer before an answer */
	NEL_TCP_RESET,              /* tcp.reset */
	NEL_TCP_REFUSED,            /* tcp.refused */
	NEL_TCP_ABORTED,            /* tcp.aborted */
	NEL_TCP_ADDRESS_INVALID,    /* tcp.address_invalid: refused by the probe's address guard */
	NEL_TCP_ADDRESS_UNREACHABLE,/* tcp.address_unreachable */
	NEL_TCP_FAILED,             /* tcp.failed */
	NEL_TLS_VERSION_OR_CIPHER,  /* tls.version_or_cipher_mismatch */
	NEL_TLS_BAD_CLIENT_CERT,    /* tls.bad_client_auth_cert */
	NEL_TLS_CERT_NAME_INVALID,  /* tls.cert.name_invalid */
	NEL_TLS_CERT_DATE_INVALID,  /* tls.cert.date_invalid */
	NEL_TLS_CERT_AUTHORITY_INVALID, /* tls.cert.authority_invalid */
	NEL_TLS_CERT_INVALID,       /* tls.cert.invalid */
	NEL_TLS_CERT_REVOKED,       /* tls.cert.revoked */
	NEL_TLS_PROTOCOL_ERROR,     /* tls.protocol.error */
	NEL_TLS_FAILED,             /* tls.failed; a handshake that timed out too */
	NEL_HTTP_ERROR,             /* http.error: status not as expected */
	NEL_HTTP_PROTOCOL_ERROR,    /* http.protocol.error */
	NEL_HTTP_RESPONSE_INVALID,  /* http.response.invalid: truncated or malformed body */
	NEL_HTTP_REDIRECT,          /* http.response.redirect: a redirect is a failure (ours) */
	NEL_HTTP_FAILED,            /* http.failed; no first byte or no end of body in time too */
	NEL_ABANDONED,              /* abandoned: the round ended first */
	NEL_UNKNOWN,                /* unknown */
	NEL_LOCAL_NO_ROUTE,         /* local.no_route */
	NEL_LOCAL_NO_RESOLVER,      /* local.no_resolver */
	NEL_LOCAL_DESCRIPTORS,      /* local.descriptors */
	NEL_LOCAL_FAILED,           /* local.failed */
	NEL_LOCAL_CLOCK,            /* local.clock: ours is so wrong that no certificate is valid */
	NEL_TYPES
};

enum nel_phase { NEL_PHASE_NONE, NEL_PHASE_DNS, NEL_PHASE_CONNECTION, NEL_PHASE_APPLICATION, NEL_PHASES };

/* "tcp.refused"; NULL for NEL_OK. */
const char *nel_type_name(enum nel_type type);
/* NEL_UNKNOWN for a name that isn't in the table (a newer probe's), NEL_OK for NULL. */
enum nel_type nel_type_of(const char *name);
/* "dns", "connection", "application"; NULL for NEL_PHASE_NONE. */
const char *nel_phase_name(enum nel_phase phase);
enum nel_phase nel_phase_of(const char *name);
/* The phase that a type belongs to. */
enum nel_phase nel_phase_of_type(enum nel_type type);

#endif
