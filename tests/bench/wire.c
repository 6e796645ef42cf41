/* What the wire saw: a packet capture of an interface, reduced to the phases of each connection.
 *
 *     wire LOW HIGH [INTERFACE]     captures until its standard input ends; needs CAP_NET_RAW
 *
 * Says "ready" when it captures, and at the end, for each TCP connection to a port from LOW to HIGH,
 * in the order of their beginnings,
 *
 *     PORT TCP_US TLS_US WAIT_US BODY_US MIN_RTT_US
 *
 * on loopback, where no INTERFACE is given; where one is, ADDRESS:PORT of the server.
 * with "-" where a moment is missing, then "captured N dropped N". Times are the kernel's stamps on
 * the packets, as the client's side of the interface sees them: of its own packets as they go
 * out, of the server's as they come in.
 *     tcp    first SYN                           to  SYN-ACK
 *     tls    the client's first data             to  its second flight (CCS and Finished; TLS 1.3)
 *     wait   the client's third flight (request) to  the server's next data
 *     body   that                                to  the last data before the client speaks again
 * The server must send nothing between the Finished and the request (no session tickets), and the
 * client must write Finished and request apart; nginx can, curl, Go and the probe do.
 * MIN_RTT is the smallest time from a segment to the acknowledgement that covers it, of the segments
 * newly covered the last sent, as in the kernel's tcp_clean_rtx_queue().
 *
 * The ring (packet(7), PACKET_RX_RING) is filled by the kernel and read only at the end, so that
 * the capture wakes nobody while something is measured. */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAME 256u
#define BLOCK (1u << 20)
#define BLOCKS 32u
#define FRAMES (BLOCK / FRAME * BLOCKS)
#define MAX_SEGMENTS 64
#define MAX_CONNECTIONS 8192

struct segment { uint32_t end; int64_t sent; };

struct connection {
	uint32_t address; /* of the server */
	uint16_t client, server;
	int64_t syn, syn_ack, hello, finished, request, first, last; /* ns, 0: not seen */
	bool server_spoke, over;
	struct segment open[MAX_SEGMENTS];
	size_t opened;
	int64_t min_rtt;
};

static struct connection connections[MAX_CONNECTIONS];
static size_t connection_count;

static struct connection *find(uint32_t address, uint16_t client, uint16_t server, bool syn)
{
	for (size_t i = connection_count; !syn && i > 0; i--)
		if (connections[i - 1].client == client && connections[i - 1].server == server &&
		    connections[i - 1].address == address)
			return &connections[i - 1];
	if (!syn || connection_count == MAX_CONNECTIONS)
		return NULL;
	struct connection *c = &connections[connection_count++];
	c->address = address;
	c->client = client;
	c->server = server;
	return c;
}

static void once(int64_t *moment, int64_t now)
{
	if (*moment == 0)
		*moment = now;
}

static void from_client(struct connection *c, int64_t now, const struct tcphdr *t, uint32_t len)
{
	if (t->syn)
		once(&c->syn, now);
	uint32_t end = ntohl(t->seq) + len + t->syn + t->fin;
	if (end != ntohl(t->seq) && c->opened < MAX_SEGMENTS)
		c->open[c->opened++] = (struct segment){ end, now };
	if (c->first != 0 && (len > 0 || t->fin))
		c->over = true;
	if (len == 0)
		return;
	if (!c->server_spoke)
		once(&c->hello, now);
	else if (c->finished == 0)
		c->finished = now;
	else
		once(&c->request, now);
}

static void from_server(struct connection *c, int64_t now, const struct tcphdr *t, uint32_t len)
{
	if (t->syn)
		once(&c->syn_ack, now);
	int64_t sent = 0;
	size_t left = 0;
	for (size_t i = 0; t->ack && i < c->opened; i++) {
		if ((int32_t)(ntohl(t->ack_seq) - c->open[i].end) >= 0)
			sent = c->open[i].sent > sent ? c->open[i].sent : sent;
		else
			c->open[left++] = c->open[i];
	}
	if (t->ack)
		c->opened = left;
	if (sent != 0 && (c->min_rtt == 0 || now - sent < c->min_rtt))
		c->min_rtt = now - sent;
	if (len == 0)
		return;
	c->server_spoke = true;
	if (c->request != 0 && !c->over) {
		once(&c->first, now);
		c->last = now;
	}
}

