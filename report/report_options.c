#include "report/report_options.h"

#include <string.h>

#include "lib/option.h"

enum { O_BY = 1, O_WEIGHTS, O_OUT, O_FORMAT, O_PRIVATE };

static const struct option longs[] = {
	FLAGS_COMMON,
	{ "by", required_argument, NULL, O_BY },
	{ "weights", required_argument, NULL, O_WEIGHTS },
	{ "out", required_argument, NULL, O_OUT },
	{ "format", required_argument, NULL, O_FORMAT },
	{ "private", no_argument, NULL, O_PRIVATE },
	{ NULL, 0, NULL, 0 },
};

void report_options_help(FILE *out)
{
	fputs("usage: latlas-report [--db DB] [--since 7d] [--until T] [--by LEVEL] [--out DIR] [OPTION...]\n"
	      "\n"
	      "Say which regions a CDN serves well, which fall short and why, and what would fix it.\n"
	      "Without --out: a summary on the terminal. With it: files in DIR as well.\n"
	      "\n"
	      "  --db DB          the collector's database (" FLAGS_DB ")\n"
	      "  --since T        start of the window: a time (RFC 3339), how long before its end (7d,\n"
	      "                   36h), or all (" FLAGS_SINCE ")\n"
	      "  --until T        its end: a time, or how long ago (now)\n"
	      "  --by LEVEL       down to continent, country or probe (country)\n"
	      "  --weights FILE   shares of traffic: lines of a region and a number, as country/IN 0.12\n"
	      "  --out DIR        write report.html, .md, .csv, .json and the charts there\n"
	      "  --format LIST    of those only html, md, csv, json, svg\n"
	      "  --block D        resample blocks of time of that length (6h below seven days, else 1d)\n"
	      "  --generalise     speak for regions, not for the vantages at hand: resample probes too\n"
	      "  --private        show costs and addresses\n"
	      "  --metric M       judge by total, ttfb or min_rtt, whatever the plan says\n"
	      "  --limit-ms N     and by that limit\n"
	      "  --seed N         of the resampling (1)\n"
	      "  -v, --verbose    say more\n"
	      "  --help, --version\n"
	      "\n"
	      "Exit status: 0 done; 64 usage; 65 bad data; 66 no database or no samples; 69 a chart could\n"
	      "not be drawn (everything else is there); 74 a file could not be written.\n", out);
}

static int take(struct report_options *o, int option, const char *value, struct err *err)
{
	switch (option) {
	case O_BY: {
		int by = view_by_of(value);
		if (by < 0)
			return err_set(err, LAT_USAGE, "--by: '%.80s' is none of continent, country, probe",
			               value);
		o->by = (enum view_by)by;
		return 0;
	}
	case O_WEIGHTS: o->weights = value; return 0;
	case O_OUT: o->out = value; return 0;
	case O_FORMAT: return outputs_parse(value, &o->formats, err);
	case O_PRIVATE: o->private = true; return 0;
	default: return flags_take(&o->flags, option, value, err);
	}
}

int report_options_parse(struct report_options *o, int argc, char **argv, struct err *err)
{
	int option;
	*o = (struct report_options){ .by = VIEW_COUNTRY };
	flags_init(&o->flags);
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":v", longs, NULL)) != -1) {
		if (option == '?' || option == ':')
			return option_wrong(option, argv, longs, err);
		int rc = take(o, option, optarg, err);
		if (rc != 0)
			return rc;
	}
	if (o->flags.help || o->flags.version)
		return 0;
	if (optind < argc)
		return err_set(err, LAT_USAGE, "'%.80s': takes no arguments (see --help)", argv[optind]);
	if (o->formats != 0 && o->out == NULL)
		return err_set(err, LAT_USAGE, "--format: goes with --out DIR");
	if (o->out != NULL && *o->out == '\0')
		return err_set(err, LAT_USAGE, "--out: the folder's name is empty");
	if (o->formats == 0)
		o->formats = OUTPUT_ALL;
	return 0;
}
