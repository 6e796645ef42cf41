#include "probe/environment.h"

#include <stdlib.h>

#include "lib/attr.h"

static const char *const unwanted[] = {
	/* libcurl: proxies, keys written to a file */
	"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
	"ftp_proxy", "FTP_PROXY", "SSLKEYLOGFILE", "NETRC", "CURL_HOME",
	/* c-ares and the C library's resolver */
	"HOSTALIASES", "RES_OPTIONS", "LOCALDOMAIN", "CARES_HOSTS",
	/* OpenSSL: other authorities; other ciphers, groups and providers than this machine's */
	"SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES",
};

void environment_clean(void)
{
	for (size_t i = 0; i < LAT_COUNT(unwanted); i++)
		unsetenv(unwanted[i]);
}

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

const volatile sig_atomic_t *environment_signals(void)
{
	struct sigaction end = { .sa_handler = on_signal }, ignore = { .sa_handler = SIG_IGN };
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	return &stop;
}
