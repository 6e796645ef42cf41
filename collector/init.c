/* latlas-collector init: a CA, a certificate, a configuration to edit, a database. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/args.h"
#include "collector/commands.h"
#include "collector/listen.h"
#include "collector/pki.h"
#include "collector/renew.h"
#include "collector/settings.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/text.h"
#include "schema/jsontext.h"
#include "schema/registry.h"
#include "schema/store.h"

struct init {
	const char *host, *dir, *db, *listen;
	char host_name[256];
};

enum { F_CA_KEY, F_CA, F_KEY, F_CERT, F_CONF, FILES };
static const struct { const char *name; mode_t mode; } files[FILES] = {
	[F_CA_KEY] = {"ca.key", 0600},
	[F_CA] = {"ca.pem", 0644},
	[F_KEY] = {"server.key", 0600},
	[F_CERT] = {"server.pem", 0644},
	[F_CONF] = {"collector.conf", 0644},
};

/* "DIR/NAME", absolute: in the configuration it must be good wherever a program is started from. */
static int path_of(const struct init *in, const char *name, char out[ARGS_PATH], struct err *err)
{
	int rc = file_absolute(in->dir, out, ARGS_PATH, err);
	size_t len = rc == 0 ? strlen(out) : 0;
	if (rc == 0 && (size_t)snprintf(out + len, ARGS_PATH - len, "/%s", name) >= ARGS_PATH - len)
		rc = err_set(err, LAT_USAGE, "%.64s...: longer than %d bytes", in->dir, ARGS_PATH - 1);
	return rc;
}

/* Refuse before anything is made. */
static int nothing_there(const struct init *in, struct err *err)
{
	char path[ARGS_PATH];
	for (int f = 0; f < FILES; f++) {
		int rc = path_of(in, files[f].name, path, err);
		if (rc != 0)
			return rc;
		if (access(path, F_OK) == 0)
			return err_set(err, LAT_IOERR, "%s is there already, and init overwrites nothing",
			               path);
	}
	return 0;
}

/* A string in double quotes, as libconfuse reads it. Control characters, "${" and what isn't UTF-8 can't
 * be written so that they come back; nobody's path has them. */
static int quote(struct buf *b, const char *key, const char *text, struct err *err)
{
	size_t len = strlen(text);
	if (strstr(text, "${") != NULL || jsontext_utf8(text, len) != len || text_has_control(text, len))
		return err_set(err, LAT_USAGE, "%s: '%s' cannot be written into a configuration file", key,
		               text);
	buf_addf(b, "%s = \"", key);
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			buf_addc(b, '\\');
		buf_addc(b, *c);
	}
	buf_adds(b, "\"\n");
	return 0;
}

static int add_path(struct buf *b, const struct init *in, const char *key, const char *name, struct err *err)
{
	char path[ARGS_PATH];
	int rc = path_of(in, name, path, err);
	return rc == 0 ? quote(b, key, path, err) : rc;
}

static int write_conf(const struct init *in, struct buf *b, struct err *err)
{
	char url[512], db[ARGS_PATH];
	const char *port = strrchr(in->listen, ':');
	bool six = strchr(in->host, ':') != NULL;
	snprintf(url, sizeof url, "https://%s%s%s%s", six ? "[" : "", in->host, six ? "]" : "", port);
	buf_adds(b, "# latlas-collector: see collector.conf(5). After an edit: latlas-collector check\n\n"
	            "# Where to listen, and under which name probes reach it: the name is in the\n"
	            "# certificate, and `enroll` hands it to probes.\n");
	int rc = quote(b, "listen", in->listen, err);
	if (rc == 0)
		rc = quote(b, "public_url", url, err);
	buf_adds(b, "\n# Health and metrics for your own monitoring: in the clear, so keep it on loopback.\n"
	            "admin_listen = \"127.0.0.1:9101\"\n\n"
	            "# Everything that is measured. On a local disk: no network file system.\n");
	if (rc == 0)
		rc = file_absolute(in->db, db, sizeof db, err);
	if (rc == 0)
		rc = quote(b, "db", db, err);
	buf_adds(b, "\n# What to measure: see latlas-plan(5). Read at the start and on SIGHUP.\n");
	if (rc == 0)
		rc = add_path(b, in, "plan", "plan.conf", err);
	buf_adds(b, "\n# Made by `init`. Probes trust tls_ca for the collector and for nothing else.\n");
	if (rc == 0)
		rc = add_path(b, in, "tls_cert", files[F_CERT].name, err);
	if (rc == 0)
		rc = add_path(b, in, "tls_key", files[F_KEY].name, err);
	if (rc == 0)
		rc = add_path(b, in, "tls_ca", files[F_CA].name, err);
	buf_adds(b, "\n# Databases in MaxMind's format, for the places of probes that were enrolled without\n"
	            "# one: City or Country, and ASN. Empty: none.\n"
	            "geo_city = \"\"\n"
	            "geo_asn = \"\"\n\n"
	            "# How long a push may take in all, however slowly it comes.\n"
	            "request_deadline = \"2m\"\n");
	return rc == 0 && b->failed ? err_nomem(err) : rc;
}

/* Addresses of nodes and origins, costs and the plans' text are in it: nobody's to read but its owner's
 * and a group's, who may make reports. SQLite gives what it makes beside it the same mode. */
