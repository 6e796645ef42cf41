/* From what libcurl, OpenSSL and the kernel said to one name of schema/nel.h. */
#ifndef LATLAS_PROBE_FAILURE_H
#define LATLAS_PROBE_FAILURE_H

#include <curl/curl.h>
#include <stdbool.h>

#include "schema/nel.h"

struct failure_facts {
	CURLcode code;     /* not CURLE_OK */
	int os_errno;      /* CURLINFO_OS_ERRNO, or of socket(2); 0: none */
	bool https;
	bool connected;    /* TCP was established, or is not to be (QUIC) */
	bool handshake;    /* the TLS handshake was complete (the name was still to be checked) */
	bool secured;      /* all of TLS was */
	bool answered;     /* the first byte of the response came */
	long verify;       /* X509_V_*, of the certificate's check */
	int alert;         /* TLS alert received; -1: none */
	bool nonsense;     /* OpenSSL, or nghttp2, could not make sense of what came */
	bool http2;        /* agreed upon in the handshake */
	bool clock_wrong;  /* ours, so that no certificate can be judged */
	bool peer_closed;  /* the kernel says that the peer had closed the connection */
};

enum nel_type failure_type(const struct failure_facts *f);
/* What errno of connect(2), read(2) and the like means; NEL_OK if it says nothing of a connection. */
enum nel_type failure_of_errno(int os_errno);

#endif
