/* netlink.h: the little of rtnetlink(7) that a place needs.
 *
 * A request is built in a struct nl_request with nl_start, nl_put and nl_nest,
 * and sent with nl_talk, which waits for the kernel's acknowledgement: 0, or a
 * negative errno. */
#ifndef WAN_NETLINK_H
#define WAN_NETLINK_H

#include <linux/netlink.h>
#include <stddef.h>

struct nl_request {
  union {
    struct nlmsghdr head;
    char bytes[1024];
  };
};

/* A socket in the caller's present network namespace, or -1. */
int nl_open(void);

/* Begins a request of a type with its fixed part, zeroed; returns that part. */
void *nl_start(struct nl_request *r, int type, int flags, size_t fixed);

/* Adds an attribute. Asserts that there is room: sizes are ours, not input. */
void nl_put(struct nl_request *r, int type, const void *data, size_t size);

/* Opens a nested attribute; nl_end closes it. */
struct nlattr *nl_nest(struct nl_request *r, int type);
void nl_end(struct nl_request *r, struct nlattr *nest);

/* Adds raw bytes (a fixed part within a nest). */
void *nl_raw(struct nl_request *r, size_t size);

int nl_talk(int fd, struct nl_request *r);

#endif
