/* The block that `latlas-probe join` reads: who the probe is, its token, where the collector
 * is and by which authority it is known. Printed by enroll and by rotate. */
#ifndef LATLAS_COLLECTOR_BLOCK_H
#define LATLAS_COLLECTOR_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/settings.h"
#include "collector/token.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "schema/registry.h"

struct block {
	char token[TOKEN_TEXT];
	uint8_t hash[REGISTRY_TOKEN_HASH]; /* of the token: what the registry keeps */
	struct buf ca;
};

/* Make a token, and read what else the block needs, so that nothing can be missing once the
 * registry knows the token. LAT_CONFIG without public_url, or as file_read and token_make. */
int block_make(struct block *b, const struct settings *s, struct err *err) LAT_MUST_CHECK;
void block_free(struct block *b); /* and wipe the token */

/* Print it on stdout; unless `raw`, as a here-document for latlas-probe join, and on a terminal
 * with a word on stderr. LAT_IOERR: "NAME is DONE, but ...". */
int block_print(const struct block *b, const struct settings *s, const char *name, bool raw, const char *done,
                struct err *err) LAT_MUST_CHECK;

#endif
