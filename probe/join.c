#include "probe/join.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/attr.h"
#include "lib/file.h"
#include "probe/collectorapi.h"
#include "probe/probe_conf.h"
#include "schema/plan.h"

#define INPUT "standard input"
#define FIRST_LINE "latlas-join 1"
#define PATH_SIZE 4096
#define TRIES 5
#define TRY_PAUSE_MS 500

/* ---- the block ----------------------------------------------------------------------- */

static int wrong(struct err *err, size_t line, const char *key, const char *why)
{
	return err_set(err, LAT_DATAERR, INPUT ":%zu: %s: %s", line, key, why);
}

/* One line without its end and the blanks around it, in the arena; NULL at the end. */
static char *next_line(struct arena *arena, const char **at, const char *end)
{
	if (*at == end)
		return NULL;
	const char *start = *at, *stop = memchr(start, '\n', (size_t)(end - start));
	*at = stop == NULL ? end : stop + 1;
	if (stop == NULL)
		stop = end;
	while (start < stop && isspace((unsigned char)*start))
		start++;
	while (stop > start && isspace((unsigned char)stop[-1]))
		stop--;
	return arena_strn(arena, start, (size_t)(stop - start));
}

static int take_key(struct join_block *b, char *text, size_t line, struct err *err)
{
	char *value = strchr(text, '=');
	if (value == NULL)
		return wrong(err, line, "a line", "is not KEY = VALUE");
	char *end = value;
	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	value += 1 + strspn(value + 1, " \t");
	const char **slot = strcmp(text, "name") == 0 ? &b->name
	                  : strcmp(text, "collector") == 0 ? &b->collector
	                  : strcmp(text, "token") == 0 ? &b->token : NULL;
	if (slot == NULL) {
		text[strnlen(text, 64)] = '\0';
		return err_set(err, LAT_DATAERR, INPUT ":%zu: %s: no such key", line, text);
	}
	if (*slot != NULL)
		return wrong(err, line, text, "given twice");
	*slot = value;
	return 0;
}

static int check_values(const struct join_block *b, struct arena *arena, struct err *err)
{
	struct plan_url url;
	struct err why = {0};
	if (b->name == NULL || b->collector == NULL || b->token == NULL || b->ca == NULL)
		return err_set(err, LAT_DATAERR, INPUT ": %s is missing",
		               b->name == NULL ? "name" : b->collector == NULL ? "collector"
		               : b->token == NULL ? "token" : "the CA's certificate");
	if (!sample_name_ok(b->name))
		return err_set(err, LAT_DATAERR, INPUT ": name: 1 to %d of A-Z a-z 0-9 . _ - are allowed",
		               NAME_MAX_LEN);
	if (plan_url_parse(arena, b->collector, &url, &why) != 0)
		return err_set(err, LAT_DATAERR, INPUT ": collector: %s", why.text);
	/* It is written between double quotes. */
	if (!url.https || strcmp(url.path, "/") != 0 || strpbrk(b->collector, "\"\\$'") != NULL)
		return err_set(err, LAT_DATAERR, INPUT ": collector: must be https://HOST:PORT");
	if (!probe_conf_token_ok(b->token))
		return err_set(err, LAT_DATAERR, INPUT ": token: must be 64 hexadecimal digits");
	BIO *bio = BIO_new_mem_buf(b->ca, -1);
	X509 *cert = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
	bool ok = cert != NULL;
	X509_free(cert);
	BIO_free(bio);
	return ok ? 0 : err_set(err, LAT_DATAERR, INPUT ": the CA's certificate cannot be read (PEM)");
}

