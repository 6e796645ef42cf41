/* The collector's authority, as it changes. `join` wrote collector_ca_file, perhaps years ago and as
 * root; when the collector announces another CA file (the header Latlas-Ca of its plan's answer
 * holds the file's SHA-256), the probe fetches it over the connection that the present one
 * vouches for, tries it, and keeps it in its spool's folder, where it may write:
 *
 *     SPOOL/collector-ca.pem:  # follows SHA-256 OF collector_ca_file
 *                              -----BEGIN CERTIFICATE----- ...
 *
 * From then on that one is used. It belongs to the collector_ca_file it follows: when `join` writes
 * another one, for another collector, it counts no more. */
#ifndef LATLAS_PROBE_CAFILE_H
#define LATLAS_PROBE_CAFILE_H

#include "lib/err.h"
#include "lib/log.h"
#include "probe/collectorapi.h"
#include "probe/probe_conf.h"

#define CAFILE_PATH 4096
#define CAFILE_MAX_BYTES 65536

/* The file to judge the collector by: the spool's if it follows collector_ca_file, else that one.
 * "" where it is "" (the system's authorities). Never fails: an unreadable file is for
 * probe_conf_collector_ca() to name. */
void cafile_choose(const struct probe_conf *conf, char out[CAFILE_PATH]);

/* The collector announced `digest` ("" for nothing); `api` was made with the file that is in use. If
 * that is another one, get it, try it, keep it. Whatever goes wrong leaves the old one in use, and a
 * line in the log. */
void cafile_follow(const struct probe_conf *conf, struct collectorapi *api, const char *digest,
                   const struct log *log);

#endif
