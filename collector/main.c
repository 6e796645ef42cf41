/* latlas-collector: which command, and what each is called. */
#include <stdio.h>
#include <string.h>

#include "collector/commands.h"
#include "collector/reserve.h"
#include "lib/attr.h"
#include "lib/err.h"
#include "lib/log.h"
#include "schema/store_file.h"

static const char help[] =
	"usage: latlas-collector COMMAND [OPTION...]\n"
	"\n"
	"  init [--host NAME] [--dir DIR] [--db DB] [--listen ADDRESS:PORT]\n"
	"      make a CA, a certificate for NAME, a configuration in DIR and a database\n"
	"  init --renew-ca [--config FILE]\n"
	"      make the next CA, for which the present one vouches\n"
	"  enroll NAME [--country IN --city Mumbai --lat 19.08 --lon 72.88]\n"
	"         [--network datacenter|eyeball] [--config FILE] [--raw] [--again]\n"
	"      make a probe known, and print the block to paste on its machine\n"
	"  rotate NAME [--now] [--config FILE] [--raw]\n"
	"      give a probe a new token, and print the block to paste on its machine\n"
	"  revoke NAME [--db DB | --config FILE]\n"
	"      shut a probe out\n"
	"  serve [--config FILE] [-v]\n"
	"      take batches from probes, and give them the plan\n"
	"  check [--config FILE]\n"
	"      say everything that is wrong with the configuration\n"
	"  plan check FILE [--probes N] [--db DB | --config FILE]\n"
	"      read a plan strictly; say what it holds and what it costs\n"
	"  plan publish FILE [--db DB | --config FILE]\n"
	"      make it the newest revision\n"
	"  plan diff [FILE] [--db DB | --config FILE]\n"
	"      compare it, or the configuration's, with the newest revision\n"
	"  probes [--silent 30m] [--json] [--db DB | --config FILE]\n"
	"      list the probes, and what is odd about each; --silent: those alone that were not\n"
	"      heard of for so long, exit 1 if there is one\n"
	"  prune --keep DURATION [--db DB | --config FILE] [--dry-run] [--vacuum]\n"
	"      delete raw samples that are older; what was made of them stays\n"
	"  backup FILE [--db DB | --config FILE] [--force]\n"
	"      copy the database, while it serves or not\n"
	"  import --format globalping|ripe-atlas|curl|rtt-csv [--db DB | --config FILE]\n"
	"         [--target NAME] [--role cdn|baseline] [--probes FILE] [--at TIME]\n"
	"         [--network datacenter|eyeball] [--geo-city FILE] [--geo-asn FILE]\n"
	"         [--probe NAME --country IN --city Mumbai --lat 19.08 --lon 72.88] FILE...\n"
	"      take results of others as samples of vantages that say whose they are\n"
	"\n"
	"  --help, --version\n"
	"\n"
	"Without --config the configuration is " COLLECTOR_CONFIG ".\n"
	"See latlas-collector(8), collector.conf(5).\n";

static const struct { const char *name; int (*run)(int argc, char **argv); } commands[] = {
	{"init", init_main},   {"enroll", enroll_main}, {"serve", serve_main},
	{"check", check_main}, {"plan", plan_main},     {"probes", probes_main},
	{"prune", prune_main}, {"backup", backup_main},
	{"rotate", rotate_main}, {"revoke", revoke_main},
	{"import", import_main},
};

static int print(const char *text)
{
	fputs(text, stdout);
	return fflush(stdout) == 0 && !ferror(stdout) ? LAT_OK : LAT_IOERR;
}

static void tell_migration(const char *path, int from, int to, const char *copy)
{
	struct log log;
	log_init(&log, COLLECTOR_NAME);
	log_warn(&log, "%s: is brought from version %d to %d; as it was it is kept in %s", path, from, to, copy);
}

int main(int argc, char **argv)
{
	struct err err = {0};
	(void)reserve_init(); /* what it could not lend is as it would be without */
	store_on_migration(tell_migration);
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0)
			return print(help);
		if (strcmp(argv[i], "--version") == 0)
			return print(COLLECTOR_NAME " " LATLAS_VERSION "\n");
	}
	if (argc < 2) {
		err_set(&err, LAT_USAGE, "which command? See %s --help", COLLECTOR_NAME);
		return err_print(&err, COLLECTOR_NAME);
	}
	for (size_t i = 0; i < LAT_COUNT(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	if (argv[1][0] == '-')
		err_set(&err, LAT_USAGE, "%s: a command comes first; see %s --help", argv[1], COLLECTOR_NAME);
	else
		err_set(&err, LAT_USAGE, "no command '%s'; see %s --help", argv[1], COLLECTOR_NAME);
	return err_print(&err, COLLECTOR_NAME);
}
