/* A request's inside: what its files share. request.c has its connection, its head and the answers to what
 * is read by GET; request_push.c a batch, from its first byte to its answer; request_refuse.c the answers
 * that are a no. */
#ifndef LATLAS_COLLECTOR_REQUEST_IMPL_H
#define LATLAS_COLLECTOR_REQUEST_IMPL_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/answer.h"
#include "collector/collector.h"

enum request_state { REQUEST_READING, REQUEST_WAITING, REQUEST_WRITTEN };

/* A connection, from its beginning to its end. */
struct visitor {
	struct conn *conn;
	char probe[ACCOUNTS_NAME]; /* among whose connections it is counted; "": no token was shown */
};

struct request {
	struct collector *c;
	struct MHD_Connection *mhd;
	struct visitor *visitor;   /* NULL: there was no memory for it */
	struct conn *conn;         /* the visitor's, or NULL */
	enum request_state state;
	char probe[ACCOUNTS_NAME]; /* whose token it is */
	bool is_push, is_ca, gzip, good;
	bool unread;               /* it has a body that was not read to its end */
	size_t announced;          /* its bytes, counted in c->receiving and the probe's share */
	int64_t received_us, skew_us;
	struct buf body;
	struct writer_job *job;
};

static inline const struct sockaddr *request_peer(struct MHD_Connection *mhd)
{
	return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
}

static inline const char *request_header(struct MHD_Connection *mhd, const char *name)
{
	return MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, name);
}

/* An error, told to the sender and, for a batch of somebody with a valid token, in the log. They return what
 * libmicrohttpd is to be told. */
enum MHD_Result request_refuse(struct request *q, struct answer a, const char *text);
enum MHD_Result request_refuse_status(struct request *q, unsigned status, const char *text);
enum MHD_Result request_refuse_busy(struct request *q, int retry_after_s, const char *text);
/* Too many of `what`; `first`: the log hears of it. */
enum MHD_Result request_refuse_limited(struct request *q, int retry_after_s, bool first, const char *what);
/* Of somebody who has shown no valid token (yet): that has an end, too, apart from what the probes
 * behind the address may. */
enum MHD_Result request_refuse_stranger(struct request *q, struct answer a, const char *text);

/* A batch of a probe that is known: its head, a piece of its body (all of it is taken), the body's end, and
 * when the writer is done with it. Each answers the request where that is due. */
enum MHD_Result request_push_begin(struct request *q);
enum MHD_Result request_push_body(struct request *q, const char *data, size_t *size);
enum MHD_Result request_push_end(struct request *q);
enum MHD_Result request_push_answer(struct request *q);
/* Memory of the body, and its share of what may come in, when it is done with. */
void request_release_body(struct request *q);

#endif
