#include "collector/renew.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"

struct files { struct buf cert, key, ca, ca_key; };

static void files_free(struct files *f)
{
	buf_free(&f->cert);
	buf_free(&f->ca);
	buf_wipe(&f->key);
	buf_wipe(&f->ca_key);
}

int renew_ca_key_path(const struct settings *s, char out[RENEW_PATH], struct err *err)
{
	const char *slash = strrchr(s->tls_ca, '/');
	int dir = slash != NULL ? (int)(slash - s->tls_ca) + 1 : 0;
	if (snprintf(out, RENEW_PATH, "%.*sca.key", dir, s->tls_ca) >= RENEW_PATH)
		return err_set(err, LAT_CONFIG, "%.64s...: longer than %d bytes", s->tls_ca, RENEW_PATH - 1);
	return 0;
}

/* The CA's key need not be there, nor be for us to read. */
static int read_files(const struct settings *s, struct files *f, struct err *err)
{
	char path[RENEW_PATH];
	memset(f, 0, sizeof *f);
	int rc = file_read(s->tls_cert, PKI_MAX_BYTES, &f->cert, err);
	if (rc == 0)
		rc = file_read(s->tls_key, PKI_MAX_BYTES, &f->key, err);
	if (rc == 0)
		rc = file_read(s->tls_ca, PKI_MAX_BYTES, &f->ca, err);
	if (rc == 0)
		rc = renew_ca_key_path(s, path, err);
	if (rc == 0 && file_read(path, PKI_MAX_BYTES, &f->ca_key, NULL) != 0)
		buf_clear(&f->ca_key);
	return rc;
}

static int dates_of(const struct settings *s, const struct files *f, struct wall now, struct pki_dates *out,
                    struct err *err)
{
	int rc = pki_dates(&f->cert, &f->key, &f->ca, f->ca_key.len > 0 ? &f->ca_key : NULL, now, out, err);
	return rc == 0 ? 0 : err_prefix(err, "%s, %s", s->tls_cert, s->tls_ca);
}

int renew_look(const struct settings *s, struct wall now, struct pki_dates *out, struct err *err)
{
	struct files f;
	int rc = read_files(s, &f, err);
	if (rc == 0)
		rc = dates_of(s, &f, now, out, err);
	files_free(&f);
	return rc;
}

void renew_ends(const struct settings *s, const struct pki_dates *d, struct wall now, struct problems *warnings)
{
	char text[WALL_TEXT], where[SETTINGS_WHERE];
	if (!d->ours && d->until_us > now.us && d->until_us - now.us < PKI_LEAF_WARN_DAYS * US_PER_DAY)
		problems_add(warnings, LAT_CONFIG, "%s: %s: expires on %s, and is not ours to renew",
		             settings_where(s, "tls_cert", where), s->tls_cert,
		             wall_format((struct wall){d->until_us}, text));
	if (d->ca_ends)
		problems_add(warnings, LAT_CONFIG, "%s: %s: the CA ends on %s; %s", settings_where(s, "tls_ca", where),
		             s->tls_ca, wall_format((struct wall){d->ca_until_us}, text),
		             d->ours ? "`latlas-collector init --renew-ca` makes the next"
		                     : "probes need its successor before");
}

/* Root renews for the user under whom the collector serves: the file stays that user's. And whoever could read
 * the old one can read the new one, whatever the umask of a service. */
static int replace(const char *path, const struct buf *b, mode_t mode, struct err *err)
{
	struct stat old;
	bool was_there = stat(path, &old) == 0;
	int rc = file_write_atomic(path, b->data, b->len, mode, NULL, err);
	if (rc == 0 && was_there && chmod(path, old.st_mode & 07777) != 0)
		rc = err_set_errno(err, LAT_IOERR, "%s: cannot be given its mode again", path);
	if (rc == 0 && was_there && old.st_uid != geteuid() && geteuid() == 0 &&
	    chown(path, old.st_uid, old.st_gid) != 0)
		rc = err_set_errno(err, LAT_IOERR, "%s: cannot be given to its owner", path);
	return rc;
}

int renew_leaf(const struct settings *s, struct wall now, bool *due, struct err *err)
{
	struct files f;
	struct pki_dates d = {0};
	struct buf cert = {0};
	int rc = read_files(s, &f, err);
	if (rc == 0)
		rc = dates_of(s, &f, now, &d, err);
	if (rc == 0 && d.due)
		rc = pki_renew_leaf(&f.cert, &f.key, &f.ca, &f.ca_key, now, &cert, err);
	if (rc == 0 && d.due)
		rc = replace(s->tls_cert, &cert, 0644, err);
	*due = d.due;
	buf_free(&cert);
	files_free(&f);
	return rc;
}

int renew_ca(const struct settings *s, struct wall now, struct err *err)
{
	struct files f;
	struct pki_new_ca n = {0};
	char path[RENEW_PATH];
	int rc = read_files(s, &f, err);
	if (rc == 0)
		rc = renew_ca_key_path(s, path, err);
	if (rc == 0) {
		rc = pki_renew_ca(&f.cert, &f.key, &f.ca, &f.ca_key, now, &n, err);
		if (rc != 0)
			err_prefix(err, "%s", s->tls_cert);
	}
	/* In this order: probes must get the new CA before, and the old CA's key is needed as long as
	 * nothing vouches for the new one. */
	if (rc == 0)
		rc = replace(s->tls_ca, &n.ca, 0644, err);
	if (rc == 0)
		rc = replace(s->tls_cert, &n.cert, 0644, err);
	if (rc == 0)
		rc = replace(path, &n.ca_key, 0600, err);
	pki_new_ca_free(&n);
	files_free(&f);
	return rc;
}