int join_parse(struct join_block *out, struct arena *arena, const char *text, size_t len, struct err *err)
{
	const char *at = text, *end = text + len;
	struct buf pem;
	size_t number = 0;
	bool begun = false, in_pem = false, ended = false;
	int rc = 0;
	*out = (struct join_block){0};
	buf_init(&pem, JOIN_MAX_BYTES);
	for (char *line; rc == 0 && !ended && (line = next_line(arena, &at, end)) != NULL;) {
		number++;
		if (!begun) {
			begun = strcmp(line, FIRST_LINE) == 0;
			if (!begun && strncmp(line, "latlas-join ", 12) == 0)
				rc = wrong(err, number, line, "this probe knows only version 1");
		} else if (line[0] == '\0') {
			continue;
		} else if (in_pem || strncmp(line, "-----BEGIN ", 11) == 0) {
			in_pem = strncmp(line, "-----END ", 9) != 0;
			buf_addf(&pem, "%s\n", line);
		} else if (strcmp(line, "end") == 0) {
			ended = true;
		} else {
			rc = take_key(out, line, number, err);
		}
	}
	if (rc == 0 && !begun)
		rc = err_set(err, LAT_DATAERR,
		             INPUT ": has no line \"" FIRST_LINE "\"; paste all that enroll printed");
	if (rc == 0 && !ended)
		rc = err_set(err, LAT_DATAERR, INPUT ": ends before the line \"end\"; paste all that enroll printed");
	if (rc == 0 && pem.len > 0)
		out->ca = arena_strn(arena, buf_str(&pem), pem.len);
	buf_free(&pem);
	return rc == 0 ? check_values(out, arena, err) : rc;
}

/* ---- what is written ------------------------------------------------------------------- */

#define DIR_SIZE (PATH_SIZE - 32) /* leaves room for the files' names */

/* All absolute: cron starts a round in another folder than join was started in. */
struct paths { char dir[DIR_SIZE], spool[DIR_SIZE], conf[PATH_SIZE], token[PATH_SIZE], ca[PATH_SIZE]; };

static int take_path(const char *option, const char *given, char out[DIR_SIZE], struct err *err)
{
	if (given[0] == '\0')
		return err_set(err, LAT_USAGE, "%s: is empty", option);
	if (file_absolute(given, out, DIR_SIZE, err) != 0)
		return err_prefix(err, "%s", option);
	if (strpbrk(out, "\"\\$\n\r") != NULL)
		return err_set(err, LAT_USAGE, "%s: \"%.100s\": no quotes, backslashes, dollars and line ends in it",
		               option, out);
	return 0;
}

static int make_paths(struct paths *p, const char *dir, const char *spool, struct err *err)
{
	int rc = take_path("--dir", dir, p->dir, err);
	if (rc == 0)
		rc = take_path("--spool", spool, p->spool, err);
	if (rc != 0)
		return rc;
	snprintf(p->conf, sizeof p->conf, "%s/probe.conf", p->dir);
	snprintf(p->token, sizeof p->token, "%s/token", p->dir);
	snprintf(p->ca, sizeof p->ca, "%s/collector-ca.pem", p->dir);
	return 0;
}

static int write_conf(const struct join_block *b, const struct paths *p, struct err *err)
{
	struct buf text;
	buf_init(&text, 0);
	buf_addf(&text,
	         "# latlas-probe, see probe.conf(5). Written by `latlas-probe join`; yours to edit.\n"
	         "# A line that begins with # shows a default.\n"
	         "\n"
	         "# Who this vantage is, and where its batches go.\n"
	         "name = \"%s\"\n"
	         "collector = \"%s\"\n"
	         "collector_ca_file = \"%s\"\n"
	         "token_file = \"%s\"\n"
	         "\n"
	         "# Batches wait here until the collector has acknowledged them.\n"
	         "spool = \"%s\"\n", b->name, b->collector, p->ca, p->token, p->spool);
	buf_adds(&text,
	         "# spool_limit_mib = 64\n"
	         "\n"
	         "# Name servers to measure with, each on its own; none: those of /etc/resolv.conf.\n"
	         "# resolvers = {\"9.9.9.9\", \"[2620:fe::fe]:53\"}\n"
	         "\n"
	         "# A PEM file that replaces the system's authorities for the targets.\n"
	         "# ca_file = \"\"\n"
	         "\n"
	         "# What the collector's plan may ask of this machine.\n"
	         "# allow_private = false\n"
	         "# ports = {80, 443}\n"
	         "# max_samples = 1000\n"
	         "# max_mib_per_run = 200\n"
	         "# audit = true\n"
	         "\n"
	         "# No sample is begun when the round is older than this.\n"
	         "# deadline = \"240s\"\n");
	int rc = text.failed ? err_nomem(err)
	                     : file_write_atomic(p->conf, buf_str(&text), text.len, 0644, NULL, err);
	buf_free(&text);
	return rc;
}

