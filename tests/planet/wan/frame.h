/* frame.h: what the WAN must know of a frame, and cutting one in pieces.
 *
 * The data of a packet is a struct virtio_net_hdr (linux/virtio_net.h) and an
 * Ethernet frame. A frame may be a super-packet: up to 64 KB of one TCP stream
 * behind one header, which a network card would cut into segments of gso_size
 * (TSO). The WAN passes it on whole, which is what makes 200 MB cheap, but loss
 * must hit segments one by one; frame_slice makes a super-packet of some of a
 * super-packet's segments. */
#ifndef WAN_FRAME_H
#define WAN_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  FRAME_MAX = 10 + 14 + 65535 + 64, /* virtio header, Ethernet, IP, slack */
  FRAME_OVERHEAD = 24               /* a wire's preamble, FCS and gap */
};

struct frame {
  int from, to;       /* indices of places, by address; -1: none of ours */
  bool syn;           /* TCP with SYN */
  bool dns_answer;    /* UDP from port 53 */
  unsigned segments;  /* 1, or what TSO would make of it */
  unsigned headers;   /* bytes before the payload, without the virtio header */
  unsigned payload;   /* bytes after them */
  unsigned per;       /* payload of a segment */
};

/* Looks at data of size bytes. False if it is not IPv4 or IPv6, or not whole. */
bool frame_parse(const uint8_t *data, size_t size, struct frame *f);

/* Bytes on a wire, each segment with its headers and framing. */
uint32_t frame_wire(const struct frame *f, unsigned segments, unsigned payload);

/* Writes segments [first, first + count) of a TCP super-packet to out, which
 * has room for size bytes. Returns the size written, 0 if it can't be sliced. */
size_t frame_slice(const uint8_t *data, size_t size, const struct frame *f, unsigned first, unsigned count,
                   uint8_t *out);

#endif
