#include "tests/bench/push/payload.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/rng.h"
#include "lib/vec.h"
#include "schema/wire.h"

#define VARIANTS 8
#define TARGETS 20
#define GAP_US 5000 /* between the starts of two samples: the probe's own pace */

/* Stand-ins in the text that wire_encode makes; found again behind their keys. */
#define UUID "00000000-0000-4000-8000-000000000000"
#define PROBE "PROBE"
#define EPOCH_US INT64_C(1000000000000000) /* sixteen digits, as every moment from 2001 to 2286 has */

enum hole_kind { HOLE_UUID, HOLE_PROBE, HOLE_TIME };
struct hole { size_t at; enum hole_kind kind; int64_t offset_us; };

/* Text without what differs from push to push, and where that belongs. */
struct variant {
	struct buf text;
	VEC(struct hole) holes;
};

struct payload {
	struct variant variants[VARIANTS];
	int64_t span_us; /* from the first sample's start to the last's */
};

static bool add_hole(struct variant *v, enum hole_kind kind, int64_t offset_us)
{
	struct hole *h = vec_add(&v->holes);
	if (h != NULL)
		*h = (struct hole){v->text.len, kind, offset_us};
	return h != NULL;
}

/* A round trip for each target, with jitter of some percent: from 5 to 205 ms. */
static void draw(struct sample *s, int nth, struct rng *r)
{
	static const char *const targets[TARGETS] = {
		"www-fra", "www-lon", "www-nyc", "www-sin", "www-mumbai", "www-sao", "origin", "rival",
		"www", "static", "img", "api", "video", "fonts", "blog", "shop", "mirror", "docs", "search", "media",
	};
	uint32_t rtt = 5000 + (uint32_t)(nth % TARGETS) * 10000;
	*s = sample_absent;
	s->seq = (uint32_t)nth;
	s->t_us = EPOCH_US + (int64_t)nth * GAP_US;
	s->target = targets[nth % TARGETS];
	s->target_rev = "0123456789abcdef";
	s->nth = (uint32_t)(nth / TARGETS);
	s->family = 4;
	s->addr = "203.0.113.7";
	s->resolver = "9.9.9.9";
	s->ttl = 60;
	s->dns_tries = 1;
	s->dns_cache = DNS_CACHE_MISS;
	s->dns_us = 500 + rng_below(r, 20000);
	s->tcp_us = rtt + rng_below(r, rtt / 20);
	s->tls_us = rtt + 3000 + rng_below(r, rtt / 20);
	s->wait_us = rtt + 2000 + rng_below(r, rtt / 10);
	s->body_us = 4 * rtt + rng_below(r, rtt / 2);
	s->min_rtt_us = rtt - 100 + rng_below(r, rtt / 50);
	s->syn_rtt_us = rtt + rng_below(r, rtt / 50);
	s->retrans = rng_below(r, 50) == 0;
	s->lag_us = rng_below(r, 200);
	s->status = 200;
	s->http = "2";
	s->tls = "1.3";
	s->bytes = 51200;
	s->edge = "lon";
	s->cache = "HIT";
}

/* ---- our own ------------------------------------------------------------------------------ */

/* The text of wire_encode, with holes in place of the values of four keys. */
static bool cut(struct variant *v, const char *text, size_t len)
{
	static const struct { const char *key; size_t value; enum hole_kind kind; } keys[] = {
		{"\"batch\":\"", sizeof UUID - 1, HOLE_UUID},
		{"\"probe\":\"", sizeof PROBE - 1, HOLE_PROBE},
		{"\"started_us\":", 16, HOLE_TIME},
		{"\"t_us\":", 16, HOLE_TIME},
	};
	bool good = true;
	for (size_t i = 0; good && i < len;) {
		size_t k = 0, n = 0;
		for (; k < sizeof keys / sizeof *keys; k++) {
			n = strlen(keys[k].key);
			if (text[i] == '"' && len - i > n + keys[k].value && memcmp(text + i, keys[k].key, n) == 0)
				break;
		}
		if (k == sizeof keys / sizeof *keys) {
			good = buf_addc(&v->text, text[i++]);
			continue;
		}
		good = buf_add(&v->text, text + i, n);
		i += n;
		good = good && add_hole(v, keys[k].kind, strtoll(text + i, NULL, 10) - EPOCH_US);
		i += keys[k].value;
	}
	return good;
}

