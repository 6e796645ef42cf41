/* The commands of latlas-collector. Each gets the command line from its own name on
 * (argv[0] is "serve"), prints what has to be said, and returns the program's exit code. */
#ifndef LATLAS_COLLECTOR_COMMANDS_H
#define LATLAS_COLLECTOR_COMMANDS_H

#define COLLECTOR_NAME "latlas-collector"
#define COLLECTOR_CONFIG "/etc/latlas/collector.conf"
#define COLLECTOR_DIR "/etc/latlas"
#define COLLECTOR_DB "/var/lib/latlas/latlas.db"

int init_main(int argc, char **argv);
int enroll_main(int argc, char **argv);
int serve_main(int argc, char **argv);
int check_main(int argc, char **argv);
int plan_main(int argc, char **argv);
int probes_main(int argc, char **argv);
int prune_main(int argc, char **argv);
int backup_main(int argc, char **argv);
int rotate_main(int argc, char **argv);
int revoke_main(int argc, char **argv);
int import_main(int argc, char **argv);

#endif