/* *same: probe.conf is there, for this name and collector; its own paths are put into `p`. */
static int look_at_old(const struct join_block *b, struct paths *p, bool force, bool *same, struct err *err)
{
	struct probe_conf old;
	struct err why = {0};
	*same = false;
	int rc = probe_conf_load(&old, p->conf, &why);
	if (rc == LAT_NOINPUT || (rc != 0 && force))
		return 0;
	if (rc != 0)
		return err_set(err, LAT_CONFIG, "%s (--force overwrites it)", why.text);
	*same = strcmp(old.name, b->name) == 0 && strcmp(old.collector, b->collector) == 0 &&
	        old.collector_ca_file[0] != '\0';
	if (*same) {
		snprintf(p->token, sizeof p->token, "%s", old.token_file);
		snprintf(p->ca, sizeof p->ca, "%s", old.collector_ca_file);
	} else if (!force) {
		rc = err_set(err, LAT_CONFIG, "%s: is already the probe %s of %s (--force overwrites it)", p->conf,
		             old.name, old.collector[0] != '\0' ? old.collector : "no collector");
	}
	probe_conf_free(&old);
	return rc;
}

/* Replace a file and leave it to whom it belongs: join is run by root, the rounds by a user of
 * their own. */
static int replace(const char *path, const char *data, size_t len, mode_t mode, struct err *err)
{
	struct stat old, new;
	bool there = lstat(path, &old) == 0 && S_ISREG(old.st_mode);
	int rc = file_write_atomic(path, data, len, mode, NULL, err);
	if (rc == 0 && there && lstat(path, &new) == 0 && (old.st_uid != new.st_uid || old.st_gid != new.st_gid) &&
	    lchown(path, old.st_uid, old.st_gid) != 0)
		rc = err_set_errno(err, LAT_IOERR, "%s: cannot be given to its owner again", path);
	return rc;
}

/* A first token is for whom the spool is, if that user was made before us. */
static int give_token(const char *path, const char *spool, struct err *err)
{
	struct stat folder;
	if (geteuid() != 0 || stat(spool, &folder) != 0 || folder.st_uid == 0)
		return 0;
	return lchown(path, folder.st_uid, folder.st_gid) == 0
	               ? 0
	               : err_set_errno(err, LAT_IOERR, "%s: cannot be given to the owner of %s", path, spool);
}

/* Token and CA as they were, to be put back where the collector doesn't know the new token:
 * an old block that is pasted by mistake must not cost the probe the good one. */
struct before { struct buf token, ca; };

static bool remember(struct before *old, const struct paths *p)
{
	return file_read(p->token, JOIN_MAX_BYTES, &old->token, NULL) == 0 &&
	       file_read(p->ca, JOIN_MAX_BYTES, &old->ca, NULL) == 0;
}

static int put_back(const struct before *old, const struct paths *p, struct err *err)
{
	int rc = replace(p->token, buf_str(&old->token), old->token.len, 0600, err);
	return rc == 0 ? replace(p->ca, buf_str(&old->ca), old->ca.len, 0644, err) : rc;
}

static void forget(struct before *old)
{
	if (old->token.data != NULL)
		explicit_bzero(old->token.data, old->token.len);
	buf_free(&old->token);
	buf_free(&old->ca);
}

static int write_all(const struct join_block *b, const struct paths *p, bool same, struct err *err)
{
	char line[PROBE_CONF_TOKEN + 1];
	int n = snprintf(line, sizeof line, "%s\n", b->token);
	/* probe.conf comes last: with it the probe exists. */
	int rc = file_mkdirs(p->dir, 0755, err);
	bool first = access(p->token, F_OK) != 0;
	if (rc == 0)
		rc = replace(p->token, line, (size_t)n, 0600, err);
	if (rc == 0 && first)
		rc = give_token(p->token, p->spool, err);
	if (rc == 0)
		rc = replace(p->ca, b->ca, strlen(b->ca), 0644, err);
	if (rc == 0 && !same)
		rc = write_conf(b, p, err);
	explicit_bzero(line, sizeof line);
	return rc;
}

/* ---- trying it ---------------------------------------------------------------------------- */

/* Ask for the plan. A block that was piped comes sooner than the collector learns of its token,
 * for which it has two seconds: 401 is asked again. */