static int make_latlas(struct variant *v, int samples, struct rng *r, struct err *err)
{
	struct batch b = {.uuid = UUID, .probe = PROBE, .boot = "4d8dcf0b-4a3c-4b40-9d4e-0c5ad2a0f5f4",
	                  .version = "0.1.0", .plan_rev = "0123456789abcdef", .started_us = EPOCH_US,
	                  .timeout_ms = 10000, .round_ok = samples, .cpu_us = 60000, .rss_kib = 14000,
	                  .duration_us = 3000000};
	struct buf text = {0};
	int rc = 0;
	for (int i = 0; i < samples && rc == 0; i++) {
		struct sample *s = vec_add(&b.samples);
		if (s == NULL)
			rc = err_nomem(err);
		else
			draw(s, i, r);
	}
	if (rc == 0)
		rc = wire_encode(&b, &text, err);
	if (rc == 0 && !cut(v, text.data, text.len))
		rc = err_nomem(err);
	buf_free(&text);
	vec_free(&b.samples);
	return rc;
}

/* ---- line protocol --------------------------------------------------------------------------- */

/* A line: what names a series as tags, what was measured as integer fields. */
static int make_influx(struct variant *v, int samples, struct rng *r, struct err *err)
{
	bool good = true;
	for (int i = 0; i < samples && good; i++) {
		struct sample s;
		draw(&s, i, r);
		good = buf_adds(&v->text, "sample,probe=") && add_hole(v, HOLE_PROBE, 0) &&
		       buf_addf(&v->text,
		                ",target=%s,target_rev=%s,role=cdn,family=4,resolver=%s,http=%s,tls=%s,edge=%s,cache=%s "
		                "addr=\"%s\",ttl=%" PRId64 "i,dns_us=%" PRId64 "i,tcp_us=%" PRId64 "i,tls_us=%" PRId64
		                "i,wait_us=%" PRId64 "i,body_us=%" PRId64 "i,min_rtt_us=%" PRId64 "i,syn_rtt_us=%" PRId64
		                "i,retrans=%" PRId64 "i,lag_us=%" PRId64 "i,status=%" PRId64 "i,bytes=%" PRId64 "i ",
		                s.target, s.target_rev, s.resolver, s.http, s.tls, s.edge, s.cache, s.addr, s.ttl, s.dns_us,
		                s.tcp_us, s.tls_us, s.wait_us, s.body_us, s.min_rtt_us, s.syn_rtt_us, s.retrans, s.lag_us,
		                s.status, s.bytes) &&
		       add_hole(v, HOLE_TIME, s.t_us - EPOCH_US) && buf_addc(&v->text, '\n');
	}
	return good ? 0 : err_nomem(err);
}

int payload_new(struct payload **out, enum payload_format format, int samples, uint64_t seed, struct err *err)
{
	struct rng r;
	struct payload *p = calloc(1, sizeof *p);
	int rc = p == NULL ? err_nomem(err) : 0;
	rng_seed(&r, seed);
	for (int i = 0; i < VARIANTS && rc == 0; i++)
		rc = format == PAYLOAD_LATLAS ? make_latlas(&p->variants[i], samples, &r, err)
		                              : make_influx(&p->variants[i], samples, &r, err);
	if (rc != 0) {
		payload_free(p);
		return rc;
	}
	p->span_us = (int64_t)samples * GAP_US;
	*out = p;
	return 0;
}

void payload_free(struct payload *p)
{
	if (p == NULL)
		return;
	for (int i = 0; i < VARIANTS; i++) {
		buf_free(&p->variants[i].text);
		vec_free(&p->variants[i].holes);
	}
	free(p);
}

/* Sixteen digits. By hand: there are a thousand in a large batch. */
static bool add_time(struct buf *out, int64_t us)
{
	char digits[16];
	for (int i = 16; i-- > 0; us /= 10)
		digits[i] = (char)('0' + us % 10);
	return buf_add(out, digits, sizeof digits);
}

bool payload_write(struct payload *p, uint64_t nth, const char *probe, const char *uuid, int64_t now_us,
                   struct buf *out)
{
	const struct variant *v = &p->variants[nth % VARIANTS];
	/* The number of the push in the last digits: no two have their samples at the same moment. */
	int64_t from_us = (now_us - p->span_us) / GAP_US * GAP_US + (int64_t)(nth % GAP_US);
	size_t done = 0;
	bool good = buf_reserve(out, v->text.len + v->holes.len * 40);
	for (size_t i = 0; good && i < v->holes.len; i++) {
		const struct hole *h = &v->holes.at[i];
		good = buf_add(out, v->text.data + done, h->at - done);
		done = h->at;
		if (h->kind == HOLE_UUID)
			good = good && buf_adds(out, uuid);
		else if (h->kind == HOLE_PROBE)
			good = good && buf_adds(out, probe);
		else
			good = good && add_time(out, from_us + h->offset_us);
	}
	return good && buf_add(out, v->text.data + done, v->text.len - done);
}
