#include "collector/gunzip.h"

#define ZLIB_CONST /* next_in is const then */
#include <zlib.h>

/* Window of 32 KiB, and 16: a gzip header is expected, no zlib one. */
#define GZIP_WINDOW (15 + 16)
#define GUNZIP_STEP 65536

static enum gunzip_result inflate_all(z_stream *z, size_t limit, struct buf *out)
{
	size_t start = out->len;
	for (;;) {
		/* Room for one byte more than allowed tells "just full" from "too large". */
		size_t room = limit - (out->len - start) + 1;
		if (room > GUNZIP_STEP)
			room = GUNZIP_STEP;
		if (!buf_reserve(out, room))
			return GUNZIP_NOMEM;
		z->next_out = (Bytef *)out->data + out->len;
		z->avail_out = (uInt)room;
		int rc = inflate(z, Z_NO_FLUSH);
		size_t got = room - z->avail_out;
		if (out->len - start + got > limit)
			return GUNZIP_TOO_LARGE;
		out->len += got;
		out->data[out->len] = '\0';
		if (rc == Z_STREAM_END && z->avail_in == 0)
			return GUNZIP_OK;
		if (rc == Z_STREAM_END) /* the next member */
			rc = inflateReset(z);
		if (rc == Z_MEM_ERROR)
			return GUNZIP_NOMEM;
		/* Z_BUF_ERROR, no progress: the input ended before the stream did. */
		if (rc != Z_OK || (got == 0 && z->avail_in == 0))
			return GUNZIP_BROKEN;
	}
}

enum gunzip_result gunzip(const void *data, size_t len, size_t limit, struct buf *out)
{
	z_stream z = {0};
	if (len == 0)
		return GUNZIP_BROKEN;
	if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
		return GUNZIP_NOMEM;
	z.next_in = data;
	z.avail_in = (uInt)len; /* the body's own limit is far below 4 GiB */
	enum gunzip_result result = inflate_all(&z, limit, out);
	inflateEnd(&z);
	return result;
}
