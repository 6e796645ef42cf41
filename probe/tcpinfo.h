/* What the kernel knows of a TCP connection: its own smallest round trip, which no
 * lateness of ours can touch (within microseconds of the wire at any load), and what had to
 * be sent again. tcp(7), TCP_INFO; fields of <linux/tcp.h>. */
#ifndef LATLAS_PROBE_TCPINFO_H
#define LATLAS_PROBE_TCPINFO_H

#include <stdbool.h>
#include <stdint.h>

struct tcpinfo {
	int64_t min_rtt_us; /* -1: never measured (not connected) */
	int64_t rtt_us;     /* smoothed; right behind the handshake it is the handshake's; -1: none yet */
	int64_t retrans;    /* segments sent again, SYNs too; -1: not told */
	bool peer_closed;   /* the peer has sent its FIN, and we none yet (CLOSE_WAIT) */
};

/* To be read just before the descriptor is closed, and for the handshake's round trip as soon as
 * it is connected: delayed acknowledgements of data pollute what is smoothed. Everything is -1 or false if the kernel
 * doesn't tell. */
struct tcpinfo tcpinfo_read(int fd);

#endif
