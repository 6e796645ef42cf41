#include "netns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netlink.h"

enum { EDGE_INDEX = 2 }; /* of eth0 in every place */

static bool fail(char *err, size_t n, const char *what, int code) {
  snprintf(err, n, "%s: %s", what, strerror(code));
  return false;
}

/* The setting of the namespace that the caller is in at present: /proc/sys/net
 * shows each reader its own. */
static bool sysctl(const char *path, const char *value) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool ok = write(fd, value, strlen(value)) == (ssize_t)strlen(value);
  close(fd);
  return ok;
}

void netns_mac(int i, unsigned char mac[6]) {
  memcpy(mac, (unsigned char[6]){0x02, 0x6c, 0x61, 0x74, 0, (unsigned char)(i + 1)}, 6);
}

static int bring_up(int nl, int index, unsigned more) {
  struct nl_request r;
  struct ifinfomsg *m = nl_start(&r, RTM_NEWLINK, 0, sizeof *m);
  m->ifi_index = index;
  m->ifi_flags = m->ifi_change = IFF_UP | more;
  return nl_talk(nl, &r);
}

static int make_veth(int nl, int i, int ns_fd) {
  char name[IFNAMSIZ];
  unsigned char mac[6];
  struct nl_request r;
  snprintf(name, sizeof name, "p%d", i);
  struct ifinfomsg *m = nl_start(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *m);
  nl_put(&r, IFLA_IFNAME, name, strlen(name) + 1);
  /* Our end's address is nobody's destination: frames that arrive there are
   * for 'another host', and our own IP stack leaves them alone. */
  netns_mac(i, mac);
  mac[4] = 1;
  nl_put(&r, IFLA_ADDRESS, mac, sizeof mac);
  struct nlattr *info = nl_nest(&r, IFLA_LINKINFO);
  nl_put(&r, IFLA_INFO_KIND, "veth", 4);
  struct nlattr *data = nl_nest(&r, IFLA_INFO_DATA);
  struct nlattr *peer = nl_nest(&r, VETH_INFO_PEER);
  struct ifinfomsg *pm = nl_raw(&r, sizeof *pm);
  pm->ifi_index = EDGE_INDEX;
  nl_put(&r, IFLA_IFNAME, "eth0", 5);
  netns_mac(i, mac);
  nl_put(&r, IFLA_ADDRESS, mac, sizeof mac);
  nl_put(&r, IFLA_NET_NS_FD, &ns_fd, sizeof ns_fd);
  nl_end(&r, peer);
  nl_end(&r, data);
  nl_end(&r, info);
  return nl_talk(nl, &r);
}

static int add_address(int nl, int family, const void *address, size_t size) {
  struct nl_request r;
  struct ifaddrmsg *m = nl_start(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof *m);
  m->ifa_family = (unsigned char)family;
  m->ifa_prefixlen = (unsigned char)(size * 8);
  m->ifa_flags = IFA_F_PERMANENT | IFA_F_NODAD;
  m->ifa_index = EDGE_INDEX;
  nl_put(&r, IFA_LOCAL, address, size);
  nl_put(&r, IFA_ADDRESS, address, size);
  return nl_talk(nl, &r);
}

static int add_default_route(int nl, int family, const void *source, size_t size) {
  struct nl_request r;
  int index = EDGE_INDEX;
  struct rtmsg *m = nl_start(&r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, sizeof *m);
  m->rtm_family = (unsigned char)family;
  m->rtm_table = RT_TABLE_MAIN;
  m->rtm_protocol = RTPROT_STATIC;
  m->rtm_scope = family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
  m->rtm_type = RTN_UNICAST;
  nl_put(&r, RTA_OIF, &index, sizeof index);
  nl_put(&r, RTA_PREFSRC, source, size);
  return nl_talk(nl, &r);
}

/* What is done inside the place, by a netlink socket that was opened there. */
static int furnish(int nl, int i) {
  unsigned char v4[4] = {10, (unsigned char)(i + 1), 0, 1};
  unsigned char v6[16] = {0xfd, 0x6c, 0x61, 0x74, 0x6c, 0x61, 0, (unsigned char)(i + 1), [15] = 1};
  int e = bring_up(nl, 1, 0);
  if (!e) e = bring_up(nl, EDGE_INDEX, IFF_NOARP);
  if (!e) e = add_address(nl, AF_INET, v4, sizeof v4);
  if (!e) e = add_default_route(nl, AF_INET, v4, sizeof v4);
  /* A kernel booted without IPv6 has a planet without it. */
  if (!e && access("/proc/net/if_inet6", F_OK) == 0) {
    e = add_address(nl, AF_INET6, v6, sizeof v6);
    if (!e) e = add_default_route(nl, AF_INET6, v6, sizeof v6);
  }
  return e;
}

