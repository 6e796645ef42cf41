#include "probe/cafile.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/text.h"

#define FOLLOWS "# follows "
#define HEX 65

static bool digest_of(const void *data, size_t len, char out[HEX])
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	if (EVP_Digest(data, len, hash, &n, EVP_sha256(), NULL) != 1 || n != 32)
		return false;
	text_hex(hash, n, out);
	return true;
}

static bool digest_of_file(const char *path, char out[HEX])
{
	struct buf text;
	buf_init(&text, 0);
	bool ok = file_read(path, CAFILE_MAX_BYTES, &text, NULL) == 0 && digest_of(buf_str(&text), text.len, out);
	buf_free(&text);
	return ok;
}

static bool copy_path(const struct probe_conf *conf, const char *tail, char out[CAFILE_PATH])
{
	return (size_t)snprintf(out, CAFILE_PATH, "%s/collector-ca.pem%s", conf->spool, tail) < CAFILE_PATH;
}

/* Does the spool's copy, now in `text`, follow the configured file? */
static bool read_copy(const struct probe_conf *conf, const char *path, struct buf *text)
{
	char origin[HEX];
	const size_t head = strlen(FOLLOWS), len = head + HEX; /* the line's end is in place of the NUL */
	return digest_of_file(conf->collector_ca_file, origin) &&
	       file_read(path, CAFILE_MAX_BYTES + len, text, NULL) == 0 && text->len > len &&
	       memcmp(text->data, FOLLOWS, head) == 0 && memcmp(text->data + head, origin, HEX - 1) == 0 &&
	       text->data[len - 1] == '\n';
}

void cafile_choose(const struct probe_conf *conf, char out[CAFILE_PATH])
{
	struct buf text;
	buf_init(&text, 0);
	if (conf->collector_ca_file[0] == '\0' || !copy_path(conf, "", out) || !read_copy(conf, out, &text))
		snprintf(out, CAFILE_PATH, "%s", conf->collector_ca_file);
	buf_free(&text);
}

/* SHA-256 of what the collector would call its CA file, of the one in use. */
static bool digest_in_use(const struct probe_conf *conf, char out[HEX])
{
	char path[CAFILE_PATH];
	struct buf text;
	const size_t line = strlen(FOLLOWS) + HEX;
	buf_init(&text, 0);
	bool copy = copy_path(conf, "", path) && read_copy(conf, path, &text);
	bool ok = copy ? digest_of(text.data + line, text.len - line, out)
	               : digest_of_file(conf->collector_ca_file, out);
	buf_free(&text);
	return ok;
}

static bool holds_certificate(const struct buf *pem)
{
	BIO *bio = BIO_new_mem_buf(buf_str(pem), (int)pem->len);
	X509 *cert = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
	bool ok = cert != NULL;
	X509_free(cert);
	BIO_free(bio);
	return ok;
}

/* Is the collector still the collector, judged by the file at `path` alone? */
static int try_file(const struct probe_conf *conf, const char *path, struct err *err)
{
	char token[PROBE_CONF_TOKEN];
	struct collectorapi *api = NULL;
	struct collectorapi_reply reply = {0};
	int rc = probe_conf_token(conf, token, err);
	if (rc == 0)
		rc = collectorapi_new(&api, conf->collector, path, token, err);
	explicit_bzero(token, sizeof token);
	if (rc == 0)
		rc = collectorapi_get_ca(api, &reply, err);
	collectorapi_reply_free(&reply);
	collectorapi_free(api);
	return rc;
}

static int keep(const struct probe_conf *conf, const struct buf *pem, struct err *err)
{
	char path[CAFILE_PATH], trial[CAFILE_PATH], origin[HEX];
	struct buf text;
	if (!copy_path(conf, "", path) || !copy_path(conf, ".new", trial))
		return err_set(err, LAT_IOERR, "%s: too long a path", conf->spool);
	if (!digest_of_file(conf->collector_ca_file, origin))
		return err_set(err, LAT_IOERR, "%s: cannot be read", conf->collector_ca_file);
	buf_init(&text, 0);
	buf_addf(&text, FOLLOWS "%s\n", origin);
	buf_add(&text, pem->data, pem->len);
	int rc = text.failed ? err_nomem(err)
	                     : file_write_atomic(trial, text.data, text.len, 0644, NULL, err);
	if (rc == 0) {
		rc = try_file(conf, trial, err);
		if (rc == 0)
			rc = file_write_atomic(path, text.data, text.len, 0644, NULL, err);
		unlink(trial);
	}
	buf_free(&text);
	return rc;
}

void cafile_follow(const struct probe_conf *conf, struct collectorapi *api, const char *digest,
                   const struct log *log)
{
	char have[HEX];
	struct err err = {0};
	struct collectorapi_reply reply = {0};
	if (digest[0] == '\0' || conf->collector_ca_file[0] == '\0' || !digest_in_use(conf, have) ||
	    strcmp(have, digest) == 0)
		return;
	int rc = collectorapi_get_ca(api, &reply, &err);
	if (rc == 0 && reply.status != 200)
		rc = err_set(&err, LAT_UNAVAILABLE, "the collector answered %ld", reply.status);
	if (rc == 0 && (!digest_of(buf_str(&reply.body), reply.body.len, have) || strcmp(have, digest) != 0 ||
	                !holds_certificate(&reply.body)))
		rc = err_set(&err, LAT_DATAERR, "what came is not what was announced");
	if (rc == 0)
		rc = keep(conf, &reply.body, &err);
	if (rc == 0)
		log_info(log, "%s/collector-ca.pem: the collector's new CA file, used from now on", conf->spool);
	else
		log_info(log, "the collector's new CA file is not taken: %s", err.text);
	collectorapi_reply_free(&reply);
}
