/* Connections that take their time: what a server must outlive. */
#ifndef LATLAS_TESTS_BENCH_SLOW_H
#define LATLAS_TESTS_BENCH_SLOW_H

#include "lib/err.h"
#include "lib/sketch.h"
#include "tests/bench/push/link.h"

enum slow_kind {
	SLOW_SILENT, /* connects and says nothing */
	SLOW_HELLO,  /* a ClientHello, a byte at a time: the handshake never ends */
	SLOW_HEAD,   /* shakes hands, then the head of a request, a byte at a time */
	SLOW_KINDS
};
int slow_kind_of(const char *name); /* "silent", "hello", "head"; -1: none of these */

struct slow_options {
	struct link_server server;
	enum slow_kind kind;
	int connections;
	double rate;          /* connects begun in a second */
	int64_t drip_us;      /* between bytes */
	int64_t duration_us;
	bool reopen;          /* a connection that was closed is made anew: the attack goes on */
};

struct slow_result {
	uint64_t opened, refused;   /* begun; those that did not come about (TCP, or the handshake where there is one) */
	uint64_t closed;            /* ended by the server once they stood */
	uint64_t alive, most;       /* at the end; at a time */
	struct sketch life;         /* us, from the connect's begin to the end by the server */
};

int slow_run(const struct slow_options *o, struct slow_result *r, struct err *err) LAT_MUST_CHECK;
void slow_result_free(struct slow_result *r);

#endif
