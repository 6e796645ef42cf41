/* Every number here was worked out on paper: a bucket of `burst`, filled by `per_s`. */
#include "collector/limits.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "tests/check.h"

#define S US_PER_S

static struct mono at(int64_t us)
{
	return mono_add_us((struct mono){0}, 5000 * S + us);
}

/* An address; the pointer is good until the call after the next. */
static const struct sockaddr *addr(const char *text)
{
	static struct sockaddr_storage two[2];
	static int turn;
	struct sockaddr_storage *out = &two[turn ^= 1];
	memset(out, 0, sizeof *out);
	if (inet_pton(AF_INET, text, &((struct sockaddr_in *)out)->sin_addr) == 1) {
		((struct sockaddr_in *)out)->sin_family = AF_INET;
		((struct sockaddr_in *)out)->sin_port = htons((uint16_t)(1024 + turn)); /* never the same */
	} else {
		CHECK_INT(inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)out)->sin6_addr), 1);
		((struct sockaddr_in6 *)out)->sin6_family = AF_INET6;
	}
	return (struct sockaddr *)out;
}

static int ask(struct limits *l, const char *from, int64_t us)
{
	return limits_address(l, addr(from), at(us), NULL);
}

/* Requests of probe `p` that are let through out of n at one moment. */
static int let(struct limits *l, int n, int64_t us)
{
	int good = 0;
	for (int i = 0; i < n; i++)
		good += limits_probe(l, "p", at(us), NULL) == 0;
	return good;
}

static void buckets(void)
{
	/* 3 at once, then one every two seconds. */
	struct limits_options o = {.probe = {.per_s = 0.5, .burst = 3}};
	struct limits *l = limits_new(&o);
	bool first;

	CHECK_CASE("a burst, and then what comes again");
	CHECK_INT(let(l, 5, 0), 3);
	CHECK_INT(limits_probe(l, "p", at(0), NULL), 2);            /* a whole one is 2 s away */
	CHECK_INT(limits_probe(l, "p", at(500 * US_PER_MS), NULL), 2); /* 1.5 s: rounded up */
	CHECK_INT(limits_probe(l, "p", at(1 * S), NULL), 1);
	CHECK_INT(limits_probe(l, "p", at(1999 * US_PER_MS), NULL), 1);
	CHECK_INT(limits_probe(l, "p", at(2 * S), NULL), 0);
	CHECK_INT(limits_probe(l, "p", at(2 * S), NULL), 2);

	CHECK_CASE("never more than the burst");
	CHECK_INT(let(l, 9, 1000 * S), 3);

	CHECK_CASE("one probe's is not another's");
	CHECK_INT(limits_probe(l, "q", at(1000 * S), NULL), 0);

	CHECK_CASE("a clock that was read before is no time");
	CHECK_INT(limits_probe(l, "p", at(999 * S), NULL), 2);
	CHECK_INT(limits_probe(l, "p", at(1002 * S), NULL), 0);

	CHECK_CASE("the first refusal says so, until the bucket was half full");
	CHECK_INT(limits_probe(l, "r", at(0), &first), 0);
	CHECK(!first);
	(void)limits_probe(l, "r", at(0), NULL);
	(void)limits_probe(l, "r", at(0), NULL);
	CHECK_INT(limits_probe(l, "r", at(0), &first), 2);
	CHECK(first);
	CHECK_INT(limits_probe(l, "r", at(S), &first), 1);
	CHECK(!first);
	CHECK_INT(limits_probe(l, "r", at(2 * S), &first), 0); /* full to a third */
	CHECK_INT(limits_probe(l, "r", at(2 * S), &first), 2);
	CHECK(!first);
	CHECK_INT(limits_probe(l, "r", at(6 * S), &first), 0); /* to two thirds */
	CHECK_INT(limits_probe(l, "r", at(6 * S), &first), 0);
	CHECK_INT(limits_probe(l, "r", at(6 * S), &first), 2);
	CHECK(first);
	limits_free(l);

	CHECK_CASE("ten a second for a thousand seconds lose none to fractions");
	o.probe = (struct limit){.per_s = 10, .burst = 1};
	l = limits_new(&o);
	int good = 0;
	for (int i = 0; i < 10000; i++)
		good += limits_probe(l, "p", at(i * 100 * US_PER_MS), NULL) == 0;
	CHECK_INT(good, 10000);
	limits_free(l);

	CHECK_CASE("a wait has an end");
	o.probe = (struct limit){.per_s = 1.0 / 7200, .burst = 1};
	l = limits_new(&o);
	CHECK_INT(let(l, 1, 0), 1);
	CHECK_INT(limits_probe(l, "p", at(0), NULL), LIMITS_RETRY_MAX_S);
	limits_free(l);

	CHECK_CASE("other limits while it is used");
	o.probe = (struct limit){.per_s = 1, .burst = 9};
	o.connections = 0;
	l = limits_new(&o);
	CHECK_INT(let(l, 2, 0), 2); /* of 9 there are 7 left, */
	CHECK(limits_connect(l, addr("192.0.2.1"), at(0)));
	o.probe = (struct limit){.per_s = 0.5, .burst = 4};
	o.connections = 2;
	limits_set(l, &o);
	CHECK_INT(let(l, 9, S), 4); /* and now no more than 4; */
	CHECK_INT(limits_probe(l, "p", at(S), NULL), 2);
	o.probe = (struct limit){.per_s = 2, .burst = 100};
	limits_set(l, &o);
	CHECK_INT(let(l, 9, 3 * S), 4); /* a larger one is filled in its time */
	CHECK(limits_connect(l, addr("192.0.2.1"), at(0))); /* that which was there before counts */
	CHECK(!limits_connect(l, addr("192.0.2.1"), at(0)));
	limits_free(l);

	CHECK_CASE("no limit");
	o.probe.per_s = 0;
	l = limits_new(&o);
	CHECK_INT(let(l, 10000, 0), 10000);
	limits_free(l);
}

