#include "probe/options.h"

#include <string.h>

#include "lib/attr.h"
#include "lib/num.h"
#include "lib/option.h"

/* In which mode an option makes sense. */
enum { HAND = 1, ROUND = 2, JOIN = 4, ALL = HAND | ROUND | JOIN };

enum { O_RESOLVER = 256, O_CONNECT_TO, O_CA_FILE, O_JSON, O_CONFIG, O_PLAN, O_STDOUT, O_SPLAY, O_SEND_ONLY, O_CHECK, O_AUDIT,
       O_DIR, O_SPOOL, O_FORCE, O_VERSION };

static const struct option longs[] = {
	{ "count", required_argument, NULL, 'n' },
	{ "resolver", required_argument, NULL, O_RESOLVER },
	{ "connect-to", required_argument, NULL, O_CONNECT_TO },
	{ "ca-file", required_argument, NULL, O_CA_FILE },
	{ "ipv4", no_argument, NULL, '4' },
	{ "ipv6", no_argument, NULL, '6' },
	{ "json", no_argument, NULL, O_JSON },
	{ "config", required_argument, NULL, O_CONFIG },
	{ "plan", required_argument, NULL, O_PLAN },
	{ "stdout", no_argument, NULL, O_STDOUT },
	{ "splay", required_argument, NULL, O_SPLAY },
	{ "send-only", no_argument, NULL, O_SEND_ONLY },
	{ "check", no_argument, NULL, O_CHECK },
	{ "audit", no_argument, NULL, O_AUDIT },
	{ "dir", required_argument, NULL, O_DIR },
	{ "spool", required_argument, NULL, O_SPOOL },
	{ "force", no_argument, NULL, O_FORCE },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, O_VERSION },
	{ NULL, 0, NULL, 0 },
};

static const struct { int option, modes; } allowed[] = {
	{ 'n', HAND }, { O_RESOLVER, HAND }, { O_CONNECT_TO, HAND }, { O_CA_FILE, HAND }, { '4', HAND }, { '6', HAND },
	{ O_JSON, HAND }, { O_CONFIG, ROUND }, { O_PLAN, ROUND }, { O_STDOUT, ROUND }, { O_SPLAY, ROUND },
	{ O_SEND_ONLY, ROUND }, { O_CHECK, ROUND }, { O_AUDIT, ROUND }, { O_DIR, JOIN }, { O_SPOOL, JOIN }, { O_FORCE, JOIN },
	{ 'v', ALL },
};

void options_help(FILE *out)
{
	fputs("usage: latlas-probe URL... [-n 10] [--resolver ADDR] [--connect-to ADDR] [--ca-file FILE]\n"
	      "                    [-4|-6] [--json]\n"
	      "       latlas-probe --config FILE [--plan FILE] [--stdout] [--splay SEC] [--audit]\n"
	      "                    [--send-only] [--check]\n"
	      "       latlas-probe join [--dir DIR] [--spool DIR] [--force] < BLOCK\n"
	      "\n"
	      "By hand: time the phases of a first visit to each URL, as a table.\n"
	      "  -n, --count N        samples of each URL (10)\n"
	      "      --resolver ADDR  ask this name server, ADDR or ADDR:PORT (those of /etc/resolv.conf)\n"
	      "      --connect-to ADDR  connect to this address, with the URL's Host and name; no DNS\n"
	      "      --ca-file FILE   these authorities (PEM) instead of the system's\n"
	      "  -4, --ipv4           over IPv4, the default\n"
	      "  -6, --ipv6           over IPv6; with both there is a table for each\n"
	      "      --json           print NDJSON: a header line and a line for each sample\n"
	      "\n"
	      "One round, for cron: measure what the plan says, spool it, send it; silent.\n"
	      "      --config FILE    probe.conf\n"
	      "      --plan FILE      this plan instead of the collector's\n"
	      "      --stdout         print the batch instead of spooling and sending it\n"
	      "      --splay SEC      wait first, up to SEC seconds, always as long for one name\n"
	      "      --audit          audit every target and node now, whenever that was done last\n"
	      "      --send-only      measure nothing, send what is in the spool; 69 if it can't be sent\n"
	      "      --check          read and check everything, ask the collector, measure nothing\n"
	      "\n"
	      "join: read on standard input what `latlas-collector enroll` printed, write probe.conf, the\n"
	      "token and the collector's CA, and try them.\n"
	      "      --dir DIR        where to (/etc/latlas)\n"
	      "      --spool DIR      the spool (/var/spool/latlas)\n"
	      "      --force          even if there is another identity already\n"
	      "\n"
	      "  -v, --verbose        say more; twice: everything\n"
	      "      --help, --version\n"
	      "\n"
	      "Exit status: 0 done; 1 every sample failed; 64 usage; 65 bad input; 66 no such file;\n"
	      "69 the collector or the plan is not to be had; 74 I/O; 78 bad configuration.\n", out);
}

