/* control.h: a Unix socket in the run folder, by which the WAN is asked and told.
 *
 * One request a connection (SOCK_SEQPACKET): a line of words; the answer is text
 * until the end. An answer that starts with "error " is a refusal.
 *   new|place|link ...   as world_obey
 *   places               NAME <tab> descriptor of its namespace in the WAN
 *   lateness             JSON; "void" says whether timings can't be trusted
 *   pairs                TSV: what was really applied, per direction
 *   pair A B             JSON: the same for one pair, with the round trip
 *   reset                forgets lateness, counters and pairs
 *   quit                 ends the WAN, and with it all that runs in the planet */
#ifndef WAN_CONTROL_H
#define WAN_CONTROL_H

#include <sys/types.h>

#include "wan.h"

/* Listens at DIR/control. Returns the descriptor, or -1 with a message. */
int control_listen(const char *dir, char *err, size_t err_size);

/* Takes a connection: its descriptor, or -1. */
int control_accept(struct wan *wan);

/* Reads the request that has come on a connection, obeys it, answers, closes.
 * Never blocks for long. */
void control_serve(struct wan *wan, int fd);

/* The client's side: connects to DIR/control and stores the WAN's process id as
 * seen from here. Returns a descriptor, or -1 with a message. */
int control_connect(const char *dir, pid_t *pid, char *err, size_t err_size);

/* Sends a request and collects the answer, malloc'd; NULL on error. */
char *control_ask(int fd, const char *request);

#endif
