/* awake.h: keeps the processors from falling asleep.
 *
 * A processor with nothing to do is halted, and in a virtual machine on a host that is
 * shared it may take milliseconds until it runs again: an idle planet's packets left
 * 1.1 to 4.9 ms late (p99) where those of a busy one left 0.5 ms late. While somebody
 * measures, each processor therefore has something to do that yields to everything else
 * (SCHED_IDLE, sched(7)): 0.2 ms.
 *
 * With autogroups (sched(7)) a policy counts only within a session, so this must run in
 * the session of those who measure and serve, not in the WAN's own. */
#ifndef WAN_AWAKE_H
#define WAN_AWAKE_H

/* Runs until it is ended by SIGTERM (or its parent ends), and then says on stdout, as JSON,
 * how late a program without any priority was woken meanwhile: what this machine adds to
 * whatever is timed on it. Returns an exit code. */
int awake_run(void);

#endif
