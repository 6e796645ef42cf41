#include "frame.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/virtio_net.h>
#include <string.h>

enum { V = sizeof(struct virtio_net_hdr), ETH = 14, V4_MIN = 20, V6 = 40, TCP_MIN = 20, PROTO_TCP = 6, PROTO_UDP = 17 };

enum { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_PSH = 0x08, TCP_CWR = 0x80 };

static unsigned get16(const uint8_t *p) { return (unsigned)p[0] << 8 | p[1]; }
static void put16(uint8_t *p, unsigned v) { p[0] = (uint8_t)(v >> 8), p[1] = (uint8_t)v; }
static uint32_t get32(const uint8_t *p) { return (uint32_t)get16(p) << 16 | get16(p + 2); }
static void put32(uint8_t *p, uint32_t v) { put16(p, v >> 16), put16(p + 2, v & 0xffff); }

/* 10.(i+1).x.y is place i; so is fd6c:6174:6c61:(i+1)::/64. */
static int place_of_v4(const uint8_t *a) { return a[0] == 10 ? a[1] - 1 : -1; }
static int place_of_v6(const uint8_t *a) {
  static const uint8_t prefix[7] = {0xfd, 0x6c, 0x61, 0x74, 0x6c, 0x61, 0};
  return memcmp(a, prefix, sizeof prefix) == 0 ? a[7] - 1 : -1;
}

bool frame_parse(const uint8_t *data, size_t size, struct frame *f) {
  *f = (struct frame){.from = -1, .to = -1, .segments = 1};
  if (size < V + ETH + V4_MIN) return false;
  const struct virtio_net_hdr *v = (const void *)data;
  const uint8_t *ip = data + V + ETH;
  size_t left = size - V - ETH;
  unsigned type = get16(data + V + 12), ip_size, protocol;
  if (type == ETH_P_IP) {
    ip_size = (ip[0] & 15u) * 4;
    protocol = ip[9];
    if (ip_size < V4_MIN) return false;
    f->from = place_of_v4(ip + 12);
    f->to = place_of_v4(ip + 16);
  } else if (type == ETH_P_IPV6 && left >= V6) {
    ip_size = V6;
    protocol = ip[6];
    f->from = place_of_v6(ip + 8);
    f->to = place_of_v6(ip + 24);
  } else {
    return false;
  }
  if (left < ip_size + 8) return false;
  const uint8_t *l4 = ip + ip_size;
  f->headers = ETH + ip_size;
  if (protocol == PROTO_TCP) {
    if (left < ip_size + TCP_MIN) return false;
    f->syn = l4[13] & TCP_SYN;
    f->headers += (l4[12] >> 4) * 4u;
  } else if (protocol == PROTO_UDP) {
    f->dns_answer = get16(l4) == 53;
    f->headers += 8;
  }
  if (f->headers > size - V) return false;
  f->per = f->payload = (unsigned)(size - V) - f->headers;
  if (v->gso_type != VIRTIO_NET_HDR_GSO_NONE && v->gso_size) {
    f->per = v->gso_size;
    f->segments = f->payload ? (f->payload + f->per - 1) / f->per : 1;
  }
  return true;
}

uint32_t frame_wire(const struct frame *f, unsigned segments, unsigned payload) {
  return payload + segments * (f->headers + FRAME_OVERHEAD);
}

/* One's complement sum, RFC 1071, not yet folded nor inverted. */
static uint32_t sum16(const uint8_t *p, size_t n, uint32_t sum) {
  for (; n > 1; p += 2, n -= 2) sum += get16(p);
  return n ? sum + ((uint32_t)p[0] << 8) : sum;
}
static unsigned fold(uint32_t sum) {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

/* Lengths, IPv4 checksum and id of a shortened packet; returns the sum of its
 * pseudo header, which checksum offload expects in the TCP checksum's place. */
static unsigned fix_ip(uint8_t *ip, unsigned ip_size, unsigned l4_size, unsigned first) {
  if (ip[0] >> 4 == 4) {
    put16(ip + 2, ip_size + l4_size);
    put16(ip + 4, (get16(ip + 4) + first) & 0xffff);
    put16(ip + 10, 0);
    put16(ip + 10, ~fold(sum16(ip, ip_size, 0)) & 0xffff);
    return fold(sum16(ip + 12, 8, PROTO_TCP + l4_size));
  }
  put16(ip + 4, l4_size);
  return fold(sum16(ip + 8, 32, PROTO_TCP + l4_size));
}

size_t frame_slice(const uint8_t *data, size_t size, const struct frame *f, unsigned first, unsigned count,
                   uint8_t *out) {
  const struct virtio_net_hdr *v = (const void *)data;
  unsigned kind = v->gso_type & ~(unsigned)VIRTIO_NET_HDR_GSO_ECN;
  if (kind != VIRTIO_NET_HDR_GSO_TCPV4 && kind != VIRTIO_NET_HDR_GSO_TCPV6) return 0;
  if (!(v->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)) return 0;
  unsigned offset = first * f->per;
  if (offset >= f->payload || size != V + f->headers + f->payload) return 0;
  unsigned rest = f->payload - offset, take = count * f->per < rest ? count * f->per : rest;

  memcpy(out, data, V + f->headers);
  memcpy(out + V + f->headers, data + V + f->headers + offset, take);
  struct virtio_net_hdr *ov = (void *)out;
  ov->hdr_len = (uint16_t)f->headers;
  if (take <= f->per) ov->gso_type = VIRTIO_NET_HDR_GSO_NONE, ov->gso_size = 0;
  uint8_t *ip = out + V + ETH;
  unsigned ip_size = ip[0] >> 4 == 4 ? (ip[0] & 15u) * 4 : V6;
  uint8_t *tcp = ip + ip_size;
  unsigned tcp_size = f->headers - ETH - ip_size;
  put32(tcp + 4, get32(tcp + 4) + offset);
  if (first > 0) tcp[13] &= (uint8_t)~TCP_CWR;
  if (offset + take < f->payload) tcp[13] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
  put16(tcp + 16, fix_ip(ip, ip_size, tcp_size + take, first));
  return V + f->headers + take;
}
