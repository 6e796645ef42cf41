#include "probe/gzip.h"

#include <stdint.h>
#include <zlib.h>

#define GZIP_WINDOW (15 + 16) /* zlib's largest window; + 16: a gzip header, without a time */

int gzip_pack(const void *data, size_t len, struct buf *out, struct err *err)
{
	z_stream z = {0};
	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return err_nomem(err);
	size_t bound = deflateBound(&z, (uLong)len);
	if (!buf_reserve(out, bound)) {
		deflateEnd(&z);
		return err_nomem(err);
	}
	z.next_in = (Bytef *)(uintptr_t)data;
	z.avail_in = (uInt)len;
	z.next_out = (Bytef *)out->data + out->len;
	z.avail_out = (uInt)bound;
	int rc = deflate(&z, Z_FINISH);
	size_t made = z.total_out;
	deflateEnd(&z);
	if (rc != Z_STREAM_END)
		return err_set(err, LAT_SOFTWARE, "zlib: deflate ended with %d", rc);
	out->len += made;
	out->data[out->len] = '\0';
	return 0;
}
