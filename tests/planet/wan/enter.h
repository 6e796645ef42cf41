/* enter.h: running a command inside of a place. */
#ifndef WAN_ENTER_H
#define WAN_ENTER_H

/* Runs argv in a place of the planet in dir and returns its exit code (128 + n
 * if signal n ended it). It dies with the planet, and with its caller. */
int enter_run(const char *dir, const char *place, char **argv);

/* Starts argv there as a service of the planet's own: a process group of its
 * own, output appended to log. Prints its process id. Returns an exit code; that of
 * a command that could not be started is 127. */
int enter_spawn(const char *dir, const char *place, const char *log, char **argv);

#endif
