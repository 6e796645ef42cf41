#include "collector/check_host.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/diskroom.h"
#include "collector/renew.h"
#include "lib/file.h"

#define MIB (1 << 20)

/* A key is its owner's, or a group's of people who may; nobody else may even read it. */
static void check_key_file(const char *where, const char *path, struct problems *problems)
{
	struct stat st;
	if (stat(path, &st) != 0)
		return; /* told by who reads it */
	if ((st.st_mode & (S_IWGRP | S_IRWXO)) != 0)
		problems_add(problems, LAT_CONFIG, "%s: %s: others than its owner may read or replace it (mode %03o): "
		                                   "chmod 600", where, path, (unsigned)st.st_mode & 0777);
}

static void check_keys(const struct settings *s, struct problems *problems)
{
	char where[SETTINGS_WHERE], path[RENEW_PATH];
	check_key_file(settings_where(s, "tls_key", where), s->tls_key, problems);
	if (renew_ca_key_path(s, path, NULL) == 0)
		check_key_file(settings_where(s, "tls_ca", where), path, problems);
}

static void check_end(const struct settings *s, struct wall now, struct problems *warnings)
{
	char text[WALL_TEXT], where[SETTINGS_WHERE];
	struct pki_dates d;
	if (renew_look(s, now, &d, NULL) != 0)
		return; /* told by who reads them */
	if (d.due)
		problems_add(warnings, LAT_CONFIG, "%s: %s: expires on %s; serve will renew it",
		             settings_where(s, "tls_cert", where), s->tls_cert,
		             wall_format((struct wall){d.until_us}, text));
	renew_ends(s, &d, now, warnings);
}

/* It may be a group's, who make reports. In a folder that others can't pass its own mode is no matter. */
static void check_db_file(const char *where, const char *path, const char *folder, struct problems *warnings)
{
	struct stat st, in;
	if (stat(path, &st) != 0 || stat(folder, &in) != 0)
		return; /* told by who opens it */
	if ((st.st_mode & (S_IROTH | S_IWOTH)) != 0 && (in.st_mode & S_IXOTH) != 0)
		problems_add(warnings, LAT_CONFIG, "%s: %s: others than its owner and group may read or change it "
		                                   "(mode %03o): chmod o= the file or its folder",
		             where, path, (unsigned)st.st_mode & 0777);
}

static void check_folder(const struct settings *s, const char *folder, struct problems *problems,
                         struct problems *warnings)
{
	char where[SETTINGS_WHERE];
	struct diskroom room;
	struct err err = {0};
	settings_where(s, "db", where);
	/* SQLite makes files beside the database, and takes them away. */
	if (access(folder, F_OK) != 0)
		return; /* then there is no database either, and that is told */
	if (access(folder, W_OK | X_OK) != 0)
		problems_add(problems, LAT_CONFIG, "%s: %s: this user cannot write there", where, folder);
	else if (access(s->db, F_OK) == 0 && access(s->db, W_OK) != 0)
		problems_add(problems, LAT_CONFIG, "%s: %s: this user cannot write it", where, s->db);
	check_db_file(where, s->db, folder, warnings);
	if (diskroom_look(s->db, &room, &err) != 0)
		problems_add(problems, LAT_CONFIG, "%s: %s", where, err.text);
	else if (room.nearly_full)
		problems_add(warnings, LAT_CONFIG, "%s: %s: only %lld MiB of the disk are free", where, folder,
		             (long long)(room.free_bytes / MIB));
}

/* In use is a warning: a collector may well be serving while its configuration is checked. */
static void check_address(const struct settings *s, const char *key, const struct listen_addr *addr,
                          struct problems *problems, struct problems *warnings)
{
	char where[SETTINGS_WHERE], text[LISTEN_TEXT];
	struct err err = {0};
	int fd;
	if (addr->len == 0)
		return; /* not an address, which is told */
	errno = 0;
	if (listen_open(addr, &fd, &err) == 0) {
		close(fd);
		return;
	}
	settings_where(s, key, where);
	if (errno == EADDRINUSE)
		problems_add(warnings, LAT_CONFIG, "%s: %s is in use: by a collector that serves already?", where,
		             listen_text((const struct sockaddr *)&addr->sa, text));
	else
		problems_add(problems, LAT_CONFIG, "%s: %s", where, err.text);
}

void check_host(const struct settings *s, struct wall now, struct problems *problems, struct problems *warnings)
{
	char where[SETTINGS_WHERE], text[LISTEN_TEXT];
	char *folder = file_folder(s->db);
	if (!s->insecure) {
		check_keys(s, problems);
		check_end(s, now, warnings);
	}
	if (folder == NULL)
		problems->lost = true;
	else
		check_folder(s, folder, problems, warnings);
	free(folder);
	check_address(s, "listen", &s->listen, problems, warnings);
	if (s->has_admin) {
		check_address(s, "admin_listen", &s->admin, problems, warnings);
		if (s->admin.len > 0 && !s->admin.loopback)
			problems_add(warnings, LAT_CONFIG, "%s: %s is not on loopback: health and metrics are in the "
			                                   "clear, for everybody who can reach it",
			             settings_where(s, "admin_listen", where),
			             listen_text((const struct sockaddr *)&s->admin.sa, text));
	}
}
