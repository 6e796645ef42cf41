/* One round at a time: flock(2) on SPOOL/lock. The kernel lets go of it when the process
 * ends, however it ends. */
#ifndef LATLAS_PROBE_LOCK_H
#define LATLAS_PROBE_LOCK_H

#include <stdbool.h>

#include "lib/err.h"

/* *fd is the lock, or -1 if another process has it. Makes `folder` where it is missing.
 * LAT_IOERR. */
int lock_take(const char *folder, int *fd, struct err *err) LAT_MUST_CHECK;
void lock_release(int fd); /* -1 is fine */

#endif
