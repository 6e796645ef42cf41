/* planet-wan: the wide-area network of a planet on one machine.
 *
 *   planet-wan hold  DIR FILE [--seed N]       makes the places in FILE, joins them, returns when they are up
 *   planet-wan tell  DIR WORD...               asks or tells a running WAN (control.h)
 *   planet-wan in    DIR PLACE COMMAND...      runs a command in a place
 *   planet-wan spawn DIR PLACE LOG COMMAND...  starts a service in a place
 *   planet-wan awake                           keeps the processors awake until it is ended
 *
 * The WAN is process 1 of a pid namespace of its own and holds the only
 * descriptors of its network namespaces. When it ends, however it ends, the
 * kernel ends every process in it and removes every interface. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "awake.h"
#include "control.h"
#include "enter.h"
#include "forward.h"
#include "netns.h"

static volatile sig_atomic_t stop;
static void on_signal(int s) { (void)s, stop = 1; }

static bool put(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
  if (fd >= 0) close(fd);
  return ok;
}

/* New namespaces for what comes. An ordinary user gets a user namespace first,
 * in which it is root and nobody else exists. */
static bool leave_home(char *err, size_t n) {
  uid_t uid = geteuid();
  gid_t gid = getegid();
  if (uid != 0) {
    char map[64];
    bool ok = unshare(CLONE_NEWUSER) == 0 && put("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "0 %u 1", (unsigned)uid);
    ok = ok && put("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "0 %u 1", (unsigned)gid);
    if (!ok || !put("/proc/self/gid_map", map)) {
      snprintf(err, n, "user namespace: %s (does this kernel allow them to users?)", strerror(errno));
      return false;
    }
  }
  if (unshare(CLONE_NEWPID | CLONE_NEWNET) < 0) {
    snprintf(err, n, "namespaces: %s", strerror(errno));
    return false;
  }
  return true;
}

static bool set_up(struct wan *wan, const char *dir, char *err, size_t n) {
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  if (!netns_prepare_home(err, n)) return false;
  for (int i = 0; i < wan->world.count; i++)
    if (!netns_make(&wan->world, i, err, n)) return false;
  wan->control = control_listen(dir, err, n);
  return wan->control >= 0;
}

/* Process 1. Says "" or what went wrong on the pipe, then forwards until told
 * to stop. */
static int live(struct wan *wan, const char *dir, int ready) {
  char err[512] = "";
  struct sigaction quit = {.sa_handler = on_signal};
  sigaction(SIGTERM, &quit, NULL);
  sigaction(SIGINT, &quit, NULL);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGCHLD, SIG_IGN); /* orphans come to us: let the kernel reap them */
  setsid();
  prctl(PR_SET_DUMPABLE, 1); /* so that our own user may open /proc/PID/fd */
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  dup2(null, 0), dup2(null, 1); /* errors go on to whoever started us */
  bool ok = set_up(wan, dir, err, sizeof err);
  size_t said = ok ? 0 : strlen(err);
  if (write(ready, err, said + 1) != (ssize_t)said + 1) ok = false;
  close(ready);
  if (!ok) return EX_OSERR;
  dup2(null, 2);
  forward_priority(wan);
  ok = forward_run(wan, &stop, err, sizeof err);
  queue_free(&wan->queue);
  netns_close(&wan->world);
  return ok ? EX_OK : EX_OSERR;
}

static int hold(const char *dir, const char *file, uint64_t seed) {
  char err[512];
  struct wan *wan = calloc(1, sizeof *wan);
  if (!wan) return EX_OSERR;
  wan->world.seed = seed;
  wan->random = seed * 2 + 1;
  int ready[2];
  if (!world_load(&wan->world, file, err, sizeof err)) {
    fprintf(stderr, "planet-wan: %s\n", err);
    return EX_CONFIG;
  }
  if (pipe2(ready, O_CLOEXEC) < 0 || !leave_home(err, sizeof err)) {
    fprintf(stderr, "planet-wan: %s\n", err);
    return EX_NOPERM;
  }
  pid_t pid = fork();
  if (pid == 0) {
    close(ready[0]);
    _exit(live(wan, dir, ready[1]));
  }
  close(ready[1]);
  ssize_t n = pid > 0 ? read(ready[0], err, sizeof err) : -1;
  free(wan);
  if (n == 1) return EX_OK;
  fprintf(stderr, "planet-wan: %s\n", n > 1 ? err : "ended before it was up");
  if (pid > 0) {
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
  }
  return EX_OSERR;
}

static int tell(const char *dir, char **words) {
  char err[512], request[4096] = "";
  size_t used = 0;
  for (; *words; words++) {
    int n = snprintf(request + used, sizeof request - used, "%s%s", used ? " " : "", *words);
    if (n < 0 || (used += (size_t)n) >= sizeof request) {
      fprintf(stderr, "planet-wan: more than %zu letters\n", sizeof request - 1);
      return EX_USAGE;
    }
  }
  pid_t pid;
  int fd = control_connect(dir, &pid, err, sizeof err);
  if (fd < 0) {
    fprintf(stderr, "planet: %s\n", err);
    return EX_UNAVAILABLE;
  }
  if (strcmp(request, "pid") == 0) {
    printf("%d\n", (int)pid);
    close(fd);
    return EX_OK;
  }
  char *answer = control_ask(fd, request);
  close(fd);
  if (!answer) {
    fprintf(stderr, "planet: the WAN does not answer\n");
    return EX_UNAVAILABLE;
  }
  bool refused = strncmp(answer, "error ", 6) == 0;
  fputs(refused ? answer + 6 : answer, refused ? stderr : stdout);
  free(answer);
  return refused ? EX_USAGE : EX_OK;
}

static int usage(FILE *to) {
  fputs("usage: planet-wan hold DIR FILE [--seed N]\n"
        "       planet-wan tell DIR pid|places|lateness|pairs|pair A B|reset|quit|place ...|link ...\n"
        "       planet-wan in DIR PLACE COMMAND...\n"
        "       planet-wan spawn DIR PLACE LOG COMMAND...\n"
        "       planet-wan awake\n",
        to);
  return to == stdout ? EX_OK : EX_USAGE;
}

/* Ends a process that has changed its pid namespace, without what is done at
 * exit: the leak checker of a sanitized build, whose helper process would be born
 * into the other namespace, would wait for it for ever. */
static int leave(int code) {
  fflush(NULL);
  _exit(code);
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (strcmp(what, "--help") == 0) return usage(stdout);
  if (strcmp(what, "awake") == 0 && argc == 2) return awake_run();
  if (strcmp(what, "hold") == 0 && argc == 4) return leave(hold(argv[2], argv[3], 0));
  if (strcmp(what, "hold") == 0 && argc == 6 && strcmp(argv[4], "--seed") == 0)
    return leave(hold(argv[2], argv[3], strtoull(argv[5], NULL, 10)));
  if (strcmp(what, "tell") == 0 && argc > 3) return tell(argv[2], argv + 3);
  if (strcmp(what, "in") == 0 && argc > 4) return leave(enter_run(argv[2], argv[3], argv + 4));
  if (strcmp(what, "spawn") == 0 && argc > 5) return leave(enter_spawn(argv[2], argv[3], argv[4], argv + 5));
  return usage(stderr);
}
