/* pusher: a load generator for the collector, and for what stands beside it in the bench. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "lib/clock.h"
#include "lib/num.h"
#include "lib/vec.h"
#include "tests/bench/push/push.h"
#include "tests/bench/push/slow.h"

static const char usage[] =
	"pusher --url https://ADDRESS:PORT --ca FILE --probes FILE [OPTION...]     push batches\n"
	"pusher --url http://ADDRESS:PORT --influx PATH [OPTION...]                the same samples in line protocol\n"
	"pusher --url https://ADDRESS:PORT --ca FILE --slow silent|hello|head [OPTION...]\n"
	"\n"
	"  --probes FILE      lines of NAME TOKEN: who pushes, in turn\n"
	"  --samples N        in a batch (20)\n"
	"  --connections N    at a time (8)\n"
	"  --cron             each push over a connection of its own: connect, handshake, POST, answer, close;\n"
	"                     without it connections are kept\n"
	"  --gzip             bodies are packed, as a probe packs them\n"
	"  --rate N           pushes (or slow connects) begun in a second; without it a connection begins its next\n"
	"                     push when the last was answered\n"
	"  --burst N          so many begin at one moment, each --every\n"
	"  --every DURATION   (1s)\n"
	"  --count N          pushes in all\n"
	"  --seconds N        none begins later (10)\n"
	"  --timeout DURATION without an answer for so long a push is made again (30s)\n"
	"  --acknowledged FILE  gets the UUID and status of each that was acknowledged\n"
	"  --from ADDRESS/BITS  source addresses, in turn (127.1.0.0/16)\n"
	"  --slow KIND        connections that say nothing, or a ClientHello or a request's head byte by byte\n"
	"  --drip DURATION    between two bytes (3s)\n"
	"  --reopen           slow connections that were closed are made anew\n"
	"  --seed N           of the samples' numbers (1)\n"
	"\n"
	"429 and 5xx are made again, the same batch, when Retry-After is over; a broken connection after 0.2 s. The\n"
	"result is one line of JSON. Latencies are in milliseconds from the moment at which a push was to begin by\n"
	"--rate or --burst, waiting for a free connection and all attempts included (no coordinated omission);\n"
	"without a schedule from its begin. Exit: 0, 1 if a push was not acknowledged, 64 and so on for mistakes.\n";

struct args {
	struct push_options push;
	struct slow_options slow;
	const char *url, *ca, *from, *acknowledged;
	bool is_slow;
	VEC(struct push_probe) probes;
};

enum {
	OPT_URL, OPT_CA, OPT_PROBES, OPT_INFLUX, OPT_SAMPLES, OPT_CONNECTIONS, OPT_CRON, OPT_GZIP, OPT_RATE,
	OPT_BURST, OPT_EVERY, OPT_COUNT, OPT_SECONDS, OPT_TIMEOUT, OPT_ACKNOWLEDGED, OPT_FROM, OPT_SLOW, OPT_DRIP,
	OPT_REOPEN, OPT_SEED, OPT_HELP
};

static const struct option options[] = {
	{"url", 1, NULL, OPT_URL}, {"ca", 1, NULL, OPT_CA}, {"probes", 1, NULL, OPT_PROBES},
	{"influx", 1, NULL, OPT_INFLUX}, {"samples", 1, NULL, OPT_SAMPLES},
	{"connections", 1, NULL, OPT_CONNECTIONS}, {"cron", 0, NULL, OPT_CRON}, {"gzip", 0, NULL, OPT_GZIP},
	{"rate", 1, NULL, OPT_RATE}, {"burst", 1, NULL, OPT_BURST}, {"every", 1, NULL, OPT_EVERY},
	{"count", 1, NULL, OPT_COUNT}, {"seconds", 1, NULL, OPT_SECONDS}, {"timeout", 1, NULL, OPT_TIMEOUT},
	{"acknowledged", 1, NULL, OPT_ACKNOWLEDGED}, {"from", 1, NULL, OPT_FROM}, {"slow", 1, NULL, OPT_SLOW},
	{"drip", 1, NULL, OPT_DRIP}, {"reopen", 0, NULL, OPT_REOPEN}, {"seed", 1, NULL, OPT_SEED},
	{"help", 0, NULL, OPT_HELP}, {0},
};

static int read_probes(struct args *a, const char *path, struct err *err)
{
	char line[256];
	int number = 0, rc = 0;
	FILE *f = fopen(path, "r");
	if (f == NULL)
		return err_set_errno(err, LAT_NOINPUT, "%s", path);
	while (rc == 0 && fgets(line, sizeof line, f) != NULL) {
		struct push_probe *p = vec_add(&a->probes);
		number++;
		if (p == NULL)
			rc = err_nomem(err);
		else if (sscanf(line, "%64s %64s", p->name, p->token) != 2)
			rc = err_set(err, LAT_DATAERR, "%s:%d: not NAME TOKEN", path, number);
	}
	fclose(f);
	if (rc == 0 && a->probes.len == 0)
		rc = err_set(err, LAT_DATAERR, "%s: no probes there", path);
	return rc;
}

static int number(const char *text, const char *what, int64_t max, int64_t *out, struct err *err)
{
	return num_parse_i64(text, what, 1, max, out, err);
}

static int take(struct args *a, int opt, const char *text, struct err *err)
{
	int64_t n = 0;
	int rc = 0, kind;
	switch (opt) {
	case OPT_URL: a->url = text; break;
	case OPT_CA: a->ca = text; break;
	case OPT_PROBES: rc = read_probes(a, text, err); break;
	case OPT_INFLUX:
		a->push.format = PAYLOAD_INFLUX;
		a->push.path = text;
		break;
	case OPT_SAMPLES:
		rc = number(text, "--samples", 10000, &n, err);
		a->push.samples = (int)n;
		break;
	case OPT_CONNECTIONS:
		rc = number(text, "--connections", 100000, &n, err);
		a->push.connections = (int)n;
		break;
	case OPT_CRON: a->push.each_its_own = true; break;
	case OPT_GZIP: a->push.gzip = true; break;
	case OPT_RATE: rc = num_parse_double(text, "--rate", 0.001, 1e6, &a->push.rate, err); break;
	case OPT_BURST:
		rc = number(text, "--burst", 1000000, &n, err);
		a->push.burst = (uint64_t)n;
		break;
	case OPT_EVERY: rc = duration_parse(text, &a->push.every_us, err); break;
	case OPT_COUNT:
		rc = number(text, "--count", INT64_MAX, &n, err);
		a->push.count = (uint64_t)n;
		break;
	case OPT_SECONDS:
		rc = number(text, "--seconds", 1000000, &n, err);
		a->push.duration_us = n * US_PER_S;
		break;
	case OPT_TIMEOUT: rc = duration_parse(text, &a->push.timeout_us, err); break;
	case OPT_ACKNOWLEDGED: a->acknowledged = text; break;
	case OPT_FROM: a->from = text; break;
	case OPT_SLOW:
		a->is_slow = true;
		kind = slow_kind_of(text);
		if (kind < 0)
			return err_set(err, LAT_USAGE, "--slow: '%s' is not silent, hello or head", text);
		a->slow.kind = (enum slow_kind)kind;
		break;
	case OPT_DRIP: rc = duration_parse(text, &a->slow.drip_us, err); break;
	case OPT_REOPEN: a->slow.reopen = true; break;
	case OPT_SEED:
		rc = num_parse_i64(text, "--seed", 0, INT64_MAX, &n, err);
		a->push.seed = (uint64_t)n;
		break;
	default: rc = err_set(err, LAT_USAGE, "unknown option; --help tells");
	}
	return rc;
}

static int read_args(struct args *a, int argc, char **argv, struct err *err)
{
	int opt, rc = 0;
	opterr = 0;
	while (rc == 0 && (opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == OPT_HELP) {
			fputs(usage, stdout);
			exit(0);
		}
		rc = take(a, opt, optarg, err);
	}
	if (rc == 0 && (optind != argc || a->url == NULL))
		rc = err_set(err, LAT_USAGE, a->url == NULL ? "--url is missing" : "'%s' is not an option", argv[optind]);
	if (rc == 0)
		rc = link_server_init(&a->push.server, a->url, a->ca, err);
	if (rc == 0 && a->from != NULL)
		rc = link_server_from(&a->push.server, a->from, err);
	if (rc == 0 && !a->is_slow && a->push.format == PAYLOAD_LATLAS && a->probes.len == 0)
		rc = err_set(err, LAT_USAGE, "--probes is missing");
	if (rc == 0 && a->acknowledged != NULL && (a->push.acknowledged = fopen(a->acknowledged, "w")) == NULL)
		rc = err_set_errno(err, LAT_IOERR, "%s", a->acknowledged);
	return rc;
}

/* ---- results -------------------------------------------------------------------------------- */

