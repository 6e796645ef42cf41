#include "collector/token.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <sys/random.h>

#include "lib/text.h"

int token_make(char out[TOKEN_TEXT], struct err *err)
{
	uint8_t raw[32];
	size_t have = 0;
	while (have < sizeof raw) {
		ssize_t n = getrandom(raw + have, sizeof raw - have, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set_errno(err, LAT_SOFTWARE, "no random numbers");
		have += (size_t)n;
	}
	text_hex(raw, sizeof raw, out);
	gnutls_memset(raw, 0, sizeof raw);
	return 0;
}

int token_hash(const void *data, size_t len, uint8_t out[REGISTRY_TOKEN_HASH], struct err *err)
{
	int rc = gnutls_hash_fast(GNUTLS_DIG_SHA256, data, len, out);
	if (rc != 0)
		return err_set(err, LAT_SOFTWARE, "SHA-256: %s", gnutls_strerror(rc));
	return 0;
}
