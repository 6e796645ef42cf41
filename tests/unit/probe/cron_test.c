/* Pieces of a round that need no network: the splay, what statuses mean, and gzip, undone
 * here by zlib's own inflate. */
#include "probe/cron.h"

#include <zlib.h>

#include "lib/attr.h"
#include "lib/clock.h"
#include "probe/gzip.h"
#include "probe/send.h"
#include "tests/check.h"

int main(void)
{
	CHECK_CASE("the splay of a name is always the same, and within its bound");
	int64_t least = INT64_MAX, most = 0;
	for (int i = 0; i < 200; i++) {
		char name[32];
		snprintf(name, sizeof name, "probe-%d", i);
		int64_t us = cron_splay_us(name, 60);
		CHECK_INT(us, cron_splay_us(name, 60));
		CHECK(us >= 0 && us < 60 * US_PER_S);
		least = us < least ? us : least;
		most = us > most ? us : most;
	}
	CHECK_INT(cron_splay_us("mumbai-1", 0), 0);
	CHECK_CASE("names spread over the whole of it");
	CHECK(least < 3 * US_PER_S); /* 200 even ones: beyond either bound with 0.95^200, 4e-5 */
	CHECK(most > 57 * US_PER_S);
	CHECK_CASE("what a status means for a batch");
	static const long accepted[] = { 200, 201, 204 }, refused[] = { 400, 403, 409, 410, 411, 413, 415, 422 };
	static const long later[] = { 0, 301, 401, 404, 405, 407, 408, 421, 425, 426, 429, 451, 500, 502, 503, 504 };
	for (size_t i = 0; i < LAT_COUNT(accepted); i++)
		CHECK_INT(send_fate(accepted[i]), SEND_ACCEPTED);
	for (size_t i = 0; i < LAT_COUNT(refused); i++)
		CHECK_INT(send_fate(refused[i]), SEND_REFUSED);
	for (size_t i = 0; i < LAT_COUNT(later); i++)
		CHECK_INT(send_fate(later[i]), SEND_LATER);
	CHECK_CASE("gzip: smaller, the same each time, and inflate gives it back");
	static char text[100000], back[100001];
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)('a' + i * i % 23);
	struct buf one, two;
	struct err err = {0};
	buf_init(&one, 0);
	buf_init(&two, 0);
	CHECK_INT(gzip_pack(text, sizeof text, &one, &err), 0);
	CHECK_INT(gzip_pack(text, sizeof text, &two, &err), 0);
	CHECK(one.len < sizeof text / 10);
	CHECK(one.len == two.len && memcmp(one.data, two.data, one.len) == 0);
	z_stream z = { .next_in = (Bytef *)one.data, .avail_in = (uInt)one.len, .next_out = (Bytef *)back,
	               .avail_out = sizeof back };
	CHECK_INT(inflateInit2(&z, 15 + 16), Z_OK);
	CHECK_INT(inflate(&z, Z_FINISH), Z_STREAM_END);
	CHECK_INT(z.total_out, sizeof text);
	CHECK(memcmp(text, back, sizeof text) == 0);
	inflateEnd(&z);
	buf_free(&one);
	buf_free(&two);
	return check_done();
}