static void failures(void)
{
	struct limits_options o = {.address = {.per_s = 100, .burst = 4000}};
	struct limits *l = limits_new(&o);
	CHECK_CASE("never more than a tenth of the burst: 10 failures of 400 each");
	for (int i = 0; i < 10; i++)
		CHECK_INT(limits_failed(l, addr("192.0.2.1"), at(0), NULL), 0);
	CHECK_INT(limits_failed(l, addr("192.0.2.1"), at(0), NULL), 4); /* 400 at 100/s */
	CHECK_CASE("requests of the same address are let through");
	for (int i = 0; i < 4000; i++)
		CHECK_INT(ask(l, "192.0.2.1", 0), 0);
	CHECK_INT(ask(l, "192.0.2.1", 0), 1);
	CHECK_INT(limits_failed(l, addr("192.0.2.1"), at(4 * S), NULL), 0);
	limits_free(l);

	CHECK_CASE("with a large burst a failure stands for 1000");
	o.address = (struct limit){.per_s = 2000, .burst = 400000};
	l = limits_new(&o);
	int good = 0;
	for (int i = 0; i < 1000; i++)
		good += limits_failed(l, addr("192.0.2.1"), at(0), NULL) == 0;
	CHECK_INT(good, 400);
	good = 0;
	for (int i = 0; i < 1000; i++)
		good += limits_failed(l, addr("192.0.2.1"), at(10 * S), NULL) == 0;
	CHECK_INT(good, 20); /* 2 a second */
	limits_free(l);
}

static void addresses(void)
{
	const struct limits_options o = {.address = {.per_s = 1, .burst = 1}, .connections = 2, .table = 4};
	struct limits *l = limits_new(&o);
	CHECK_CASE("an address is one whatever the port; IPv4 in IPv6's clothes is IPv4");
	CHECK_INT(ask(l, "192.0.2.1", 0), 0);
	CHECK_INT(ask(l, "192.0.2.1", 0), 1);
	CHECK_INT(ask(l, "::ffff:192.0.2.1", 0), 1);
	CHECK_INT(ask(l, "192.0.2.2", 0), 0);
	CHECK_CASE("IPv6 by /64");
	CHECK_INT(ask(l, "2001:db8:1:2::1", 0), 0);
	CHECK_INT(ask(l, "2001:db8:1:2:ffff::9", 0), 1);
	CHECK_INT(ask(l, "2001:db8:1:3::1", 0), 0);

	CHECK_CASE("a table of four forgets whoever was quiet for longest");
	CHECK_INT(ask(l, "192.0.2.1", 0), 1); /* now 192.0.2.2 is it */
	CHECK_INT(ask(l, "192.0.2.3", 0), 0);
	CHECK_INT(ask(l, "192.0.2.1", 0), 1);
	CHECK_INT(ask(l, "192.0.2.2", 0), 0);
	CHECK_INT(ask(l, "2001:db8:1:3::1", 0), 1);
	for (int i = 0; i < 10000; i++) {
		char text[32];
		snprintf(text, sizeof text, "198.18.%d.%d", i / 250, i % 250);
		CHECK_INT(ask(l, text, 0), 0);
	}
	limits_free(l);

	CHECK_CASE("connections of an address");
	l = limits_new(&o);
	CHECK(limits_connect(l, addr("192.0.2.1"), at(0)));
	CHECK(limits_connect(l, addr("192.0.2.1"), at(0)));
	CHECK(!limits_connect(l, addr("192.0.2.1"), at(0)));
	CHECK(limits_connect(l, addr("192.0.2.9"), at(0)));
	limits_disconnect(l, addr("192.0.2.1"));
	CHECK(limits_connect(l, addr("192.0.2.1"), at(0)));
	CHECK_CASE("are not forgotten, whoever else comes");
	for (int i = 0; i < 50; i++) {
		char text[32];
		snprintf(text, sizeof text, "198.18.0.%d", i);
		CHECK_INT(ask(l, text, 0), 0);
	}
	CHECK(!limits_connect(l, addr("192.0.2.1"), at(0)));
	limits_disconnect(l, addr("203.0.113.1")); /* of whom nothing is known */
	limits_free(l);
}

