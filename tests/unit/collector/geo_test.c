/* Against MaxMind's own test databases (good and deliberately broken), where they are. */
#include "collector/geo.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <sys/stat.h>

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

/* How many warnings there are of loading these and asking much; 99 where they don't name the file. */
static int warnings_of(const struct scratch *s, const char *city, const char *asn)
{
	struct log log = {.program = "test", .level = LOG_LEVEL_WARN};
	char out[128], said[4096];
	int lines = 0, kept = dup(STDERR_FILENO);
	snprintf(out, sizeof out, "%s/out", s->dir);
	int fd = open(out, O_RDWR | O_CREAT | O_TRUNC, 0600);
	dup2(fd, STDERR_FILENO);
	struct geo *g = geo_new(&log);
	geo_load(g, city, asn);
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
	ssize_t n = read(fd, said, sizeof said - 1);
	close(fd);
	said[n > 0 ? n : 0] = '\0';
	for (const char *p = said; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	return lines > 0 && strstr(said, city != NULL ? city : asn) == NULL ? 99 : lines;
}

/* A copy, its first bytes (the search tree) pointing nowhere. */
static void copy_file(const char *from, const char *to, size_t broken)
{
	static char data[1 << 20];
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	size_t n = fread(data, 1, sizeof data, in);
	memset(data, 0xff, broken);
	CHECK_INT(fwrite(data, 1, n, out), n);
	fclose(in);
	fclose(out);
}

/* What `mmdblookup -f FILE -i ADDRESS` (Debian's mmdb-bin) says of MaxMind's files. */
#define BUILT 1770245369
enum known { CITIES, COUNTRIES, COUNTRIES_LITE };

static void check_known(struct geo *g, enum known which)
{
	static const struct {
		const char *addr, *country, *city;
		double lat, lon;
		bool not_lite; /* not in GeoLite2-Country */
	} known[] = {
		{"81.2.69.160", "GB", "London", 51.5142, -0.0931, false},
		{"2.125.160.216", "GB", "Boxford", 51.75, -1.25, false},
		{"89.160.20.112", "SE", "Link\xc3\xb6ping", 58.4167, 15.6167, false},
		{"175.16.199.37", "CN", "Changchun", 43.88, 125.3228, true},
		{"216.160.83.56", "US", "Milton", 47.2513, -122.3149, false},
		{"2001:218::1", "JP", "", 35.68536, 139.75309, false},
		{"2001:252::1", "CN", "", 35, 105, false},
		{"67.43.156.1", "BT", "", 27.5, 90.5, false},
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		bool found = find(g, known[i].addr);
		CHECK_INT(found, which != COUNTRIES_LITE || !known[i].not_lite);
		CHECK_INT(place.built_s, BUILT);
		if (!found)
			continue;
		CHECK_STR(place.country, known[i].country);
		CHECK_STR(place.city, which == CITIES ? known[i].city : "");
		if (which == CITIES) {
			CHECK_NEAR(place.lat, known[i].lat, 1e-6);
			CHECK_NEAR(place.lon, known[i].lon, 1e-6);
		} else {
			CHECK(isnan(place.lat) && isnan(place.lon));
		}
	}
}

static void check_networks(struct geo *g, const char *att)
{
	const char *const known[][2] = {{"1.128.0.0", "AS1221 Telstra Pty Ltd"}, {"12.81.92.1", att},
	                                {"2600:6000::1", "AS237 Merit Network Inc."},
	                                {"149.101.100.1", "AS6167 CELLCO-PART"}};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		CHECK(find(g, known[i][0]));
		CHECK_STR(place.asn, known[i][1]);
		CHECK_STR(place.country, "");
	}
}

/* Databases of the same format that are of something else: refused, by either key, and what
 * was loaded stays. */
static void each_other(struct geo *g)
{
	struct err err = {0};
	DIR *dir = opendir(GOOD);
	int files = 0;
	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
		char path[512];
		if (strncmp(e->d_name, "MaxMind-DB", 10) != 0)
			continue;
		snprintf(path, sizeof path, GOOD "%s", e->d_name);
		CHECK_INT(geo_check(path, false, &err), LAT_DATAERR);
		CHECK_CONTAINS(err.text, "not a City or Country one");
		CHECK_INT(geo_check(path, true, &err), LAT_DATAERR);
		CHECK_CONTAINS(err.text, e->d_name);
		CHECK_CONTAINS(err.text, "not an ASN or ISP one");
		files++;
	}
	CHECK(files >= 10);
	CHECK(find(g, "81.2.69.160"));
	if (dir != NULL)
		closedir(dir);
}

