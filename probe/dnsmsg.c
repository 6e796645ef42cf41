#include "probe/dnsmsg.h"

#include <ctype.h>
#include <string.h>

#include "lib/num.h"

enum { HEADER = 12, CLASS_IN = 1, NAME_OCTETS = 255, LABEL_OCTETS = 63, OPTION_ECS = 8,
       JUMPS = 127 }; /* a pointer for each label that 255 octets can hold */

/* Flags of the second pair of octets (RFC 1035, 4.1.1). */
enum { FLAG_QR = 0x8000, FLAG_AA = 0x0400, FLAG_TC = 0x0200, FLAG_RD = 0x0100, OPCODE = 0x7800 };

/* ---- queries ---------------------------------------------------------------------------- */

bool dnsmsg_ecs_parse(const char *text, struct dnsmsg_ecs *out)
{
	const char *slash = strchr(text, '/');
	char addr[ADDRESS_TEXT];
	struct address a;
	int64_t bits;
	*out = (struct dnsmsg_ecs){0};
	if (slash == NULL || (size_t)(slash - text) >= sizeof addr || text[0] == '[')
		return false;
	memcpy(addr, text, (size_t)(slash - text));
	addr[slash - text] = '\0';
	if (!address_parse(addr, &a) || num_parse_i64(slash + 1, "prefix", 0, a.family == 4 ? 32 : 128, &bits, NULL) != 0)
		return false;
	out->family = a.family;
	out->bits = (int)bits;
	memcpy(out->bytes, a.bytes, sizeof out->bytes);
	for (int i = out->bits; i < 128; i++)
		if (out->bytes[i / 8] & 0x80 >> i % 8)
			return false;
	return true;
}

static void put16(uint8_t *p, unsigned n)
{
	p[0] = (uint8_t)(n >> 8);
	p[1] = (uint8_t)n;
}

/* Octets written, 0 if it is no name. */
static size_t put_name(const char *name, uint8_t out[NAME_OCTETS])
{
	size_t at = 0;
	while (*name != '\0') {
		size_t n = strcspn(name, ".");
		if (n == 0 || n > LABEL_OCTETS || at + 1 + n + 1 > NAME_OCTETS)
			return 0;
		out[at] = (uint8_t)n;
		memcpy(out + at + 1, name, n);
		at += 1 + n;
		name += n;
		if (*name == '.')
			name++;
	}
	if (at == 0)
		return 0;
	out[at++] = 0;
	return at;
}

/* RFC 7871, 6: family, both prefix lengths, and as few octets as hold the prefix. */
static size_t put_ecs(const struct dnsmsg_ecs *ecs, uint8_t *p)
{
	size_t n = (size_t)(ecs->bits + 7) / 8;
	put16(p, OPTION_ECS);
	put16(p + 2, (unsigned)(4 + n));
	put16(p + 4, ecs->family == 4 ? 1 : 2);
	p[6] = (uint8_t)ecs->bits;
	p[7] = 0;
	memcpy(p + 8, ecs->bytes, n);
	return 8 + n;
}

size_t dnsmsg_query(const struct dnsmsg_question *q, uint8_t *out, size_t size)
{
	uint8_t m[DNSMSG_QUERY_MAX] = {0};
	put16(m, q->id);
	put16(m + 2, q->recurse ? FLAG_RD : 0);
	put16(m + 4, 1);  /* a question */
	put16(m + 10, 1); /* an OPT record */
	size_t n = put_name(q->name, m + HEADER), at = HEADER + n;
	if (n == 0)
		return 0;
	put16(m + at, (unsigned)q->type);
	put16(m + at + 2, CLASS_IN);
	at += 4;
	/* OPT (RFC 6891, 6.1.2): the root's name, its class the size that we take, its TTL zero. */
	put16(m + at + 1, DNSMSG_OPT);
	put16(m + at + 3, DNSMSG_EDNS_BYTES);
	size_t option = q->ecs != NULL ? put_ecs(q->ecs, m + at + 11) : 0;
	put16(m + at + 9, (unsigned)option);
	at += 11 + option;
	if (at > size)
		return 0;
	memcpy(out, m, at);
	return at;
}

/* ---- answers ---------------------------------------------------------------------------- */

struct name { uint8_t octets[NAME_OCTETS]; size_t len; }; /* lower case, uncompressed, with the root */

struct record { /* offsets into the message; of class IN */
	size_t owner, data, len;
	unsigned type;
	int64_t ttl;
	bool authority; /* of that section, else of the answer's */
};

struct reader {
	const uint8_t *m;
	size_t len, at;
	struct record records[DNSMSG_RECORDS];
	size_t count;
};

static unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* A name at *at, which moves behind it. `out` may be NULL. A pointer must lead before the
 * place where the labels that it continues began: so the places only sink, and it ends. */
static bool read_name(const uint8_t *m, size_t len, size_t *at, struct name *out)
{
	size_t p = *at, floor = *at, n = 0;
	int jumps = 0;
	for (;;) {
		if (p >= len)
			return false;
		unsigned label = m[p];
		if (label >= 0xc0) {
			if (p + 2 > len)
				return false;
			size_t to = get16(m + p) & 0x3fff;
			if (jumps == 0)
				*at = p + 2;
			if (to >= floor || ++jumps > JUMPS)
				return false;
			p = floor = to;
			continue;
		}
		if (label > LABEL_OCTETS || p + 1 + label > len || n + 1 + label > NAME_OCTETS)
			return false;
		if (out != NULL) {
			out->octets[n] = (uint8_t)label;
			for (unsigned i = 1; i <= label; i++)
				out->octets[n + i] = (uint8_t)tolower(m[p + i]);
		}
		n += 1 + label;
		p += 1 + label;
		if (label == 0)
			break;
	}
	if (jumps == 0)
		*at = p;
	if (out != NULL)
		out->len = n;
	return true;
}

static bool name_equal(const struct name *a, const struct name *b)
{
	return a->len == b->len && memcmp(a->octets, b->octets, a->len) == 0;
}

static bool name_at(const struct reader *r, size_t at, struct name *out)
{
	return read_name(r->m, r->len, &at, out);
}

static bool belongs_in_a_name(uint8_t c)
{
	return isalnum(c) || c == '-' || c == '_' || c == '*';
}

static void name_text(const struct name *name, char out[DNSMSG_NAME])
{
	size_t n = 0;
	for (size_t at = 0; at < name->len && name->octets[at] != 0; at += 1u + name->octets[at]) {
		if (at > 0)
			out[n++] = '.';
		for (unsigned i = 1; i <= name->octets[at]; i++)
			out[n++] = belongs_in_a_name(name->octets[at + i]) ? (char)name->octets[at + i] : '?';
	}
	out[n] = '\0';
}

/* EDNS: the upper bits of the RCODE, and the scope of an ECS option. */
static bool read_opt(const struct reader *r, size_t ttl_at, size_t data, size_t len, struct dnsmsg *out)
{
	out->rcode |= r->m[ttl_at] << 4;
	for (size_t at = data, end = data + len; at < end;) {
		if (end - at < 4)
			return false;
		size_t n = get16(r->m + at + 2);
		if (end - at - 4 < n)
			return false;
		if (get16(r->m + at) == OPTION_ECS) {
			if (n < 4)
				return false;
			out->ecs_scope = r->m[at + 4 + 3];
		}
		at += 4 + n;
	}
	return true;
}

/* One record: kept if it is one of ours, in the answer or the authority section. */
static bool read_record(struct reader *r, int section, struct dnsmsg *out)
{
	struct record rec = { .owner = r->at, .authority = section == 1 };
	if (!read_name(r->m, r->len, &r->at, NULL) || r->len - r->at < 10)
		return false;
	const uint8_t *p = r->m + r->at;
	rec.type = get16(p);
	rec.ttl = (int64_t)get16(p + 4) << 16 | get16(p + 6);
	if (rec.ttl > INT32_MAX)
		rec.ttl = 0; /* RFC 2181, 8 */
	rec.data = r->at + 10;
	rec.len = get16(p + 8);
	if (r->len - rec.data < rec.len)
		return false;
	r->at = rec.data + rec.len;
	if (section == 2)
		return rec.type != DNSMSG_OPT || read_opt(r, rec.data - 6, rec.data, rec.len, out);
	if (get16(p + 2) != CLASS_IN)
		return true;
	if (r->count == DNSMSG_RECORDS)
		return false;
	r->records[r->count++] = rec;
	return true;
}

/* Is it the answer to this question? Moves behind the question. */
static bool read_question(struct reader *r, const struct dnsmsg_question *q, const struct name *asked, int rcode)
{
	struct name got;
	unsigned count = get16(r->m + 4);
	if (count == 0)
		return rcode != DNSMSG_NOERROR;
	if (count != 1 || !read_name(r->m, r->len, &r->at, &got) || r->len - r->at < 4)
		return false;
	const uint8_t *p = r->m + r->at;
	r->at += 4;
	return name_equal(&got, asked) && (int)get16(p) == q->type && get16(p + 2) == CLASS_IN;
}