static void print_times(const char *name, const struct sketch *s)
{
	static const double q[] = {0.5, 0.9, 0.99, 1};
	static const char *const names[] = {"p50", "p90", "p99", "max"};
	printf(",\"%s_ms\":{", name);
	for (int i = 0; i < 4; i++) {
		double us = sketch_quantile(s, q[i]);
		if (isnan(us))
			printf("%s\"%s\":null", i > 0 ? "," : "", names[i]);
		else
			printf("%s\"%s\":%.3f", i > 0 ? "," : "", names[i], us / 1e3);
	}
	putchar('}');
}

static void print_cost(void)
{
	struct rusage use;
	getrusage(RUSAGE_SELF, &use);
	printf(",\"cpu_s\":%.3f}\n", (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
	                                     (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6);
}

static void print_push(const struct push_options *o, const struct push_result *r)
{
	double seconds = r->seconds > 0 ? r->seconds : 1e-6;
	printf("{\"begun\":%" PRIu64 ",\"acknowledged\":%" PRIu64 ",\"duplicates\":%" PRIu64 ",\"given_up\":%" PRIu64
	       ",\"unfinished\":%" PRIu64 ",\"retries\":%" PRIu64 ",\"broken\":%" PRIu64 ",\"status\":{",
	       r->begun, r->acknowledged, r->duplicates, r->given_up, r->unfinished, r->retries, r->broken);
	const char *comma = "";
	for (int i = 0; i < PUSH_STATUSES; i++) {
		if (r->status[i] == 0)
			continue;
		printf("%s\"%d\":%" PRIu64, comma, i, r->status[i]);
		comma = ",";
	}
	printf("},\"sent_bytes\":%" PRIu64 ",\"seconds\":%.3f,\"pushes_per_s\":%.1f,\"samples_per_s\":%.0f",
	       r->sent_bytes, r->seconds, (double)r->acknowledged / seconds,
	       (double)r->acknowledged * o->samples / seconds);
	print_times("latency", &r->latency);
	print_times("handshake", &r->handshake);
	print_cost();
}

static void print_slow(const struct slow_result *r)
{
	printf("{\"opened\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"closed\":%" PRIu64 ",\"alive\":%" PRIu64
	       ",\"most\":%" PRIu64,
	       r->opened, r->refused, r->closed, r->alive, r->most);
	print_times("life", &r->life);
	print_cost();
}

/* As many descriptors as there may be. */
static void raise_descriptors(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int run(struct args *a, struct err *err)
{
	int rc;
	if (a->is_slow) {
		struct slow_result r;
		a->slow.server = a->push.server;
		a->slow.connections = a->push.connections;
		a->slow.rate = a->push.rate > 0 ? a->push.rate : 500;
		a->slow.duration_us = a->push.duration_us;
		rc = slow_run(&a->slow, &r, err);
		if (rc == 0)
			print_slow(&r);
		slow_result_free(&r);
		return rc;
	}
	static const struct push_probe nobody = {"bench-1", ""};
	struct push_result r;
	a->push.probes = a->probes.len > 0 ? a->probes.at : &nobody;
	a->push.probe_count = a->probes.len > 0 ? a->probes.len : 1;
	rc = push_run(&a->push, &r, err);
	if (rc == 0)
		print_push(&a->push, &r);
	if (rc == 0 && (r.acknowledged < r.begun || r.begun == 0))
		rc = err_set(err, LAT_NO, "%" PRIu64 " of %" PRIu64 " pushes were not acknowledged",
		             r.begun - r.acknowledged, r.begun);
	push_result_free(&r);
	return rc;
}

int main(int argc, char **argv)
{
	struct err err = {0};
	struct args a = {
		.push = {.path = "/v1/batches", .samples = 20, .connections = 8, .every_us = US_PER_S,
		         .duration_us = 10 * US_PER_S, .timeout_us = 30 * US_PER_S, .seed = 1},
		.slow = {.drip_us = 3 * US_PER_S},
	};
	signal(SIGPIPE, SIG_IGN);
	raise_descriptors();
	int rc = read_args(&a, argc, argv, &err);
	if (rc == 0)
		rc = run(&a, &err);
	if (a.push.acknowledged != NULL)
		fclose(a.push.acknowledged);
	link_server_free(&a.push.server);
	vec_free(&a.probes);
	return rc == 0 ? 0 : err_print(&err, "pusher");
}
