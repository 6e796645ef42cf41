/* Against MaxMind's own test databases (good and deliberately broken), where they are. */
#include "collector/geo.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>

#include "tests/check.h"
#include "tests/unit/collector/scratch.h"

#define GOOD "../shared/data/mmdb/good/"
#define BAD "../shared/data/mmdb/bad/"

static struct geo_place place;

static bool find(struct geo *g, const char *text)
{
	struct sockaddr_storage sa = {0};
	struct sockaddr_in *four = (struct sockaddr_in *)&sa;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&sa;
	if (inet_pton(AF_INET, text, &four->sin_addr) == 1)
		sa.ss_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &six->sin6_addr) == 1)
		sa.ss_family = AF_INET6;
	return geo_find(g, (struct sockaddr *)&sa, &place);
}

/* Lines on stderr while `path` is loaded and asked in every way. */
static int warnings_of(const struct scratch *s, const char *path)
{
	struct log log = {.program = "test", .level = LOG_LEVEL_WARN};
	char out[128], c;
	int lines = 0, kept = dup(STDERR_FILENO);
	snprintf(out, sizeof out, "%s/out", s->dir);
	int fd = open(out, O_RDWR | O_CREAT | O_TRUNC, 0600);
	dup2(fd, STDERR_FILENO);
	struct geo *g = geo_new(&log);
	geo_load(g, path, NULL);
	for (int a = 0; a < 256; a++) {
		char text[32];
		snprintf(text, sizeof text, "%d.1.2.3", a);
		find(g, text);
		snprintf(text, sizeof text, "2%03x::1", a);
		find(g, text);
	}
	geo_free(g);
	dup2(kept, STDERR_FILENO);
	close(kept);
	lseek(fd, 0, SEEK_SET);
	while (read(fd, &c, 1) == 1)
		lines += c == '\n';
	close(fd);
	return lines;
}

/* A copy whose search tree, which comes first, points nowhere. */
static void break_tree(const char *from, const char *to)
{
	static char data[1 << 20];
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	size_t n = fread(data, 1, sizeof data, in);
	memset(data, 0xff, 4096);
	CHECK_INT(fwrite(data, 1, n, out), n);
	fclose(in);
	fclose(out);
}

int main(void)
{
	struct err err = {0};
	struct scratch s;
	struct log log = {.program = "test", .level = LOG_LEVEL_ERROR};
	struct geo *g = geo_new(&log);
	scratch_make(&s);

	CHECK_CASE("no database, no place");
	CHECK(!find(g, "81.2.69.160"));
	CHECK(isnan(place.lat));

	CHECK_CASE("what isn't there, or isn't a database");
	CHECK_INT(geo_check("/nowhere/x.mmdb", false, &err), LAT_NOINPUT);
	CHECK_CONTAINS(err.text, "/nowhere/x.mmdb");
	CHECK_INT(geo_check("/etc/passwd", false, &err), LAT_DATAERR);
	CHECK_INT(warnings_of(&s, "/etc/passwd"), 1);

	if (access(GOOD, R_OK) != 0) {
		CHECK_CASE("MaxMind's test databases");
		CHECK_SKIP("no ../shared/data/mmdb");
		geo_free(g);
		scratch_remove(&s);
		return check_done();
	}

	CHECK_CASE("a city, a network");
	geo_load(g, GOOD "GeoLite2-City-Test.mmdb", GOOD "GeoLite2-ASN-Test.mmdb");
	CHECK(find(g, "81.2.69.160"));
	CHECK_STR(place.country, "GB");
	CHECK_STR(place.city, "London");
	CHECK_NEAR(place.lat, 51.5142, 1e-9);
	CHECK_NEAR(place.lon, -0.0931, 1e-9);
	CHECK_STR(place.asn, "");
	CHECK(find(g, "1.128.0.0"));
	CHECK_STR(place.asn, "AS1221 Telstra Pty Ltd");
	CHECK_STR(place.country, "");

	CHECK_CASE("IPv4 in IPv6's clothes, IPv6, and loopback");
	CHECK(find(g, "::ffff:81.2.69.160"));
	CHECK_STR(place.city, "London");
	CHECK(find(g, "2001:218::1"));
	CHECK_STR(place.country, "JP");
	CHECK(!find(g, "127.0.0.1"));
	CHECK(!find(g, "::1"));

	CHECK_CASE("a country alone");
	geo_load(g, GOOD "GeoLite2-Country-Test.mmdb", NULL);
	CHECK(find(g, "81.2.69.160"));
	CHECK_STR(place.country, "GB");
	CHECK_STR(place.city, "");
	CHECK(isnan(place.lat));
	CHECK(!find(g, "1.128.0.0"));

	CHECK_CASE("each in its place");
	CHECK_INT(geo_check(GOOD "GeoLite2-ASN-Test.mmdb", false, &err), LAT_DATAERR);
	CHECK_INT(geo_check(GOOD "GeoLite2-City-Test.mmdb", true, &err), LAT_DATAERR);
	CHECK_INT(geo_check(GOOD "GeoIP2-ISP-Test.mmdb", true, &err), 0);

	CHECK_CASE("one that can't be used leaves the one before");
	geo_load(g, "/nowhere/x.mmdb", NULL);
	CHECK(find(g, "81.2.69.160"));
	geo_free(g);

	CHECK_CASE("one whose tree is broken is one warning, however often it is asked");
	char broken[128];
	snprintf(broken, sizeof broken, "%s/out.mmdb", s.dir);
	break_tree(GOOD "GeoLite2-City-Test.mmdb", broken);
	CHECK_INT(geo_check(broken, false, &err), 0);
	CHECK_INT(warnings_of(&s, broken), 1);
	unlink(broken);

	CHECK_CASE("a broken one is one warning at most");
	DIR *dir = opendir(BAD);
	int files = 0;
	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
		char path[512];
		if (strstr(e->d_name, ".mmdb") == NULL)
			continue;
		snprintf(path, sizeof path, BAD "%s", e->d_name);
		int n = warnings_of(&s, path);
		if (n > 1)
			printf("%s: %d warnings\n", path, n);
		CHECK(n <= 1);
		files++;
	}
	CHECK(files > 5);
	if (dir != NULL)
		closedir(dir);
	scratch_remove(&s);
	return check_done();
}
