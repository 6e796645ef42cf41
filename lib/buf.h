/* A growing byte buffer with a ceiling. A failed append (out of memory, or over
 * the limit) makes it `failed` for good and later appends do nothing, so a
 * writer checks once, at the end. The data are always NUL-terminated. */
#ifndef LATLAS_LIB_BUF_H
#define LATLAS_LIB_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/attr.h"

struct buf {
	char *data;   /* NULL while empty; use buf_str() for a string that is never NULL */
	size_t len;
	size_t cap;
	size_t limit; /* 0: none; otherwise len never exceeds it */
	bool failed;
};

void buf_init(struct buf *b, size_t limit);
void buf_free(struct buf *b);
void buf_wipe(struct buf *b);                        /* zero what it holds (a key), then free it */
void buf_clear(struct buf *b);                       /* len 0, not failed; memory kept */
bool buf_reserve(struct buf *b, size_t more);        /* room for `more` bytes behind len */
bool buf_add(struct buf *b, const void *data, size_t len);
bool buf_addc(struct buf *b, char c);
bool buf_adds(struct buf *b, const char *s);
bool buf_addf(struct buf *b, const char *fmt, ...) LAT_PRINTF(2, 3);
const char *buf_str(const struct buf *b);            /* "" while empty */

#endif