static const char *long_name(int option)
{
	for (const struct option *l = longs; l->name != NULL; l++)
		if (l->val == option)
			return l->name;
	return "?";
}

static int take(struct options *o, int option, const char *value, struct err *err)
{
	switch (option) {
	case 'n': return num_parse_i64(value, "--count", 1, 10000, &o->count, err);
	case O_RESOLVER: o->resolver = value; break;
	case O_CONNECT_TO: o->connect_to = value; break;
	case O_CA_FILE: o->ca_file = value; break;
	case '4': o->ipv4 = true; break;
	case '6': o->ipv6 = true; break;
	case O_JSON: o->json = true; break;
	case O_CONFIG: o->config = value; break;
	case O_PLAN: o->plan = value; break;
	case O_STDOUT: o->to_stdout = true; break;
	case O_SPLAY: return num_parse_i64(value, "--splay", 0, 86400, &o->splay_s, err);
	case O_SEND_ONLY: o->send_only = true; break;
	case O_CHECK: o->check = true; break;
	case O_AUDIT: o->audit = true; break;
	case O_DIR: o->dir = value; break;
	case O_SPOOL: o->spool = value; break;
	case O_FORCE: o->force = true; break;
	default: o->verbose++; break;
	}
	return 0;
}

/* Options may stand anywhere; which mode it is shows when all are read. */
static int choose_mode(struct options *o, const unsigned char *given, struct err *err)
{
	int mode = HAND;
	const char *name = "a URL";
	o->mode = MODE_BY_HAND;
	if (o->config != NULL) {
		mode = ROUND;
		name = "--config";
		o->mode = MODE_ROUND;
	} else if (o->url_count > 0 && strcmp(o->urls[0], "join") == 0) {
		mode = JOIN;
		name = "join";
		o->mode = MODE_JOIN;
	} else if (o->url_count == 0) {
		return err_set(err, LAT_USAGE, "what to measure? Give a URL, or --config FILE (see --help)");
	}
	for (size_t i = 0; i < LAT_COUNT(allowed); i++)
		if (given[i] && (allowed[i].modes & mode) == 0)
			return err_set(err, LAT_USAGE, "--%s does not go with %s (see --help)",
			               long_name(allowed[i].option), name);
	if (mode == ROUND && o->url_count > 0)
		return err_set(err, LAT_USAGE, "%s: a URL does not go with --config (see --help)", o->urls[0]);
	if (mode == JOIN && o->url_count > 1)
		return err_set(err, LAT_USAGE, "join: %s: takes no argument", o->urls[1]);
	if (mode == HAND && o->url_count > OPTIONS_MAX_URLS)
		return err_set(err, LAT_USAGE, "%zu URLs (limit %d)", o->url_count, OPTIONS_MAX_URLS);
	if (o->send_only && (o->plan != NULL || o->to_stdout || o->check || o->audit))
		return err_set(err, LAT_USAGE, "--send-only does not go with --plan, --stdout, --audit or --check");
	if (o->check && o->to_stdout)
		return err_set(err, LAT_USAGE, "--check does not go with --stdout");
	return 0;
}

int options_parse(struct options *o, int argc, char **argv, struct err *err)
{
	unsigned char given[LAT_COUNT(allowed)] = {0};
	*o = (struct options){ .count = OPTIONS_DEFAULT_COUNT, .dir = "/etc/latlas",
	                       .spool = "/var/spool/latlas" };
	opterr = 0;
	for (int option; (option = getopt_long(argc, argv, ":n:46vh", longs, NULL)) != -1;) {
		if (option == 'h' || option == O_VERSION) {
			o->mode = option == 'h' ? MODE_HELP : MODE_VERSION;
			return 0;
		}
		if (option == '?' || option == ':')
			return option_wrong(option, argv, longs, err);
		for (size_t i = 0; i < LAT_COUNT(allowed); i++)
			given[i] |= allowed[i].option == option;
		int rc = take(o, option, optarg, err);
		if (rc != 0)
			return rc;
	}
	o->urls = argv + optind;
	o->url_count = (size_t)(argc - optind);
	return choose_mode(o, given, err);
}
