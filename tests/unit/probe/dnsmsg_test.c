/* Queries against those that dig 9.18.49 sends (+nocookie +noadflag +bufsize=1232), octet for
 * octet; answers that gdnsd 3.8.1 gave to dig, as tcpdump saw them; and some made by hand from
 * RFC 1035, 4.1, for what no honest server says. */
#include "probe/dnsmsg.h"

#include <stdlib.h>

#include "tests/check.h"

static uint8_t packet[65536];
static struct dnsmsg m;

static size_t from_hex(const char *hex)
{
	size_t n = 0;
	for (; hex[0] != '\0'; hex += 2) {
		const char pair[3] = { hex[0], hex[1], '\0' };
		packet[n++] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return n;
}

static bool parse(const char *hex, const char *name, int type)
{
	size_t len = from_hex(hex);
	struct dnsmsg_question q = { .id = (uint16_t)(packet[0] << 8 | packet[1]), .name = name, .type = type };
	return dnsmsg_parse(packet, len, &q, &m);
}

static const char *text(size_t i)
{
	static char out[ADDRESS_TEXT];
	return i < m.addr_count ? address_text(&m.addr[i], out) : "none";
}

static void check_query(const struct dnsmsg_question *q, const char *hex)
{
	uint8_t got[DNSMSG_QUERY_MAX];
	size_t len = dnsmsg_query(q, got, sizeof got);
	CHECK_INT(len, from_hex(hex));
	CHECK(memcmp(got, packet, len) == 0);
	CHECK_INT(dnsmsg_query(q, got, len - 1), 0);
}

static void queries(void)
{
	struct dnsmsg_ecs ecs;
	uint8_t out[DNSMSG_QUERY_MAX];
	CHECK_CASE("a query is what dig sends");
	check_query(&(struct dnsmsg_question){ .id = 0xc56c, .name = "www.example.com", .type = DNSMSG_A, .recurse = true },
	            "c56c0100000100000000000103777777076578616d706c6503636f6d000001000100002904d0000000000000");
	CHECK_CASE("a query with a subnet is what dig +subnet sends: only the octets that hold the prefix");
	CHECK(dnsmsg_ecs_parse("49.36.0.0/16", &ecs));
	check_query(&(struct dnsmsg_question){ .id = 0x1281, .name = "geo.example.com.", .type = DNSMSG_A, .ecs = &ecs },
	            "1281000000010000000000010367656f076578616d706c6503636f6d000001000100002904d0000000000"
	            "00a00080006000110003124");
	CHECK(dnsmsg_ecs_parse("2001:db8:8000::/33", &ecs));
	check_query(&(struct dnsmsg_question){ .id = 0x3475, .name = "six.example.com", .type = DNSMSG_AAAA, .recurse = true,
	                                       .ecs = &ecs },
	            "34750100000100000000000103736978076578616d706c6503636f6d00001c000100002904d000000000000"
	            "d000800090002210020010db880");
	CHECK_CASE("what is no subnet");
	static const char *const none[] = { "", "49.36.0.0", "49.36.0.0/33", "49.36.0.1/16", "49.36.0.0/-1", "x/8",
	                                    "2001:db8::/129", "[2001:db8::]/32", "49.36.0.0/16 ", "2001:db8::1/64" };
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		CHECK(!dnsmsg_ecs_parse(none[i], &ecs));
	CHECK(dnsmsg_ecs_parse("0.0.0.0/0", &ecs) && ecs.bits == 0);
	CHECK(dnsmsg_ecs_parse("192.0.2.128/25", &ecs) && ecs.bits == 25);
	CHECK_CASE("what is no name");
	char name[300];
	struct dnsmsg_question q = { .name = name, .type = DNSMSG_A };
	strcpy(name, "");
	CHECK_INT(dnsmsg_query(&q, out, sizeof out), 0);
	strcpy(name, "a..b");
	CHECK_INT(dnsmsg_query(&q, out, sizeof out), 0);
	memset(name, 'a', 64); /* a label of 64 */
	name[64] = '\0';
	CHECK_INT(dnsmsg_query(&q, out, sizeof out), 0);
	name[63] = '\0';       /* of 63 */
	CHECK_INT(dnsmsg_query(&q, out, sizeof out), 12 + 65 + 4 + 11);
	for (int i = 0; i < 127; i++) /* 127 labels of one: 255 octets with the root */
		memcpy(name + 2 * i, "a.", 2);
	name[253] = '\0';
	CHECK_INT(dnsmsg_query(&q, out, sizeof out), 12 + 255 + 4 + 11);
	strcpy(name + 253, ".b");
	CHECK_INT(dnsmsg_query(&q, out, sizeof out), 0);
}

static void answers(void)
{
	CHECK_CASE("an address with the scope of a subnet");
	CHECK(parse("b73a840000010001000000010367656f076578616d706c6503636f6d0000010001c00c00010001000000140004c0000202"
	            "000029040000000000000a000800060001100f3124", "geo.example.com", DNSMSG_A));
	CHECK_INT(m.rcode, DNSMSG_NOERROR);
	CHECK(m.aa && !m.tc);
	CHECK_INT(m.addr_count, 1);
	CHECK_STR(text(0), "192.0.2.2");
	CHECK_INT(m.ttl, 20);
	CHECK_INT(m.ecs_scope, 15);
	CHECK_STR(m.cname, "");
	CHECK_STR(m.end, "geo.example.com");
	CHECK_CASE("an IPv6 address, scope 0");
	CHECK(parse("cda28400000100010000000103736978076578616d706c6503636f6d00001c0001c00c001c00010000003c001020010db8"
	            "0000000000000000000000800000290400000000"
	            "00000c000800080002200020010db8", "SIX.Example.com", DNSMSG_AAAA));
	CHECK_STR(text(0), "2001:db8::80");
	CHECK_INT(m.ttl, 60);
	CHECK_INT(m.ecs_scope, 0);
	CHECK_CASE("no subnet in the answer");
	CHECK(parse("e9ed8400000100010000000103736978076578616d706c6503636f6d00001c0001c00c001c00010000003c001020010db8"
	            "0000000000000000000000800000290400000000000000", "six.example.com", DNSMSG_AAAA));
	CHECK_INT(m.ecs_scope, -1);
	CHECK_CASE("a CNAME that the server does not follow");
	CHECK(parse("87778400000100010000000103777777076578616d706c6503636f6d0000010001c00c000500010000012c00090363646e"
	            "026575c0100000290400000000000000", "www.example.com", DNSMSG_A));
	CHECK_INT(m.addr_count, 0);
	CHECK_STR(m.cname, "cdn.eu.example.com");
	CHECK_STR(m.end, "cdn.eu.example.com");
	CHECK_INT(m.ttl, 300);
	CHECK_CASE("the servers of a zone");
	CHECK(parse("404684000001000200000001076578616d706c6503636f6d0000020001c00c0002000100000e100006036e7331c00cc00c"
	            "0002000100000e100006036e7332c00c0000290400000000000000", "example.com", DNSMSG_NS));
	CHECK_INT(m.ns_count, 2);
	CHECK_STR(m.ns[0], "ns1.example.com");
	CHECK_STR(m.ns[1], "ns2.example.com");
	CHECK_CASE("no such name, and which zone says so");
	CHECK(parse("d6b284030001000000010001026e78076578616d706c6503636f6d0000010001c00f00060001000003840027036e7331c0"
	            "0f0a686f73746d6173746572c00f0000000100001c20000007080003f480000003840000290400000000000000",
	            "nx.example.com", DNSMSG_A));
	CHECK_INT(m.rcode, DNSMSG_NXDOMAIN);
	CHECK_STR(m.zone, "example.com");
	CHECK_INT(m.ttl, -1);
	CHECK_CASE("no record of that type");
	CHECK(parse("8ebb8400000100000001000103736978076578616d706c6503636f6d0000010001c01000060001000003840027036e7331c010"
	            "0a686f73746d6173746572c0100000000100001c20000007080003f480000003840000290400000000000000",
	            "six.example.com", DNSMSG_A));
	CHECK_INT(m.rcode, DNSMSG_NOERROR);
	CHECK_INT(m.addr_count, 0);
	CHECK_STR(m.zone, "example.com");
	CHECK_CASE("refused");
	CHECK(parse("a9cd80050001000000000001076578616d706c65036f726700000100010000290400000000000000",
	            "example.org", DNSMSG_A));
	CHECK_INT(m.rcode, DNSMSG_REFUSED);
	CHECK(!m.aa);
	CHECK_CASE("the answer to another question is none");
	CHECK(!parse("a9cd80050001000000000001076578616d706c65036f726700000100010000290400000000000000",
	             "example.net", DNSMSG_A));
	CHECK(!parse("a9cd80050001000000000001076578616d706c65036f726700000100010000290400000000000000",
	             "example.org", DNSMSG_AAAA));
	size_t len = from_hex("a9cd80050001000000000001076578616d706c65036f726700000100010000290400000000000000");
	struct dnsmsg_question q = { .id = 0xa9ce, .name = "example.org", .type = DNSMSG_A };
	CHECK(!dnsmsg_parse(packet, len, &q, &m));
	q.id = 0xa9cd;
	packet[2] = 0; /* a query, not an answer */
	CHECK(!dnsmsg_parse(packet, len, &q, &m));
}

/* ---- by hand: www.example (offset 12), one question for A, then `n` answers as given ------------ */

#define HEAD(flags, n) "1234" flags "000100" n "00000000" "03777777076578616d706c6500" "00010001"
#define OWNER "c00c"
#define AT29 "c01d" /* what stands behind the question: the first answer's owner */

static bool by_hand(const char *hex)
{
	return parse(hex, "www.example", DNSMSG_A);
}

static void chains(void)
{
	CHECK_CASE("a chain in any order, its smallest TTL, addresses that belong to it alone");
	/* b.example A 192.0.2.7 TTL 50; a.example CNAME b.example 5; www CNAME a.example 90; c.example A */
	CHECK(by_hand(HEAD("8180", "04")
	              "0162c010" "00010001" "00000032" "0004" "c0000207"
	              "0161c010" "00050001" "00000005" "0004" "0162c010"
	              OWNER "00050001" "0000005a" "0004" "0161c010"
	              "0163c010" "00010001" "00000001" "0004" "c0000209"));
	CHECK_STR(m.cname, "a.example b.example");
	CHECK_STR(m.end, "b.example");
	CHECK_INT(m.addr_count, 1);
	CHECK_STR(text(0), "192.0.2.7");
	CHECK_INT(m.ttl, 5);
	CHECK(!m.aa);
	CHECK_CASE("a CNAME to itself ends");
	CHECK(!by_hand(HEAD("8180", "01") OWNER "00050001" "00000001" "0002" OWNER));
	CHECK_CASE("a CNAME and an address at one name: the address");
	CHECK(by_hand(HEAD("8180", "02") OWNER "00050001" "00000001" "0004" "0161c010"
	              OWNER "00010001" "00000009" "0004" "c0000201"));
	CHECK_STR(m.cname, "");
	CHECK_INT(m.ttl, 9);
	CHECK_CASE("octets that have no place in a name are shown as such");
	CHECK(by_hand(HEAD("8180", "01") OWNER "00050001" "00000001" "0007" "04200a5c2ec010"));
	CHECK_STR(m.cname, "????.example");
	CHECK_CASE("a TTL with its highest bit set is 0 (RFC 2181, 8)");
	CHECK(by_hand(HEAD("8180", "01") OWNER "00010001" "80000001" "0004" "c0000201"));
	CHECK_INT(m.ttl, 0);
	CHECK_CASE("the upper bits of the RCODE are EDNS's: BADVERS, 16");
	CHECK(parse("1234818000010000000000010377777707"
	            "6578616d706c6500000100010000290400010000000000", "www.example", DNSMSG_A));
	CHECK_INT(m.rcode, 16);
	CHECK_CASE("an error may come without the question");
	CHECK(by_hand("123481810000000000000000"));
	CHECK_INT(m.rcode, DNSMSG_FORMERR);
	CHECK(!by_hand("123481800000000000000000"));
	CHECK_CASE("truncated, in the middle of a record even");
	CHECK(by_hand(HEAD("8380", "01") OWNER "0001"));
	CHECK(m.tc);
}

static void broken(void)
{
	CHECK_CASE("a pointer to itself");
	CHECK(!by_hand(HEAD("8180", "01") AT29 "00010001" "00000001" "0004" "c0000201"));
	CHECK_CASE("a pointer forwards");
	CHECK(!by_hand(HEAD("8180", "01") "c021" "00010001" "00000001" "0004" "c0000201"));
	CHECK_CASE("a pointer into the labels that it continues");
	CHECK(!by_hand(HEAD("8180", "01") "0161" AT29 "00010001" "00000001" "0004" "c0000201"));
	CHECK_CASE("a label of a kind that there is not");
	CHECK(!by_hand(HEAD("8180", "01") "8061" "00010001" "00000001" "0004" "c0000201"));
	CHECK_CASE("an address of three octets");
	CHECK(!by_hand(HEAD("8180", "01") OWNER "00010001" "00000001" "0003" "c00002"));
	CHECK_CASE("data beyond the end");
	CHECK(!by_hand(HEAD("8180", "01") OWNER "00010001" "00000001" "0004" "c00002"));
	CHECK_CASE("fewer records than were promised");
	CHECK(!by_hand(HEAD("8180", "02") OWNER "00010001" "00000001" "0004" "c0000201"));
	CHECK_CASE("a subnet option that is cut");
	CHECK(!parse("12348180000100000000000103777777076578616d706c65000001000100002904000000000000060008000200"
	             "01", "www.example", DNSMSG_A));
	CHECK_CASE("every prefix of an answer is refused, or read within its bounds");
	size_t len = from_hex(HEAD("8180", "01") OWNER "00010001" "00000001" "0004" "c0000201");
	struct dnsmsg_question q = { .id = 0x1234, .name = "www.example", .type = DNSMSG_A };
	for (size_t n = 0; n < len; n++) {
		uint8_t *copy = malloc(n + 1); /* so that sanitizers see a step too far */
		memcpy(copy, packet, n);
		uint8_t *whole = realloc(copy, n > 0 ? n : 1);
		CHECK(whole != NULL && !dnsmsg_parse(whole, n, &q, &m));
		free(whole);
	}
	CHECK(dnsmsg_parse(packet, len, &q, &m));
	CHECK_CASE("17 CNAMEs in a row are too many, 16 are not");
	for (unsigned links = DNSMSG_LINKS; links <= DNSMSG_LINKS + 1; links++) {
		size_t at = from_hex(HEAD("8180", "00"));
		packet[7] = (uint8_t)links;
		for (unsigned i = 0; i < links; i++) { /* "A" + i . example -> the next; the first is www */
			uint8_t rec[] = { 1, (uint8_t)('a' + i), 0xc0, 0x10, 0, 5, 0, 1, 0, 0, 0, 1, 0, 4, 1, (uint8_t)('b' + i), 0xc0, 0x10 };
			size_t skip = 0;
			if (i == 0) {
				rec[2] = 0xc0, rec[3] = 0x0c;
				skip = 2;
			}
			memcpy(packet + at, rec + skip, sizeof rec - skip);
			at += sizeof rec - skip;
		}
		CHECK_INT(dnsmsg_parse(packet, at, &q, &m), links == DNSMSG_LINKS);
	}
}

int main(void)
{
	queries();
	answers();
	chains();
	broken();
	return check_done();
}
