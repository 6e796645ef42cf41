#include "probe/tcpinfo.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

/* The kernel may be older than the header: only what lies within the length it returned is
 * there. */
#define HAS(len, field) \
	((len) >= offsetof(struct tcp_info, field) + sizeof(((struct tcp_info *)0)->field))

/* Of enum in <net/tcp_states.h>, which is not exported beside <linux/tcp.h>. */
#define STATE_CLOSE_WAIT 8

struct tcpinfo tcpinfo_read(int fd)
{
	struct tcpinfo out = { .min_rtt_us = -1, .rtt_us = -1, .retrans = -1 };
	struct tcp_info in = {0};
	socklen_t len = sizeof in;
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &in, &len) != 0)
		return out;
	if (HAS(len, tcpi_state))
		out.peer_closed = in.tcpi_state == STATE_CLOSE_WAIT;
	if (HAS(len, tcpi_total_retrans))
		out.retrans = in.tcpi_total_retrans;
	if (HAS(len, tcpi_rtt) && in.tcpi_rtt != 0)
		out.rtt_us = in.tcpi_rtt;
	/* UINT32_MAX: no round trip was ever measured. */
	if (HAS(len, tcpi_min_rtt) && in.tcpi_min_rtt != UINT32_MAX)
		out.min_rtt_us = in.tcpi_min_rtt;
	return out;
}
