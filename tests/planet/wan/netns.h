/* netns.h: a network namespace for each place, joined to ours by a veth pair.
 *
 * In the place: lo, and eth0 (always index 2, MTU 1500) with 10.(i+1).0.1/32 and
 * fd6c:6174:6c61:(i+1)::1/128, without ARP and neighbour discovery (IFF_NOARP),
 * everything routed over eth0. In our namespace: the other end, p<i>, with no
 * address, from which forward.c reads and to which it writes by a packet socket
 * with a virtio_net_hdr, so that checksum offload and TSO stay on.
 *
 * Needs CAP_SYS_ADMIN and CAP_NET_ADMIN over the namespaces: root's, or those of
 * a user namespace of our own. Everything made here ends with its last
 * descriptor. */
#ifndef WAN_NETNS_H
#define WAN_NETNS_H

#include "world.h"

/* Prepares the caller's own (new) network namespace. */
bool netns_prepare_home(char *err, size_t err_size);

/* Makes the namespace of place i, and fills in ns_fd, ifindex and sock. */
bool netns_make(struct world *w, int i, char *err, size_t err_size);

/* Closes the sockets of all places. Each close waits for a grace period of the kernel's (RCU),
 * 50 ms or so: they are closed side by side, which share one, and not one after another
 * when the process ends. */
void netns_close(struct world *w);

/* The address that frames to place i must bear, 6 bytes. */
void netns_mac(int i, unsigned char mac[6]);

#endif
