#include "probe/trust.h"

#include <ctype.h>
#include <curl/curl.h>
#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* Is `path` a folder made by c_rehash: names of eight hexadecimal digits, ".", a digit? */
static bool is_hashed(const char *path)
{
	DIR *dir = path == NULL ? NULL : opendir(path);
	if (dir == NULL)
		return false;
	bool found = false;
	for (const struct dirent *e; !found && (e = readdir(dir)) != NULL;) {
		size_t hex = strspn(e->d_name, "0123456789abcdef");
		found = hex == 8 && e->d_name[8] == '.' && isdigit((unsigned char)e->d_name[9]);
	}
	closedir(dir);
	return found;
}

/* Is it the file, or the system (no descriptor left, no right to read)? */
static int not_loaded(const char *ca_file, struct err *err)
{
	unsigned long why = ERR_peek_error();
	if (!ERR_SYSTEM_ERROR(why))
		return err_set(err, LAT_CONFIG, "%s: no certificates in PEM form", ca_file);
	errno = ERR_GET_REASON(why);
	return err_set_errno(err, LAT_IOERR, "%s", ca_file);
}

int trust_new(X509_STORE **out, const char *ca_file, struct err *err)
{
	*out = X509_STORE_new();
	if (*out == NULL)
		return err_nomem(err);
	int rc = 0;
	if (ca_file != NULL && ca_file[0] != '\0') {
		if (access(ca_file, R_OK) != 0)
			rc = err_set_errno(err, LAT_CONFIG, "%s", ca_file);
		else if (X509_STORE_load_file(*out, ca_file) != 1)
			rc = not_loaded(ca_file, err);
	} else {
		const curl_version_info_data *built = curl_version_info(CURLVERSION_NOW);
		bool ok = is_hashed(built->capath) && X509_STORE_load_path(*out, built->capath) == 1;
		if (!ok && built->cainfo != NULL)
			ok = X509_STORE_load_file(*out, built->cainfo) == 1;
		if (!ok && built->cainfo != NULL && access(built->cainfo, R_OK) == 0)
			rc = not_loaded(built->cainfo, err);
		else if (!ok)
			rc = err_set(err, LAT_UNAVAILABLE,
			             "the system has no certificate authorities (package ca-certificates)");
	}
	ERR_clear_error();
	if (rc != 0) {
		X509_STORE_free(*out);
		*out = NULL;
	}
	return rc;
}