static bool take(const struct reader *r, const struct record *rec, struct dnsmsg *out)
{
	struct name name;
	struct address a = { .family = rec->type == DNSMSG_A ? 4 : 6 };
	if (rec->type == DNSMSG_NS) {
		if (!name_at(r, rec->data, &name))
			return false;
		if (out->ns_count < DNSMSG_SERVERS)
			name_text(&name, out->ns[out->ns_count++]);
	} else if (rec->type == DNSMSG_A || rec->type == DNSMSG_AAAA) {
		if (rec->len != (a.family == 4 ? 4 : 16))
			return false;
		memcpy(a.bytes, r->m + rec->data, rec->len);
		if (out->addr_count < DNSMSG_ADDRESSES)
			out->addr[out->addr_count++] = a;
	}
	if (out->ttl < 0 || rec->ttl < out->ttl)
		out->ttl = rec->ttl;
	return true;
}

/* All records of `type` at `name`; how many there were, -1 if one is broken. */
static int take_all(const struct reader *r, const struct name *name, int type, struct dnsmsg *out)
{
	int found = 0;
	for (size_t i = 0; i < r->count; i++) {
		const struct record *rec = &r->records[i];
		struct name owner;
		if (rec->authority || (int)rec->type != type)
			continue;
		if (!name_at(r, rec->owner, &owner))
			return -1;
		if (!name_equal(&owner, name))
			continue;
		if (!take(r, rec, out))
			return -1;
		found++;
	}
	return found;
}

/* The CNAME at `name`, if there is one; its target then is in `name`. 1: yes, 0: no, -1: broken. */
static int follow(const struct reader *r, struct name *name, struct dnsmsg *out)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct record *rec = &r->records[i];
		struct name owner;
		if (rec->authority || rec->type != DNSMSG_CNAME)
			continue;
		if (!name_at(r, rec->owner, &owner))
			return -1;
		if (!name_equal(&owner, name))
			continue;
		if (!name_at(r, rec->data, name))
			return -1;
		if (out->ttl < 0 || rec->ttl < out->ttl)
			out->ttl = rec->ttl;
		return 1;
	}
	return 0;
}

/* A name more in the chain, or no further one once there was no room. */
static void add_link(struct dnsmsg *out, const struct name *name, bool *full)
{
	size_t have = strlen(out->cname);
	name_text(name, out->end);
	size_t n = strlen(out->end), gap = have > 0;
	if (*full || have + gap + n >= sizeof out->cname) {
		*full = true;
		return;
	}
	if (gap)
		out->cname[have++] = ' ';
	memcpy(out->cname + have, out->end, n + 1);
}

static bool read_chain(const struct reader *r, const struct name *asked, int type, struct dnsmsg *out)
{
	struct name name = *asked;
	bool full = false;
	name_text(&name, out->end);
	for (int links = 0;; links++) {
		int found = take_all(r, &name, type, out);
		if (found != 0)
			return found > 0;
		int led = follow(r, &name, out);
		if (led <= 0)
			return led == 0;
		if (links == DNSMSG_LINKS)
			return false;
		add_link(out, &name, &full);
	}
}

static bool read_zone(const struct reader *r, struct dnsmsg *out)
{
	struct name owner;
	for (size_t i = 0; i < r->count; i++) {
		if (!r->records[i].authority || r->records[i].type != DNSMSG_SOA)
			continue;
		if (!name_at(r, r->records[i].owner, &owner))
			return false;
		name_text(&owner, out->zone);
		break;
	}
	return true;
}

bool dnsmsg_parse(const uint8_t *message, size_t len, const struct dnsmsg_question *q, struct dnsmsg *out)
{
	struct reader r = { .m = message, .len = len, .at = HEADER };
	uint8_t octets[NAME_OCTETS];
	struct name asked;
	size_t at = 0;
	*out = (struct dnsmsg){ .ttl = -1, .ecs_scope = -1 };
	size_t n = put_name(q->name, octets);
	if (n == 0 || !read_name(octets, n, &at, &asked) || len < HEADER || get16(message) != q->id)
		return false;
	unsigned flags = get16(message + 2);
	if (!(flags & FLAG_QR) || (flags & OPCODE) != 0)
		return false;
	out->rcode = flags & 0xf;
	out->aa = flags & FLAG_AA;
	out->tc = flags & FLAG_TC;
	if (!read_question(&r, q, &asked, out->rcode))
		return false;
	for (int section = 0; section < 3; section++)
		for (unsigned i = get16(message + 6 + 2 * section); i > 0; i--)
			if (!read_record(&r, section, out))
				return out->tc; /* cut in the middle: what it says of itself is all there is */
	return read_chain(&r, &asked, q->type, out) && read_zone(&r, out);
}