/* The packet socket on our end. */
static int open_tap(struct place *p, char *err, size_t n) {
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int one = 1, big = 16 << 20;
  struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = p->ifindex};
  if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof one) < 0 ||
      setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) < 0 ||
      setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one) < 0 ||
      bind(fd, (struct sockaddr *)&at, sizeof at) < 0) {
    fail(err, n, "packet socket", errno);
    if (fd >= 0) close(fd);
    return -1;
  }
  /* As root beyond the system's limit; otherwise up to it. */
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof big) < 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &big, sizeof big);
  if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &big, sizeof big) < 0)
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &big, sizeof big);
  return fd;
}

bool netns_prepare_home(char *err, size_t n) {
  /* No addresses of its own on our ends: they would send neighbour discovery. */
  sysctl("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
  int nl = nl_open();
  int e = nl < 0 ? -errno : bring_up(nl, 1, 0);
  if (nl >= 0) close(nl);
  return e ? fail(err, n, "home namespace", -e) : true;
}

/* A page must take as long on every host, so what a namespace would inherit is set here. */
static bool tcp_settings(void) {
  /* What one connection taught the kernel must not speed up the next. */
  bool ok = sysctl("/proc/sys/net/ipv4/tcp_no_metrics_save", "1");
  /* Reno is in every kernel, and its slow start depends on nothing but the round trip: BBR,
   * the default of some hosts, paces (slower here, and ten times the frames), and cubic's
   * HyStart leaves slow start early when a busy machine makes acknowledgements late. */
  ok = ok && sysctl("/proc/sys/net/ipv4/tcp_congestion_control", "reno");
  /* Windows that never bind. From the usual 128 KB the receiver's grows with what the
   * application has read, and where the machine makes that late a page takes one to ten
   * round trips more. */
  ok = ok && sysctl("/proc/sys/net/ipv4/tcp_rmem", "4096 1048576 6291456") &&
       sysctl("/proc/sys/net/ipv4/tcp_wmem", "4096 1048576 4194304");
  /* At long round trips TCP cuts a flight into frames of two segments, for the sake of
   * pacing, which there is none of here; frames of sixteen arrive when those would, and each
   * costs every program on its way a system call or more. */
  sysctl("/proc/sys/net/ipv4/tcp_min_tso_segs", "16");
  return ok;
}

/* Makes a namespace and returns its descriptor and a netlink socket in it; the
 * caller is back home afterwards. */
static bool open_namespace(int *ns_fd, int *nl, char *err, size_t n) {
  int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  if (home < 0) return fail(err, n, "/proc/self/ns/net", errno);
  if (unshare(CLONE_NEWNET) < 0) {
    close(home);
    return fail(err, n, "new network namespace", errno);
  }
  *ns_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  *nl = nl_open();
  int e = errno;
  bool ok = tcp_settings();
  sysctl("/proc/sys/net/ipv6/conf/default/accept_ra", "0");
  sysctl("/proc/sys/net/ipv6/conf/default/addr_gen_mode", "1"); /* no link-local */
  if (setns(home, CLONE_NEWNET) < 0) {
    close(home);
    return fail(err, n, "way back from a namespace", errno);
  }
  close(home);
  if (*ns_fd < 0 || *nl < 0) return fail(err, n, "new network namespace", e);
  return ok ? true : fail(err, n, "settings of TCP in a namespace", EACCES);
}

bool netns_make(struct world *w, int i, char *err, size_t n) {
  struct place *p = &w->place[i];
  char name[IFNAMSIZ];
  int inside = -1;
  if (!open_namespace(&p->ns_fd, &inside, err, n)) return false;
  int home = nl_open();
  int e = home < 0 ? -errno : make_veth(home, i, p->ns_fd);
  snprintf(name, sizeof name, "p%d", i);
  p->ifindex = (int)if_nametoindex(name);
  if (!e) e = bring_up(home, p->ifindex, IFF_NOARP);
  if (!e) e = furnish(inside, i);
  if (home >= 0) close(home);
  close(inside);
  if (e) return fail(err, n, p->name, -e);
  p->sock = open_tap(p, err, n);
  return p->sock >= 0;
}

static void *close_socket(void *sock) {
  close(*(int *)sock);
  return NULL;
}

void netns_close(struct world *w) {
  pthread_t thread[MAX_PLACES];
  bool begun[MAX_PLACES];
  for (int i = 0; i < w->count; i++)
    begun[i] = pthread_create(&thread[i], NULL, close_socket, &w->place[i].sock) == 0;
  for (int i = 0; i < w->count; i++)
    if (begun[i]) pthread_join(thread[i], NULL);
}
