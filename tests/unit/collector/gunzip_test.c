#include "collector/gunzip.h"

#include <stdlib.h>
#include <zlib.h>

#include "tests/check.h"

/* printf 'hello hello hello hello\n' | gzip -n9 | xxd -i (gzip 1.12) */
static const unsigned char hello[] = {
	0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57,
	0xc8, 0x40, 0x27, 0xb9, 0x00, 0x00, 0x88, 0x59, 0x0b, 0x18, 0x00, 0x00, 0x00,
};

static enum gunzip_result run(const void *data, size_t len, size_t limit, struct buf *out)
{
	buf_free(out);
	buf_init(out, 0);
	return gunzip(data, len, limit, out);
}

int main(void)
{
	struct buf out = {0};
	unsigned char bytes[sizeof hello + 8];

	CHECK_CASE("what gzip(1) made");
	CHECK_INT(run(hello, sizeof hello, 1000, &out), GUNZIP_OK);
	CHECK_STR(buf_str(&out), "hello hello hello hello\n");

	CHECK_CASE("the limit is what may come out");
	CHECK_INT(run(hello, sizeof hello, 24, &out), GUNZIP_OK);
	CHECK_INT(out.len, 24);
	CHECK_INT(run(hello, sizeof hello, 23, &out), GUNZIP_TOO_LARGE);

	CHECK_CASE("cut anywhere it is broken");
	for (size_t n = 0; n < sizeof hello; n++)
		CHECK_INT(run(hello, n, 1000, &out), GUNZIP_BROKEN);

	CHECK_CASE("bytes behind the end");
	memcpy(bytes, hello, sizeof hello);
	bytes[sizeof hello] = 0;
	CHECK_INT(run(bytes, sizeof hello + 1, 1000, &out), GUNZIP_BROKEN);

	CHECK_CASE("two members, one behind the other, as cat a.gz b.gz makes them");
	unsigned char two[2 * sizeof hello];
	memcpy(two, hello, sizeof hello);
	memcpy(two + sizeof hello, hello, sizeof hello);
	CHECK_INT(run(two, sizeof two, 1000, &out), GUNZIP_OK);
	CHECK_STR(buf_str(&out), "hello hello hello hello\nhello hello hello hello\n");
	CHECK_INT(run(two, sizeof two, 48, &out), GUNZIP_OK);
	CHECK_INT(run(two, sizeof two, 47, &out), GUNZIP_TOO_LARGE);
	for (size_t n = sizeof hello + 1; n < sizeof two; n++)
		CHECK_INT(run(two, n, 1000, &out), GUNZIP_BROKEN);

	CHECK_CASE("a wrong checksum");
	bytes[sizeof hello - 8] ^= 1;
	CHECK_INT(run(bytes, sizeof hello, 1000, &out), GUNZIP_BROKEN);

	CHECK_CASE("zlib's own form and plain text are not gzip");
	unsigned char packed[64];
	uLongf size = sizeof packed;
	CHECK_INT(compress(packed, &size, (const Bytef *)"hello", 5), Z_OK);
	CHECK_INT(run(packed, size, 1000, &out), GUNZIP_BROKEN);
	CHECK_INT(run("hello", 5, 1000, &out), GUNZIP_BROKEN);

	CHECK_CASE("a bomb of a thousand to one stops at the limit");
	size_t big = (size_t)64 << 20, room = 1 << 20;
	unsigned char *zeros = calloc(1, big), *bomb = malloc(room);
	z_stream z = {.next_in = zeros, .avail_in = (uInt)big, .next_out = bomb, .avail_out = (uInt)room};
	CHECK_INT(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	CHECK_INT(deflate(&z, Z_FINISH), Z_STREAM_END);
	CHECK(z.total_out < big / 900);
	CHECK_INT(run(bomb, z.total_out, 4 << 20, &out), GUNZIP_TOO_LARGE);
	CHECK(out.cap <= 9 << 20);
	CHECK_INT(run(bomb, z.total_out, big, &out), GUNZIP_OK);
	CHECK_INT(out.len, big);
	deflateEnd(&z);
	free(zeros);
	free(bomb);
	buf_free(&out);
	return check_done();
}