static int ask(struct collectorapi *api, struct collectorapi_reply *reply, struct err *err)
{
	const struct timespec pause = {.tv_nsec = TRY_PAUSE_MS * 1000000};
	int rc = collectorapi_get_plan(api, "", reply, err);
	for (int i = 0; rc == 0 && reply->status == 401 && i < TRIES; i++) {
		nanosleep(&pause, NULL);
		collectorapi_reply_free(reply);
		rc = collectorapi_get_plan(api, "", reply, err);
	}
	return rc;
}

/* `renewed`: probe.conf is as it was edited, what was written is the token; it stays, unless the collector
 * doesn't know it (*refused) and `remembered` is what can be put back. */
static int try_collector(const struct paths *p, bool renewed, bool remembered, bool *refused,
                         const struct log *log, struct err *err)
{
	struct probe_conf conf;
	struct collectorapi *api = NULL;
	struct collectorapi_reply reply = {0};
	char token[PROBE_CONF_TOKEN], said[200];
	const char *written = renewed ? p->token : p->conf;
	int rc = probe_conf_load(&conf, p->conf, err);
	if (rc != 0)
		return rc;
	rc = file_mkdirs(conf.spool, 0750, err);
	if (rc == 0)
		rc = probe_conf_token(&conf, token, err);
	if (rc == 0)
		rc = collectorapi_new(&api, conf.collector, conf.collector_ca_file, token, err);
	explicit_bzero(token, sizeof token);
	if (rc == 0)
		rc = ask(api, &reply, err);
	*refused = rc == 0 && (reply.status == 401 || reply.status == 403);
	if (rc == LAT_UNAVAILABLE) {
		err_prefix(err, "%s is written, but the collector does not answer", written);
	} else if (rc == 0 && (reply.status == 200 || reply.status == 404)) {
		printf("%s: this is %s; %s knows it%s\n", p->conf, conf.name, conf.collector,
		       reply.status == 404 ? ", and has no plan yet" : "");
		log_info(log, "the plan has %zu bytes", reply.body.len);
	} else if (rc == 0) {
		bool stays = !*refused || !remembered;
		rc = err_set(err, LAT_NO, "%s%sthe collector answered %ld%s", stays ? written : "",
		             stays ? " is written, but " : "", reply.status, collectorapi_said(&reply, said, sizeof said));
	}
	collectorapi_reply_free(&reply);
	collectorapi_free(api);
	probe_conf_free(&conf);
	return rc;
}

static int read_input(struct buf *text, struct err *err)
{
	char chunk[4096];
	for (;;) {
		ssize_t n = read(STDIN_FILENO, chunk, sizeof chunk);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set_errno(err, LAT_IOERR, INPUT);
		if (n == 0)
			return 0;
		if (!buf_add(text, chunk, (size_t)n))
			return err_set(err, LAT_DATAERR, INPUT ": longer than %d bytes", JOIN_MAX_BYTES);
	}
}

int join_run(const struct options *o, const struct log *log, struct err *err)
{
	struct arena arena = {0};
	struct buf text;
	struct join_block block;
	struct paths paths;
	struct before before = {0};
	bool same = false, remembered = false, refused = false;
	buf_init(&text, JOIN_MAX_BYTES);
	if (isatty(STDIN_FILENO))
		fputs("Paste what `latlas-collector enroll` printed, then end the input (Ctrl-D).\n", stderr);
	int rc = make_paths(&paths, o->dir, o->spool, err);
	if (rc == 0)
		rc = read_input(&text, err);
	if (rc == 0)
		rc = join_parse(&block, &arena, buf_str(&text), text.len, err);
	if (rc == 0)
		rc = look_at_old(&block, &paths, o->force, &same, err);
	if (rc == 0 && same)
		remembered = remember(&before, &paths);
	if (rc == 0)
		rc = write_all(&block, &paths, same, err);
	if (rc == 0)
		rc = try_collector(&paths, same, remembered, &refused, log, err);
	if (refused && remembered) {
		struct err why = {0};
		if (put_back(&before, &paths, &why) != 0)
			rc = err_set(err, why.code, "%s", why.text);
		else
			err_prefix(err, "token and CA are as they were");
	}
	forget(&before);
	arena_free(&arena);
	buf_free(&text);
	return rc;
}
