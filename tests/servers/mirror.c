/* A network path for tests, on which only the TCP handshake is late: a TUN device whose every
 * packet comes back with source and destination exchanged. So a connection from 10.9.0.1 to
 * 10.9.0.N arrives at 10.9.0.1 itself as one from 10.9.0.N, and a server there answers it:
 *
 *     mirror DEVICE
 *
 * The client's first SYN to an address whose last byte is 50 or more is held back for that many
 * milliseconds, everything else goes at once. Prints "ready"; addresses are the caller's to
 * set (`ip addr add 10.9.0.1/24 dev DEVICE`). Needs CAP_NET_ADMIN. Checksums stay right: a sum
 * doesn't care for the order of what is summed (RFC 1071, 2A). */
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>

#include "tests/servers/serve.h"

#define MAX_HELD 64
#define MTU 2048

enum { V4_HEADER = 20, V6_HEADER = 40, TCP = 6, SYN_ACK = 0x12, SYN = 0x02, FLAGS = 13 };

struct held {
	int64_t due_ns; /* 0: free */
	size_t len;
	uint8_t data[MTU];
};

static int64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void exchange(uint8_t *a, uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t t = a[i];
		a[i] = b[i];
		b[i] = t;
	}
}

/* Turn a packet round; the milliseconds that it is to be held back, or -1 for what is no packet. */
static long turn(uint8_t *p, size_t len)
{
	size_t header, size;
	uint8_t *from, *to, protocol;
	if (len >= V4_HEADER && p[0] >> 4 == 4) {
		header = (size_t)(p[0] & 15) * 4;
		protocol = p[9];
		from = p + 12;
		size = 4;
	} else if (len >= V6_HEADER && p[0] >> 4 == 6) {
		header = V6_HEADER;
		protocol = p[6];
		from = p + 8;
		size = 16;
	} else {
		return -1;
	}
	to = from + size;
	uint8_t last = to[size - 1];
	exchange(from, to, size);
	bool syn = protocol == TCP && len > header + FLAGS && (p[header + FLAGS] & SYN_ACK) == SYN;
	return syn && last >= 50 ? last : 0;
}

static void pass(int fd, const uint8_t *data, size_t len)
{
	if (write(fd, data, len) < 0)
		perror("write");
}

/* Send what is due; the time until the next, -1 if there is none. */
static int64_t release(int fd, struct held *held)
{
	int64_t next = -1, now = now_ns();
	for (int i = 0; i < MAX_HELD; i++) {
		if (held[i].due_ns == 0)
			continue;
		if (held[i].due_ns <= now) {
			pass(fd, held[i].data, held[i].len);
			held[i].due_ns = 0;
		} else if (next < 0 || held[i].due_ns - now < next) {
			next = held[i].due_ns - now;
		}
	}
	return next;
}

static int open_device(const char *name)
{
	struct ifreq r = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &r) != 0)
		serve_die("/dev/net/tun");
	return fd;
}

int main(int argc, char **argv)
{
	static struct held held[MAX_HELD];
	uint8_t data[MTU];
	if (argc != 2) {
		fprintf(stderr, "usage: mirror DEVICE\n");
		return 64;
	}
	serve_begin();
	int fd = open_device(argv[1]);
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t wait = release(fd, held);
		struct timespec t = { .tv_sec = wait / 1000000000, .tv_nsec = wait % 1000000000 };
		ppoll(&p, 1, wait < 0 ? NULL : &t, NULL);
		ssize_t n = p.revents != 0 ? read(fd, data, sizeof data) : 0;
		if (n <= 0)
			continue;
		long ms = turn(data, (size_t)n);
		int i = 0;
		while (ms > 0 && i < MAX_HELD && held[i].due_ns != 0)
			i++;
		if (ms > 0 && i < MAX_HELD) {
			held[i].due_ns = now_ns() + ms * 1000000;
			held[i].len = (size_t)n;
			memcpy(held[i].data, data, (size_t)n);
		} else if (ms == 0) {
			pass(fd, data, (size_t)n);
		}
	}
}
