#include "probe/parcel.h"

#include <stdlib.h>
#include <string.h>

#include "schema/wire.h"
#include "tests/check.h"

static struct err err;

static void fill(struct batch *b, size_t n)
{
	*b = (struct batch){ .probe = "p", .started_us = 1795379785106055, .timeout_ms = 10000,
	                     .round_ok = (int64_t)n,
	                     .dropped = 3, .rejected = 4 };
	CHECK_INT(parcel_fill_header(b, &err), 0);
	b->duration_us = US_NONE;
	for (size_t i = 0; i < n; i++) {
		struct sample *s = vec_add(&b->samples);
		*s = (struct sample){
			.t_us = 1795379785106055 + (int64_t)i, .target = "www", .target_rev = "0123456789abcdef",
			.family = 4, .addr = "203.0.113.7", .ttl = US_NONE, .dns_us = US_NONE, .tcp_us = (int64_t)i,
			.tls_us = US_NONE, .wait_us = 1, .body_us = 1, .min_rtt_us = US_NONE, .retrans = 0,
			.status = 200, .http = "1.1", .bytes = 1000,
		};
	}
}

/* Encode, decode every part, and see that together they are the whole. */
static void whole(size_t n, size_t least_parts)
{
	struct batch b, d;
	struct parcels p;
	size_t seen = 0;
	fill(&b, n);
	CHECK_INT(parcel_encode(&p, &b, &err), 0);
	CHECK(p.parts.len >= least_parts);
	for (size_t i = 0; i < p.parts.len; i++) {
		const struct parcel *part = &p.parts.at[i];
		CHECK(part->text.len <= WIRE_MAX_BYTES);
		CHECK(part->samples <= WIRE_MAX_SAMPLES);
		CHECK_INT(wire_decode(&d, buf_str(&part->text), part->text.len, NULL, &err), 0);
		CHECK_STR(d.uuid, part->uuid);
		CHECK_INT(d.started_us, 1795379785106055);
		CHECK_INT(d.round_ok, n);
		CHECK_INT(d.dropped, i == 0 ? 3 : 0);
		CHECK_INT(d.rejected, i == 0 ? 4 : 0);
		CHECK_INT(d.samples.len, part->samples);
		for (size_t k = 0; k < d.samples.len; k++) {
			CHECK_INT(d.samples.at[k].seq, k);
			CHECK_INT(d.samples.at[k].tcp_us, seen + k);
		}
		seen += d.samples.len;
		for (size_t k = 0; k < i; k++)
			CHECK(strcmp(p.parts.at[k].uuid, part->uuid) != 0);
		batch_free(&d);
	}
	CHECK_INT(seen, n);
	parcel_free(&p);
	batch_free(&b);
}

/* Audits go with the samples, and are split like them: each once, in order, with all it says. */
static void audits(size_t samples, size_t n, size_t least_parts)
{
	struct batch b, d;
	struct parcels p;
	size_t seen = 0, seen_samples = 0;
	char value[1001];
	memset(value, 'v', sizeof value - 1);
	value[sizeof value - 1] = '\0';
	fill(&b, samples);
	for (size_t i = 0; i < n; i++) {
		struct audit *a = vec_add(&b.audits);
		*a = (struct audit){ .target = "www", .t_us = 1795379785106055, .cert_not_after = (int64_t)i };
		struct audit_header *h = vec_add(&a->headers);
		*h = (struct audit_header){ .name = "via", .value = value };
	}
	CHECK_INT(parcel_encode(&p, &b, &err), 0);
	CHECK(p.parts.len >= least_parts);
	for (size_t i = 0; i < p.parts.len; i++) {
		CHECK(p.parts.at[i].text.len <= WIRE_MAX_BYTES);
		CHECK_INT(wire_decode(&d, buf_str(&p.parts.at[i].text), p.parts.at[i].text.len, NULL, &err), 0);
		CHECK_INT(d.dropped, i == 0 ? 3 : 0);
		CHECK_INT(d.rejected, i == 0 ? 4 : 0);
		for (size_t k = 0; k < d.samples.len; k++)
			CHECK_INT(d.samples.at[k].tcp_us, seen_samples + k);
		for (size_t k = 0; k < d.audits.len; k++) {
			CHECK_INT(d.audits.at[k].cert_not_after, seen + k);
			CHECK_INT(d.audits.at[k].headers.len, 1);
		}
		seen += d.audits.len;
		seen_samples += d.samples.len;
		batch_free(&d);
	}
	CHECK_INT(seen, n);
	CHECK_INT(seen_samples, samples);
	parcel_free(&p);
	batch_free(&b);
}

int main(void)
{
	CHECK_CASE("no sample is one part, and so are a few");
	whole(0, 1);
	whole(1, 1);
	whole(500, 1);
	CHECK_CASE("over 1 MiB it is split; every sample is in one part, in order");
	whole(5000, 2); /* about 450 bytes a line: 2.2 MB */
	CHECK_CASE("over 10000 samples it is split");
	whole(10001, 2);
	CHECK_CASE("audits go with the samples, and over 1 MiB they are split, too");
	audits(3, 2, 1);
	audits(0, 2, 1);
	audits(3, 2500, 3); /* over 1100 bytes a line: more than 2.7 MB */
	CHECK_CASE("the header tells of this machine and this process");
	struct batch b;
	fill(&b, 0);
	CHECK_STR(b.version, LATLAS_VERSION);
	CHECK(b.boot == NULL || strlen(b.boot) == 36);
	CHECK(b.cpu_us >= 0);
	CHECK(b.rss_kib > 500);
	batch_free(&b);
	return check_done();
}
