#include "awake.h"

#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "lateness.h"

enum { NAP_NS = NS_PER_MS };

static volatile sig_atomic_t ended;
static void on_end(int s) { (void)s, ended = 1; }

/* On one processor alone, and after everybody else. */
static void spin(int processor) {
  struct sched_param idle = {0};
  cpu_set_t here;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  CPU_ZERO(&here);
  CPU_SET(processor, &here);
  if (sched_setscheduler(0, SCHED_IDLE, &idle) != 0 || sched_setaffinity(0, sizeof here, &here) != 0) _exit(EX_OSERR);
  for (;;) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause(); /* leaves more of a shared core to its other thread */
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#else
    __asm__ volatile("" ::: "memory");
#endif
  }
}

/* Naps like any program that waits for the network, and notes how late it is woken. */
static void nap(struct lateness *late) {
  while (!ended) {
    int64_t due = now_ns() + NAP_NS;
    struct timespec t = {.tv_sec = due / NS_PER_S, .tv_nsec = due % NS_PER_S};
    if (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == 0) lateness_note(late, now_ns() - due);
  }
}

int awake_run(void) {
  struct sigaction end = {.sa_handler = on_end};
  struct lateness late;
  cpu_set_t ours;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (sched_getaffinity(0, sizeof ours, &ours) != 0) {
    perror("planet-wan: processors");
    return EX_OSERR;
  }
  for (int i = 0; i < CPU_SETSIZE; i++)
    if (CPU_ISSET(i, &ours) && fork() == 0) spin(i);
  sigaction(SIGTERM, &end, NULL);
  sigaction(SIGINT, &end, NULL);
  prctl(PR_SET_TIMERSLACK, 1);
  lateness_reset(&late, now_ns());
  nap(&late);
  printf("{\"naps\":%llu,\"p50_us\":%lld,\"p90_us\":%lld,\"p99_us\":%lld}\n", (unsigned long long)late.count,
         (long long)lateness_quantile_us(&late, 0.5), (long long)lateness_quantile_us(&late, 0.9),
         (long long)lateness_quantile_us(&late, 0.99));
  return EX_OK;
}
