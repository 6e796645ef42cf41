/* The address guard: a probe trusts its collector to name targets, but not to make it
 * knock on doors of the network it stands in. Applied to what a name resolved to and to
 * addresses that a plan gives, and once more to the socket that is about to connect.
 *
 * Refused: loopback, private (RFC 1918), link-local, "this network" 0/8, shared 100.64/10
 * (RFC 6598), 192.0.0/24 (RFC 6890), multicast, broadcast, the metadata services of clouds,
 * unique and site-local IPv6, and every IPv6 form that carries one of these IPv4 addresses:
 * mapped, compatible, NAT64 (RFC 6052, and the local prefix of RFC 8215 whole), 6to4
 * (RFC 3056), Teredo (RFC 4380). Ports: only those listed. */
#ifndef LATLAS_PROBE_GUARD_H
#define LATLAS_PROBE_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/address.h"

struct guard {
	bool off;             /* by hand: everything is allowed */
	bool allow_private;
	const int64_t *ports; /* that may be connected to; the owner's array */
	size_t port_count;
};

/* NULL if the address may be connected to, else what it is, in a word or two. */
const char *guard_address(const struct guard *g, const struct address *a);
/* May this port be connected to? */
bool guard_port(const struct guard *g, int port);

#endif