static void take(const unsigned char *packet, uint32_t have, int64_t now, bool outgoing, uint16_t low, uint16_t high)
{
	struct iphdr ip;
	struct tcphdr t;
	if (have < ETH_HLEN + sizeof ip)
		return;
	memcpy(&ip, packet + ETH_HLEN, sizeof ip);
	size_t at = ETH_HLEN + ip.ihl * 4u;
	if (ip.version != 4 || ip.protocol != IPPROTO_TCP || have < at + sizeof t)
		return;
	memcpy(&t, packet + at, sizeof t);
	uint32_t len = ntohs(ip.tot_len) - ip.ihl * 4u - t.doff * 4u;
	uint16_t from = ntohs(t.source), to = ntohs(t.dest);
	/* Loopback shows each packet twice: going out, and coming in. */
	if (outgoing && to >= low && to <= high) {
		struct connection *c = find(ip.daddr, from, to, t.syn);
		if (c != NULL)
			from_client(c, now, &t, len);
	} else if (!outgoing && from >= low && from <= high) {
		struct connection *c = find(ip.saddr, to, from, false);
		if (c != NULL)
			from_server(c, now, &t, len);
	}
}

static void print_span(int64_t from, int64_t to)
{
	if (from == 0 || to == 0)
		printf(" -");
	else
		printf(" %.1f", (double)(to - from) / 1e3);
}

static void fatal(const char *what)
{
	perror(what);
	exit(69);
}

static unsigned char *open_ring(int *fd, const char *interface)
{
	int version = TPACKET_V2;
	struct tpacket_req size = { .tp_block_size = BLOCK, .tp_block_nr = BLOCKS, .tp_frame_size = FRAME,
	                            .tp_frame_nr = FRAMES };
	struct sockaddr_ll there = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
	                             .sll_ifindex = (int)if_nametoindex(interface) };
	if (there.sll_ifindex == 0)
		fatal("wire: interface");
	*fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (*fd < 0 || setsockopt(*fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0 ||
	    setsockopt(*fd, SOL_PACKET, PACKET_RX_RING, &size, sizeof size) != 0)
		fatal("wire: packet socket");
	unsigned char *ring = mmap(NULL, (size_t)BLOCK * BLOCKS, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	if (ring == MAP_FAILED || bind(*fd, (struct sockaddr *)&there, sizeof there) != 0)
		fatal("wire: ring");
	return ring;
}

int main(int argc, char **argv)
{
	bool given = argc == 4;
	int fd, low = argc == 3 || given ? atoi(argv[1]) : 0, high = low > 0 ? atoi(argv[2]) : 0;
	if (low < 1 || high < low || high > 65535) {
		fprintf(stderr, "usage: wire LOW HIGH [INTERFACE] (ports)\n");
		return 64;
	}
	unsigned char *ring = open_ring(&fd, given ? argv[3] : "lo");
	puts("ready");
	fflush(stdout);
	char unused[64];
	while (read(STDIN_FILENO, unused, sizeof unused) > 0)
		;
	unsigned captured = 0;
	for (; captured < FRAMES; captured++) {
		const unsigned char *frame = ring + (size_t)captured * FRAME;
		const struct tpacket2_hdr *h = (const void *)frame;
		const struct sockaddr_ll *from = (const void *)(frame + TPACKET_ALIGN(sizeof *h));
		if ((h->tp_status & TP_STATUS_USER) == 0)
			break;
		take(frame + h->tp_mac, h->tp_snaplen, h->tp_sec * 1000000000LL + h->tp_nsec,
		     from->sll_pkttype == PACKET_OUTGOING, (uint16_t)low, (uint16_t)high);
	}
	for (size_t i = 0; i < connection_count; i++) {
		const struct connection *c = &connections[i];
		if (given)
			printf("%s:", inet_ntoa((struct in_addr){ c->address }));
		printf("%u", c->server);
		print_span(c->syn, c->syn_ack);
		print_span(c->hello, c->finished);
		print_span(c->request, c->first);
		print_span(c->first, c->last);
		print_span(c->min_rtt == 0 ? 0 : 1, c->min_rtt == 0 ? 0 : 1 + c->min_rtt);
		putchar('\n');
	}
	struct tpacket_stats stats = {0};
	socklen_t len = sizeof stats;
	if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len) != 0)
		fatal("wire: statistics");
	printf("captured %u dropped %u\n", captured, stats.tp_drops);
	return 0;
}
