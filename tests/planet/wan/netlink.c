#include "netlink.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int nl_open(void) { return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE); }

void *nl_raw(struct nl_request *r, size_t size) {
  size_t at = NLMSG_ALIGN(r->head.nlmsg_len);
  assert(at + size <= sizeof r->bytes);
  memset(r->bytes + at, 0, size);
  r->head.nlmsg_len = (unsigned)(at + size);
  return r->bytes + at;
}

void *nl_start(struct nl_request *r, int type, int flags, size_t fixed) {
  memset(r, 0, sizeof *r);
  r->head.nlmsg_len = NLMSG_HDRLEN;
  r->head.nlmsg_type = (unsigned short)type;
  r->head.nlmsg_flags = (unsigned short)(NLM_F_REQUEST | NLM_F_ACK | flags);
  return nl_raw(r, fixed);
}

void nl_put(struct nl_request *r, int type, const void *data, size_t size) {
  struct nlattr *a = nl_raw(r, NLA_HDRLEN + size);
  a->nla_type = (unsigned short)type;
  a->nla_len = (unsigned short)(NLA_HDRLEN + size);
  memcpy((char *)a + NLA_HDRLEN, data, size);
}

struct nlattr *nl_nest(struct nl_request *r, int type) {
  struct nlattr *a = nl_raw(r, NLA_HDRLEN);
  a->nla_type = (unsigned short)type;
  return a;
}

void nl_end(struct nl_request *r, struct nlattr *nest) {
  nest->nla_len = (unsigned short)(r->bytes + r->head.nlmsg_len - (char *)nest);
}

int nl_talk(int fd, struct nl_request *r) {
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  if (sendto(fd, r->bytes, r->head.nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof kernel) < 0) return -errno;
  union {
    struct nlmsghdr head;
    char bytes[4096];
  } answer;
  ssize_t n = recv(fd, answer.bytes, sizeof answer.bytes, 0);
  if (n < 0) return -errno;
  if ((size_t)n < NLMSG_LENGTH(sizeof(struct nlmsgerr)) || answer.head.nlmsg_type != NLMSG_ERROR) return -EPROTO;
  return ((struct nlmsgerr *)NLMSG_DATA(&answer.head))->error;
}
