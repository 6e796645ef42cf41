/* libFuzzer target: arbitrary bytes as the answer to one of a few questions, which the first
 * byte chooses (the id is made to fit, or nothing would be read). Either it is refused, or what
 * was read of it is whole and can be asked again. */
#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"
#include "probe/dnsmsg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
	if (!condition)
		abort();
}

/* Text for a name: harmless in a line of text, and short enough. */
static void must_be_text(const char *s, size_t size)
{
	size_t len = strnlen(s, size);
	must(len < size);
	for (size_t i = 0; i < len; i++)
		must(s[i] == ' ' || (isgraph((unsigned char)s[i]) && s[i] != '\\'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dnsmsg_question questions[] = {
		{ .name = "www.example.com", .type = DNSMSG_A }, { .name = "six.example.com", .type = DNSMSG_AAAA },
		{ .name = "example.com", .type = DNSMSG_NS }, { .name = "geo.example.com.", .type = DNSMSG_A },
		{ .name = "six.example.com", .type = DNSMSG_A }, { .name = "nx.example.com", .type = DNSMSG_A },
		{ .name = "example.org", .type = DNSMSG_A },
	};
	static struct dnsmsg m;
	uint8_t again[DNSMSG_QUERY_MAX];
	if (size < 3)
		return 0;
	struct dnsmsg_question q = questions[data[0] % LAT_COUNT(questions)];
	q.id = (uint16_t)(data[1] << 8 | data[2]);
	bool ok = dnsmsg_parse(data + 1, size - 1, &q, &m);
	must(m.addr_count <= DNSMSG_ADDRESSES && m.ns_count <= DNSMSG_SERVERS);
	must(m.ttl >= -1 && m.ttl <= INT32_MAX && m.ecs_scope >= -1 && m.ecs_scope <= 255);
	must_be_text(m.cname, sizeof m.cname);
	must_be_text(m.end, sizeof m.end);
	must_be_text(m.zone, sizeof m.zone);
	for (size_t i = 0; i < m.ns_count; i++)
		must_be_text(m.ns[i], sizeof m.ns[i]);
	for (size_t i = 0; i < m.addr_count; i++)
		must(m.addr[i].family == (q.type == DNSMSG_A ? 4 : 6));
	if (!ok)
		return 0;
	must(m.addr_count == 0 || m.ttl >= 0);
	struct dnsmsg_question next = { .name = m.end, .type = DNSMSG_NS };
	must(m.end[0] == '\0' || dnsmsg_query(&next, again, sizeof again) != 0);
	return 0;
}
