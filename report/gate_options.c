#include "report/gate_options.h"

#include <string.h>

#include "lib/option.h"

enum { O_ADD = 1, O_REMOVE, O_POLICY, O_REQUIRE, O_JSON };

static const struct option longs[] = {
	FLAGS_COMMON,
	{ "add", required_argument, NULL, O_ADD },
	{ "remove", required_argument, NULL, O_REMOVE },
	{ "policy", required_argument, NULL, O_POLICY },
	{ "require", required_argument, NULL, O_REQUIRE },
	{ "json", no_argument, NULL, O_JSON },
	{ NULL, 0, NULL, 0 },
};

void gate_options_help(FILE *out)
{
	fputs("usage: latlas-gate whatif [--db DB] [--add NAME]... [--remove NAME]... [OPTION...]\n"
	      "\n"
	      "Judge a change of the fleet before it is made: would any region lose by it?\n"
	      "\n"
	      "  --add NAME       a candidate of the plan becomes a node\n"
	      "  --remove NAME    a node goes away\n"
	      "  --policy P       who goes where: observed, as was seen, and nearer where that is added;\n"
	      "                   best, to the fastest node; geo, to the nearest on the map (observed)\n"
	      "  --require REGION a region, as country/GB, that has to be judged for a PASS\n"
	      "  --db DB          the collector's database (" FLAGS_DB ")\n"
	      "  --since T        start of the window: a time (RFC 3339), how long before its end (7d,\n"
	      "                   36h), or all (" FLAGS_SINCE ")\n"
	      "  --until T        its end: a time, or how long ago (now)\n"
	      "  --block D        resample blocks of time of that length (6h below seven days, else 1d)\n"
	      "  --generalise     speak for regions, not for the vantages at hand: resample probes too\n"
	      "  --metric M       judge by total, ttfb or min_rtt, whatever the plan says\n"
	      "  --limit-ms N     and by that limit\n"
	      "  --seed N         of the resampling (1)\n"
	      "  --json           print JSON\n"
	      "  -v, --verbose    say more\n"
	      "  --help, --version\n"
	      "\n"
	      "Exit status: 0 PASS; 1 FAIL; 2 INCONCLUSIVE; 64 usage; 65 bad data; 66 no database or no\n"
	      "samples.\n", out);
}

static int take_name(struct gate_names *names, const char *option, const char *value, struct err *err)
{
	if (names->len == GATE_MAX_NAMES)
		return err_set(err, LAT_USAGE, "%s: more than %d", option, GATE_MAX_NAMES);
	if (*value == '\0')
		return err_set(err, LAT_USAGE, "%s: the name is empty", option);
	for (size_t i = 0; i < names->len; i++)
		if (strcmp(names->at[i], value) == 0)
			return err_set(err, LAT_USAGE, "%s: '%.80s' is given twice", option, value);
	names->at[names->len++] = value;
	return 0;
}

static int take(struct gate_options *o, int option, const char *value, struct err *err)
{
	switch (option) {
	case O_ADD: return take_name(&o->add, "--add", value, err);
	case O_REMOVE: return take_name(&o->remove, "--remove", value, err);
	case O_REQUIRE: return take_name(&o->require, "--require", value, err);
	case O_POLICY: {
		int policy = policy_of(value);
		if (policy < 0)
			return err_set(err, LAT_USAGE, "--policy: '%.80s' is none of best, geo, observed",
			               value);
		o->policy = (enum policy)policy;
		return 0;
	}
	case O_JSON: o->json = true; return 0;
	default: return flags_take(&o->flags, option, value, err);
	}
}

static int check(const struct gate_options *o, int argc, char **argv, struct err *err)
{
	if (optind == argc)
		return err_set(err, LAT_USAGE, "which command? whatif (see --help)");
	if (strcmp(argv[optind], "whatif") != 0)
		return err_set(err, LAT_USAGE, "'%.80s': no such command (see --help)", argv[optind]);
	if (optind + 1 < argc)
		return err_set(err, LAT_USAGE, "whatif: '%.80s': takes no arguments (see --help)",
		               argv[optind + 1]);
	if (o->add.len == 0 && o->remove.len == 0)
		return err_set(err, LAT_USAGE, "whatif: what changes? Give --add NAME or --remove NAME");
	return 0;
}

int gate_options_parse(struct gate_options *o, int argc, char **argv, struct err *err)
{
	int option;
	*o = (struct gate_options){ .policy = POLICY_OBSERVED };
	flags_init(&o->flags);
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":v", longs, NULL)) != -1) {
		if (option == '?' || option == ':')
			return option_wrong(option, argv, longs, err);
		int rc = take(o, option, optarg, err);
		if (rc != 0)
			return rc;
	}
	return o->flags.help || o->flags.version ? 0 : check(o, argc, argv, err);
}
