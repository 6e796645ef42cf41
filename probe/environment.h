/* What a probe's surroundings may not change: a measurement must not depend on who ran it. */
#ifndef LATLAS_PROBE_ENVIRONMENT_H
#define LATLAS_PROBE_ENVIRONMENT_H

#include <signal.h>

/* Forget the variables by which libcurl, c-ares, OpenSSL and the resolver would be led
 * elsewhere. First thing in main(). */
void environment_clean(void);

/* SIGINT and SIGTERM raise this flag; SIGPIPE is ignored. */
const volatile sig_atomic_t *environment_signals(void);

#endif
