#include "collector/check.h"

#include <stdio.h>
#include <string.h>

#include "collector/args.h"
#include "collector/check_host.h"
#include "collector/commands.h"
#include "collector/geo.h"
#include "collector/pki.h"
#include "collector/renew.h"
#include "lib/file.h"
#include "schema/plan.h"
#include "schema/registry.h"
#include "schema/store.h"

/* An unreadable file is the configuration's fault, whatever the system call said. */
static bool read_pem(const struct settings *s, const char *key, const char *path, struct buf *out,
                     struct problems *problems)
{
	struct err err = {0};
	char where[SETTINGS_WHERE];
	if (file_read(path, PKI_MAX_BYTES, out, &err) == 0)
		return true;
	problems_add(problems, LAT_CONFIG, "%s: %s", settings_where(s, key, where), err.text);
	return false;
}

/* An end that `serve` puts off when it starts is no fault: then the certificate is judged as of its
 * first moment. */
static struct wall moment(const struct settings *s)
{
	struct pki_dates d;
	struct wall now = wall_now();
	return renew_look(s, now, &d, NULL) == 0 && d.due ? (struct wall){d.from_us} : now;
}

void check_tls(const struct settings *s, bool for_probes, struct buf *cert, struct buf *key,
               struct problems *problems)
{
	struct buf ca = {0};
	struct pki_files names = {.cert = s->tls_cert, .key = s->tls_key, .ca = s->tls_ca};
	if (s->insecure)
		return;
	bool have_cert = read_pem(s, "tls_cert", s->tls_cert, cert, problems);
	bool have_key = read_pem(s, "tls_key", s->tls_key, key, problems);
	bool have_ca = for_probes && read_pem(s, "tls_ca", s->tls_ca, &ca, problems);
	pki_check(&names, have_cert ? cert : NULL, have_key ? key : NULL, have_ca ? &ca : NULL,
	          for_probes ? s->public_host : NULL, for_probes ? moment(s) : wall_now(), problems);
	buf_free(&ca);
}

struct plan_check { const struct settings *s; struct problems *problems; };

static void add_plan_problem(void *ctx, const struct err *err)
{
	const struct plan_check *c = ctx;
	char where[SETTINGS_WHERE];
	if (err->code == LAT_NOINPUT)
		problems_add(c->problems, LAT_CONFIG, "%s: %s", settings_where(c->s, "plan", where), err->text);
	else
		problems_add_err(c->problems, err);
}

static void check_plan(const struct settings *s, struct problems *problems)
{
	struct plan_check c = {s, problems};
	struct err err = {0};
	struct plan plan = {0};
	int rc = plan_load_telling(&plan, s->plan, add_plan_problem, &c, &err);
	(void)rc; /* told */
	plan_free(&plan);
}

static void check_db(const struct settings *s, struct problems *problems)
{
	struct err err = {0};
	struct store *store = NULL;
	struct registry *registry = NULL;
	char where[SETTINGS_WHERE];
	if (store_open_sqlite(&store, s->db, STORE_READ, &err) == 0 &&
	    registry_open(&registry, s->db, STORE_READ, &err) == 0) {
		registry_close(registry);
	} else {
		problems_add(problems, LAT_CONFIG, "%s: %s", settings_where(s, "db", where), err.text);
	}
	store_close(store);
}

static void check_geo(const struct settings *s, struct problems *problems)
{
	struct err err = {0};
	char where[SETTINGS_WHERE];
	if (s->geo_city != NULL && geo_check(s->geo_city, false, &err) != 0)
		problems_add(problems, LAT_CONFIG, "%s: %s", settings_where(s, "geo_city", where), err.text);
	if (s->geo_asn != NULL && geo_check(s->geo_asn, true, &err) != 0)
		problems_add(problems, LAT_CONFIG, "%s: %s", settings_where(s, "geo_asn", where), err.text);
}

static void check_all(const char *config, struct problems *problems, struct problems *warnings)
{
	struct settings s;
	struct buf cert = {0}, key = {0};
	char where[SETTINGS_WHERE];
	settings_load(&s, config, problems);
	if (s.conf != NULL) {
		if (conf_string(s.conf, "public_url", "")[0] == '\0')
			problems_add(problems, LAT_CONFIG, "%s: not given; enroll needs it",
			             settings_where(&s, "public_url", where));
		check_tls(&s, true, &cert, &key, problems);
		if (s.plan != NULL)
			check_plan(&s, problems);
		check_db(&s, problems);
		check_geo(&s, problems);
		check_host(&s, wall_now(), problems, warnings);
	}
	buf_free(&cert);
	buf_free(&key);
	settings_free(&s);
}

int check_main(int argc, char **argv)
{
	static const struct option table[] = {{"config", required_argument, NULL, 'c'}, {0}};
	struct err err = {0};
	struct problems problems = {0}, warnings = {0};
	const char *config = COLLECTOR_CONFIG;
	int opt;
	args_start();
	while ((opt = args_next(argc, argv, table, &err)) != -1) {
		if (opt == '?')
			return err_print(&err, COLLECTOR_NAME);
		if (opt == 'c')
			config = optarg;
	}
	if (args_none(argc, argv, &err) != 0)
		return err_print(&err, COLLECTOR_NAME);
	check_all(config, &problems, &warnings);
	problems_warn(&warnings, COLLECTOR_NAME);
	problems_free(&warnings);
	int rc = problems_print(&problems, COLLECTOR_NAME);
	problems_free(&problems);
	if (rc == 0) {
		puts("ok");
		return args_flush(&err) == 0 ? 0 : err_print(&err, COLLECTOR_NAME);
	}
	if (rc != LAT_NOINPUT && rc != LAT_SOFTWARE)
		rc = LAT_CONFIG;
	return rc;
}
