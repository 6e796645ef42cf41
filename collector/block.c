#include "collector/block.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collector/pki.h"
#include "lib/file.h"

static int read_ca(const struct settings *s, struct buf *ca, struct err *err)
{
	char where[SETTINGS_WHERE];
	int rc = file_read(s->tls_ca, PKI_MAX_BYTES, ca, err);
	if (rc != 0 && s->insecure) {
		buf_clear(ca); /* plain HTTP: nobody will ask for it */
		return 0;
	}
	if (rc != 0)
		err_prefix(err, "%s", settings_where(s, "tls_ca", where));
	return rc;
}

int block_make(struct block *b, const struct settings *s, struct err *err)
{
	char where[SETTINGS_WHERE];
	memset(b, 0, sizeof *b);
	if (s->public_url == NULL)
		return err_set(err, LAT_CONFIG,
		               "%s: not given: under which https://HOST:PORT is the collector?",
		               settings_where(s, "public_url", where));
	int rc = read_ca(s, &b->ca, err);
	if (rc == 0)
		rc = token_make(b->token, err);
	return rc == 0 ? token_hash(b->token, TOKEN_TEXT - 1, b->hash, err) : rc;
}

void block_free(struct block *b)
{
	explicit_bzero(b->token, sizeof b->token);
	buf_free(&b->ca);
}

int block_print(const struct block *b, const struct settings *s, const char *name, bool raw, const char *done,
                struct err *err)
{
	if (!raw && isatty(STDOUT_FILENO))
		fprintf(stderr,
		        "Paste this on the machine of %s, as root. It holds the probe's token: it is shown "
		        "this once only.\n\n",
		        name);
	if (!raw)
		printf("latlas-probe join <<'LATLAS'\n");
	printf("latlas-join 1\nname = %s\ncollector = %s\ntoken = %s\n", name, s->public_url, b->token);
	fwrite(buf_str(&b->ca), 1, b->ca.len, stdout);
	if (b->ca.len > 0 && b->ca.data[b->ca.len - 1] != '\n')
		putchar('\n');
	printf("end\n");
	if (!raw)
		printf("LATLAS\n");
	if (fflush(stdout) != 0 || ferror(stdout))
		return err_set_errno(err, LAT_IOERR, "%s is %s, but its block could not be printed", name, done);
	return 0;
}
