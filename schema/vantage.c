#include "schema/vantage.h"

#include <stddef.h>
#include <string.h>

#include "lib/attr.h"

static const char *const networks[] = {
	[NETWORK_DATACENTER] = "datacenter",
	[NETWORK_EYEBALL] = "eyeball",
};
_Static_assert(LAT_COUNT(networks) == NETWORKS, "every network has a name");

const char *network_name(enum network n)
{
	return (unsigned)n < NETWORKS ? networks[n] : "unknown";
}

int network_of(const char *name)
{
	for (int i = 0; name != NULL && i < NETWORKS; i++)
		if (strcmp(networks[i], name) == 0)
			return i;
	return -1;
}

bool vantage_imported(const char *name)
{
	static const char *const prefixes[] = {VANTAGE_IMPORT_PREFIXES};

	for (size_t i = 0; i < LAT_COUNT(prefixes); i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}
