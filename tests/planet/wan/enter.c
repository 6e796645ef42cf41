#include "enter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "control.h"

/* Behind the WAN of an ordinary user, who has no real-time priority. */
static void step_back(bool ordinary) {
  if (ordinary) setpriority(PRIO_PROCESS, 0, 19);
}

static pid_t child; /* for the handler that passes signals on */

static void pass_on(int signal) {
  if (child > 0) kill(child, signal);
}

/* Descriptor of the place's namespace in the WAN, from its list; -1. */
static int find_descriptor(const char *list, const char *place) {
  size_t n = strlen(place);
  for (const char *line = list; line && *line; line = strchr(line, '\n'), line += line != NULL)
    if (strncmp(line, place, n) == 0 && line[n] == '\t') return atoi(line + n + 1);
  return -1;
}

static bool same_namespace(const char *a, int b) {
  struct stat x, y;
  return stat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_ino == y.st_ino && x.st_dev == y.st_dev;
}

/* Joins the planet's user namespace (where it has one of its own), its pid
 * namespace (for children) and the place's network namespace. */
static int join(const char *dir, const char *place) {
  char err[512], path[64];
  pid_t pid;
  int fd = control_connect(dir, &pid, err, sizeof err);
  if (fd < 0) {
    fprintf(stderr, "planet: %s\n", err);
    return EX_UNAVAILABLE;
  }
  char *list = control_ask(fd, "places");
  close(fd);
  int number = list ? find_descriptor(list, place) : -1;
  free(list);
  if (number < 0) {
    fprintf(stderr, "planet: no place '%s' (places.tsv in %s has them all)\n", place, dir);
    return EX_USAGE;
  }
  snprintf(path, sizeof path, "/proc/%d/ns/user", (int)pid);
  int user = open(path, O_RDONLY | O_CLOEXEC);
  snprintf(path, sizeof path, "/proc/%d/ns/pid", (int)pid);
  int pids = open(path, O_RDONLY | O_CLOEXEC);
  snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, number);
  int net = open(path, O_RDONLY | O_CLOEXEC);
  if (user < 0 || pids < 0 || net < 0 ||
      (!same_namespace("/proc/self/ns/user", user) && setns(user, CLONE_NEWUSER) < 0) ||
      setns(pids, CLONE_NEWPID) < 0 || setns(net, CLONE_NEWNET) < 0) {
    fprintf(stderr, "planet: cannot enter '%s': %s\n", place, strerror(errno));
    return EX_NOPERM;
  }
  close(user), close(pids), close(net);
  return EX_OK;
}

int enter_run(const char *dir, const char *place, char **argv) {
  bool ordinary = geteuid() != 0; /* once inside, everybody is root */
  int code = join(dir, place);
  if (code) return code;
  /* The terminal's signals reach the child as well as us; others are passed on. */
  signal(SIGINT, SIG_IGN);
  signal(SIGQUIT, SIG_IGN);
  signal(SIGTERM, pass_on);
  signal(SIGHUP, pass_on);
  child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    step_back(ordinary);
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    execvp(argv[0], argv);
    fprintf(stderr, "planet: %s: %s\n", argv[0], strerror(errno));
    _exit(127);
  }
  if (child < 0) {
    fprintf(stderr, "planet: fork: %s\n", strerror(errno));
    return EX_OSERR;
  }
  int status;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return EX_OSERR;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int enter_spawn(const char *dir, const char *place, const char *log, char **argv) {
  int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  int report[2];
  if (out < 0 || null < 0 || pipe2(report, O_CLOEXEC) < 0) {
    fprintf(stderr, "planet: %s: %s\n", log, strerror(errno));
    return EX_CANTCREAT;
  }
  bool ordinary = geteuid() != 0;
  int code = join(dir, place);
  if (code) return code;
  pid_t pid = fork();
  if (pid == 0) {
    /* No session of its own: to the scheduler's autogroups each session weighs as
     * much as the WAN's, and fifty of them would leave an ordinary user's WAN,
     * which has no real-time priority, a fiftieth of a processor. */
    setpgid(0, 0);
    step_back(ordinary);
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC); /* it must not keep its starter's locks and pipes */
    dup2(null, 0), dup2(out, 1), dup2(out, 2);
    execvp(argv[0], argv);
    int e = errno;
    _exit(write(report[1], &e, sizeof e) == sizeof e ? 127 : 126);
  }
  if (pid < 0) {
    fprintf(stderr, "planet: fork: %s\n", strerror(errno));
    return EX_OSERR;
  }
  close(report[1]);
  int e;
  if (read(report[0], &e, sizeof e) == sizeof e) { /* closed by a successful exec */
    fprintf(stderr, "planet: %s: %s\n", argv[0], strerror(e));
    waitpid(pid, NULL, 0);
    return 127;
  }
  printf("%d\n", (int)pid);
  return EX_OK;
}