int main(void)
{
	struct err err = {0};
	char date[GEO_DATE];
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
	CHECK_INT(warnings_of(&s, "/etc/passwd", NULL), 1);

	if (access(GOOD, R_OK) != 0) {
		CHECK_CASE("MaxMind's test databases");
		CHECK_SKIP("no ../shared/data/mmdb");
		geo_free(g);
		scratch_remove(&s);
		return check_done();
	}

	CHECK_CASE("cities and countries, as mmdblookup tells them");
	geo_load(g, GOOD "GeoLite2-City-Test.mmdb", GOOD "GeoLite2-ASN-Test.mmdb");
	check_known(g, CITIES);
	geo_load(g, GOOD "GeoIP2-City-Test.mmdb", NULL);
	check_known(g, CITIES);
	geo_load(g, GOOD "GeoIP2-Country-Test.mmdb", NULL);
	check_known(g, COUNTRIES);
	geo_load(g, GOOD "GeoLite2-Country-Test.mmdb", NULL);
	check_known(g, COUNTRIES_LITE);

	CHECK_CASE("networks; one without its owner's name");
	geo_load(g, NULL, GOOD "GeoLite2-ASN-Test.mmdb");
	check_networks(g, "AS7018 AT&T Services");
	CHECK_INT(place.built_s, US_NONE);
	geo_load(g, NULL, GOOD "GeoIP2-ISP-Test.mmdb");
	check_networks(g, "AS7018");

	CHECK_CASE("a place has the date of its database, and a network has no place");
	geo_load(g, GOOD "GeoLite2-City-Test.mmdb", GOOD "GeoLite2-ASN-Test.mmdb");
	CHECK(find(g, "81.2.69.160"));
	CHECK_INT(place.built_s, BUILT);
	CHECK_STR(geo_date(place.built_s, date), "2026-02-04");
	CHECK_STR(geo_date(0, date), "no date");
	CHECK_STR(place.asn, "");
	CHECK(find(g, "1.128.0.0"));
	CHECK_STR(place.country, "");

	CHECK_CASE("addresses as text");
	CHECK(geo_find_text(g, "81.2.69.160", &place));
	CHECK_STR(place.city, "London");
	CHECK(geo_find_text(g, "2001:218::1", &place));
	CHECK_STR(place.country, "JP");
	CHECK(!geo_find_text(g, "lon.example", &place));
	CHECK(!geo_find_text(g, "", &place));

	CHECK_CASE("every other database of MaxMind's own tests is refused by its kind");
	each_other(g);

	CHECK_CASE("a file that is cut short, or written anew, while it is in use");
	char copy[128];
	snprintf(copy, sizeof copy, "%s/out.mmdb", s.dir);
	copy_file(GOOD "GeoLite2-City-Test.mmdb", copy, 0);
	geo_load(g, copy, NULL);
	CHECK_INT(truncate(copy, 0), 0);
	CHECK(find(g, "81.2.69.160")); /* SIGBUS, were it mapped */
	CHECK_STR(place.city, "London");
	CHECK_INT(geo_check(copy, false, &err), LAT_DATAERR);
	geo_load(g, copy, NULL);
	CHECK(find(g, "81.2.69.160")); /* the one before stays */
	copy_file(GOOD "GeoIP2-Country-Test.mmdb", copy, 0);
	CHECK_STR(place.city, "London");
	geo_load(g, copy, NULL);
	CHECK(find(g, "81.2.69.160"));
	CHECK_STR(place.city, "");
	unlink(copy);
	geo_load(g, GOOD "GeoLite2-City-Test.mmdb", GOOD "GeoLite2-ASN-Test.mmdb");

	CHECK_CASE("a folder, a pipe");
	CHECK_INT(geo_check(s.dir, false, &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "not a regular file");
	CHECK_INT(mkfifo(copy, 0600), 0);
	CHECK_INT(geo_check(copy, false, &err), LAT_DATAERR);
	unlink(copy);

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
	copy_file(GOOD "GeoLite2-City-Test.mmdb", broken, 4096);
	CHECK_INT(geo_check(broken, false, &err), 0);
	CHECK_INT(warnings_of(&s, broken, NULL), 1);
	unlink(broken);

	CHECK_CASE("a broken one is one warning at most");
	DIR *dir = opendir(BAD);
	int files = 0;
	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
		char path[512];
		if (strstr(e->d_name, ".mmdb") == NULL)
			continue;
		snprintf(path, sizeof path, BAD "%s", e->d_name);
		for (int asn = 0; asn < 2; asn++) {
			int n = warnings_of(&s, asn ? NULL : path, asn ? path : NULL);
			if (n > 1)
				printf("%s: %d warnings\n", path, n);
			CHECK(n <= 1);
		}
		files++;
	}
	CHECK(files > 5);
	if (dir != NULL)
		closedir(dir);
	scratch_remove(&s);
	return check_done();
}
