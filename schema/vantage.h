/* What is said of a vantage apart from its place, by whoever measures there: a probe of ours, or
 * the results of others that were imported. */
#ifndef LATLAS_SCHEMA_VANTAGE_H
#define LATLAS_SCHEMA_VANTAGE_H

#include <stdbool.h>

/* The kind of access it has. */
enum network { NETWORK_DATACENTER, NETWORK_EYEBALL, NETWORKS };
const char *network_name(enum network n); /* "unknown" for what is none */
int network_of(const char *name);         /* -1: no such name, or NULL */

/* What the names of imported vantages begin with, and no probe's of ours does. */
#define VANTAGE_IMPORT_PREFIXES "gp.", "atlas.", "curl.", "csv."
bool vantage_imported(const char *name);

#endif
