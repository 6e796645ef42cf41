/* Literal IP addresses, with a port: what is asked, connected to and guarded. */
#ifndef LATLAS_PROBE_ADDRESS_H
#define LATLAS_PROBE_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "lib/vec.h"

struct address {
	int family;         /* 4 or 6; 0: none */
	uint8_t bytes[16];  /* network order; the first four of them for family 4 */
	uint16_t port;      /* host order; 0: none */
};

struct addresses { struct address *at; size_t len, cap; }; /* for lib/vec.h */

/* "192.0.2.1" or "2001:db8::1" (also in brackets), nothing else. port is set to 0. */
bool address_parse(const char *text, struct address *out);
/* The same with an optional port: "192.0.2.1:53", "[2001:db8::1]:53"; `port` where none is
 * written. */
bool address_parse_port(const char *text, uint16_t port, struct address *out);

/* From the kernel's form; false for a family that isn't IP. */
bool address_from_sockaddr(const struct sockaddr *sa, struct address *out);

/* As text, without the port. */
#define ADDRESS_TEXT 64
const char *address_text(const struct address *a, char out[ADDRESS_TEXT]);
/* With ":port" (and brackets around an IPv6 address) unless the port is `usual`. */
const char *address_text_port(const struct address *a, uint16_t usual, char out[ADDRESS_TEXT]);

bool address_equal(const struct address *a, const struct address *b); /* ports left out */

#endif
