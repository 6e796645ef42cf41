/* Why a server could not be asked: is it us? */
#ifndef LATLAS_PROBE_REACH_H
#define LATLAS_PROBE_REACH_H

#include "probe/address.h"
#include "schema/nel.h"

/* After an attempt to send to `server` (of its port) failed at once: what stands in the way on this
 * host. NEL_LOCAL_DESCRIPTORS, NEL_LOCAL_NO_ROUTE or NEL_LOCAL_FAILED; NEL_LOCAL_NO_RESOLVER if it
 * is the name server of this very host; NEL_OK if nothing is wrong here. Sends nothing. */
enum nel_type reach_fault(const struct address *server);

#endif