static void probe_connections(void)
{
	const struct limits_options o = {.connections = 1, .table = 2};
	struct limits *l = limits_new(&o);
	bool first;

	CHECK_CASE("128 connections of a probe, from wherever");
	for (int i = 0; i < 128; i++)
		CHECK(limits_connect_probe(l, "p", at(0), &first) && !first);
	CHECK(!limits_connect_probe(l, "p", at(0), &first) && first);
	CHECK(!limits_connect_probe(l, "p", at(100 * S), &first) && !first); /* time is no help */
	CHECK_CASE("another probe has its own, and whoever is connected is not forgotten");
	CHECK(limits_connect_probe(l, "q", at(0), &first));
	CHECK(!limits_connect_probe(l, "r", at(0), &first)); /* a table of two */
	limits_disconnect_probe(l, "q");
	CHECK(limits_connect_probe(l, "r", at(0), &first)); /* in q's place */
	CHECK(!limits_connect_probe(l, "p", at(0), &first) && !first);
	CHECK_CASE("one that ends makes room; half of them, and a refusal is the first again");
	limits_disconnect_probe(l, "p");
	CHECK(limits_connect_probe(l, "p", at(0), &first));
	CHECK(!limits_connect_probe(l, "p", at(0), &first) && !first);
	for (int i = 0; i < 64; i++)
		limits_disconnect_probe(l, "p");
	for (int i = 0; i < 64; i++)
		CHECK(limits_connect_probe(l, "p", at(0), &first));
	CHECK(!limits_connect_probe(l, "p", at(0), &first) && first);
	limits_disconnect_probe(l, "nobody"); /* of whom nothing is known */
	limits_free(l);
}

#define MIB ((size_t)1 << 20)

static void bodies(void)
{
	/* Whether requests are limited or not. */
	const struct limits_options o = {.connections = 1, .table = 2};
	struct limits *l = limits_new(&o);
	bool first;

	CHECK_CASE("four of the largest batches of a probe at a time");
	for (int i = 0; i < 4; i++) {
		CHECK(limits_receive(l, "p", MIB, at(0), &first));
		CHECK(!first);
	}
	CHECK(!limits_receive(l, "p", 1, at(0), &first));
	CHECK(first);
	CHECK(!limits_receive(l, "p", MIB, at(100 * S), &first)); /* time is no help */
	CHECK(!first);
	CHECK(limits_receive(l, "p", 0, at(0), &first));
	CHECK_CASE("another probe has its own");
	CHECK(limits_receive(l, "q", MIB, at(0), &first));
	CHECK_CASE("who has bodies coming in is not forgotten");
	CHECK(!limits_receive(l, "r", 1, at(0), &first)); /* a table of two */
	limits_received(l, "q", MIB);
	CHECK(limits_receive(l, "r", 1, at(0), &first)); /* in q's place */
	CHECK(!limits_receive(l, "p", 1, at(0), &first));

	CHECK_CASE("what was read makes room; half of it, and a refusal is the first again");
	limits_received(l, "p", MIB);
	CHECK(!limits_receive(l, "p", MIB + 1, at(0), &first));
	CHECK(!first);
	CHECK(limits_receive(l, "p", MIB, at(0), &first));
	limits_received(l, "p", 2 * MIB);
	CHECK(limits_receive(l, "p", 2 * MIB, at(0), &first));
	CHECK(!limits_receive(l, "p", 1, at(0), &first));
	CHECK(first);
	limits_received(l, "nobody", MIB); /* of whom nothing is known */
	limits_free(l);
}

static const char *parse(const char *text)
{
	static char out[sizeof ((struct err *)0)->text];
	struct err err = {0};
	double n = -1;
	if (limits_parse(text, &n, &err) == 0)
		snprintf(out, sizeof out, "%g", n);
	else
		snprintf(out, sizeof out, "%s", err.text);
	return out;
}

int main(void)
{
	buckets();
	failures();
	addresses();
	probe_connections();
	bodies();

	CHECK_CASE("rates as they are written");
	CHECK_STR(parse("10/s"), "10");
	CHECK_STR(parse("90/min"), "1.5");
	CHECK_STR(parse("0.5/s"), "0.5");
	static const char *const none[] = {"", "10", "/s", "10/h", "10 /s", "+1/s", "1e/s", "1/sec", "x/s", "nan/s"};
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		CHECK_CONTAINS(parse(none[i]), "is not a rate, as \"10/s\" or \"90/min\"");
	CHECK_CONTAINS(parse("0/s"), "is not in one in an hour .. 1000000/s");
	CHECK_CONTAINS(parse("1000001/s"), "is not in");
	return check_done();
}