static int make_db(const char *path, struct err *err)
{
	struct store *store = NULL;
	struct registry *registry = NULL;
	char *folder = file_folder(path);
	mode_t before = umask(0);
	umask(before | 027);
	int rc = folder == NULL ? err_nomem(err) : file_mkdirs(folder, 0750, err);
	if (rc == 0)
		rc = store_open_sqlite(&store, path, STORE_CREATE, err);
	if (rc == 0)
		rc = registry_open(&registry, path, STORE_CREATE, err);
	registry_close(registry);
	store_close(store);
	umask(before);
	free(folder);
	return rc;
}

/* All files, or none: what was made before a failure is taken away again. */
static int write_files(const struct init *in, const struct pki *pki, const struct buf *conf, struct err *err)
{
	const struct buf *content[FILES] = {[F_CA_KEY] = &pki->ca_key, [F_CA] = &pki->ca_cert,
	                                    [F_KEY] = &pki->leaf_key, [F_CERT] = &pki->leaf_cert,
	                                    [F_CONF] = conf};
	char path[ARGS_PATH];
	int rc = 0, made = 0;
	for (; made < FILES && rc == 0; made++) {
		rc = path_of(in, files[made].name, path, err);
		if (rc == 0)
			rc = file_write_atomic(path, content[made]->data, content[made]->len,
			                       files[made].mode, NULL, err);
	}
	for (int f = 0; rc != 0 && f < made; f++)
		if (path_of(in, files[f].name, path, NULL) == 0)
			unlink(path);
	return rc;
}

static int init(struct init *in, struct err *err)
{
	struct pki pki = {0};
	struct buf conf = {0};
	struct listen_addr addr;
	char path[ARGS_PATH];
	int rc = nothing_there(in, err);
	if (rc == 0 && listen_parse(in->listen, &addr, err) != 0) {
		err_prefix(err, "--listen");
		rc = err->code = LAT_USAGE;
	}
	if (rc == 0)
		rc = pki_make(&pki, in->host, wall_now(), err);
	if (rc == 0)
		rc = write_conf(in, &conf, err);
	if (rc == 0)
		rc = file_mkdirs(in->dir, 0755, err);
	if (rc == 0)
		rc = make_db(in->db, err);
	if (rc == 0)
		rc = write_files(in, &pki, &conf, err);
	if (rc == 0)
		rc = path_of(in, files[F_CONF].name, path, err);
	if (rc == 0)
		printf("%s: the configuration, with a CA and a certificate for %s beside it\n"
		       "%s: the database\n"
		       "next: write a plan (latlas-plan(5)), then\n"
		       "  latlas-collector enroll NAME --config %s\n"
		       "  latlas-collector serve --config %s\n", path, in->host, in->db, path, path);
	pki_free(&pki);
	buf_free(&conf);
	return rc;
}

/* A new CA beside the old one, of which no probe needs to know in this moment. */
static int next_ca(const char *config, struct err *err)
{
	struct settings s;
	char text[WALL_TEXT];
	struct wall now = wall_now();
	int rc = settings_read(&s, config, err);
	if (rc == 0)
		rc = renew_ca(&s, now, err);
	if (rc == 0)
		printf("%s: a new CA, until %s, and the one before it\n"
		       "%s: a new certificate, for which both stand\n"
		       "next: tell the collector (SIGHUP, or systemctl reload latlas-collector); probes\n"
		       "get the new CA with their next round\n", s.tls_ca,
		       wall_format((struct wall){now.us + PKI_CA_DAYS * US_PER_DAY}, text), s.tls_cert);
	settings_free(&s);
	return rc;
}

int init_main(int argc, char **argv)
{
	static const struct option table[] = {{"host", required_argument, NULL, 'h'},
	                                      {"dir", required_argument, NULL, 'd'},
	                                      {"db", required_argument, NULL, 'b'},
	                                      {"listen", required_argument, NULL, 'l'},
	                                      {"renew-ca", no_argument, NULL, 'r'},
	                                      {"config", required_argument, NULL, 'c'}, {0}};
	struct err err = {0};
	const char *config = NULL;
	bool renew = false, other = false;
	struct init in = {.dir = COLLECTOR_DIR, .db = COLLECTOR_DB, .listen = "0.0.0.0:8443"};
	int opt;
	args_start();
	while ((opt = args_next(argc, argv, table, &err)) != -1) {
		if (opt == '?')
			return err_print(&err, COLLECTOR_NAME);
		renew = renew || opt == 'r';
		other = other || strchr("hdbl", opt) != NULL;
		if (opt == 'c')
			config = optarg;
		if (opt == 'h')
			in.host = optarg;
		if (opt == 'd')
			in.dir = optarg;
		if (opt == 'b')
			in.db = optarg;
		if (opt == 'l')
			in.listen = optarg;
	}
	if (args_none(argc, argv, &err) != 0)
		return err_print(&err, COLLECTOR_NAME);
	if (renew ? other : config != NULL) {
		err_set(&err, LAT_USAGE, "init: --renew-ca takes --config and nothing else, and --config goes "
		                         "with it only");
		return err_print(&err, COLLECTOR_NAME);
	}
	if (renew)
		return next_ca(config != NULL ? config : COLLECTOR_CONFIG, &err) == 0 && args_flush(&err) == 0
		               ? 0 : err_print(&err, COLLECTOR_NAME);
	if (in.host == NULL) {
		if (gethostname(in.host_name, sizeof in.host_name - 1) != 0) {
			err_set_errno(&err, LAT_USAGE, "the machine has no host name; give one by --host");
			return err_print(&err, COLLECTOR_NAME);
		}
		in.host = in.host_name;
	}
	return init(&in, &err) == 0 && args_flush(&err) == 0 ? 0 : err_print(&err, COLLECTOR_NAME);
}
