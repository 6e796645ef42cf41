/* libFuzzer target: arbitrary bytes as a geography database, of either kind, asked for addresses all
 * over both families. It is refused with one line of text, or what it says is a place: a country that
 * there is, text that is UTF-8 without controls, coordinates in range. The library's own code isn't
 * instrumented; what the sanitizers see of it is its reads and writes of the heap, and the copy that
 * is mapped. */
#include <arpa/inet.h>
#include <math.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/geo.h"
#include "schema/country.h"
#include "schema/jsontext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Version 1.7.1 forgets what it had allocated for metadata that it then refuses: 4 KiB for each
 * file, once at a start or a reload. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libmaxminddb\n";
}

static void must(int condition)
{
	if (!condition)
		abort();
}

static void must_be_text(const char *text, size_t size)
{
	size_t len = strnlen(text, size);
	must(len < size && jsontext_utf8(text, len) == len);
	for (size_t i = 0; i < len; i++)
		must((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
}

static void check(bool found, const struct geo_place *p)
{
	must(p->country[0] == '\0' || country_find(p->country) != NULL);
	must_be_text(p->city, sizeof p->city);
	must_be_text(p->asn, sizeof p->asn);
	must(isnan(p->lat) == isnan(p->lon));
	must(isnan(p->lat) || (fabs(p->lat) <= 90 && fabs(p->lon) <= 180));
	must(found || (p->country[0] == '\0' && p->city[0] == '\0' && p->asn[0] == '\0'));
}

static void ask(struct geo *g)
{
	struct geo_place place;
	char text[INET6_ADDRSTRLEN];
	for (unsigned i = 0; i < 256; i++) {
		snprintf(text, sizeof text, "%u.%u.2.3", i, 255 - i);
		check(geo_find_text(g, text, &place), &place);
		snprintf(text, sizeof text, "%02x%02x::%x", i, 255 - i, i);
		check(geo_find_text(g, text, &place), &place);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct log log = {.program = "fuzz", .level = LOG_LEVEL_ERROR};
	struct geo *g = geo_new(&log);
	must(g != NULL);
	for (int asn = 0; asn < 2; asn++) {
		struct err err = {0};
		int rc = geo_load_bytes(g, data, size, asn, &err);
		must(rc == 0 || ((rc == LAT_DATAERR || rc == LAT_IOERR) && err.code == rc && err.text[0] != '\0'));
		must(strpbrk(err.text, "\n\r\033") == NULL);
	}
	ask(g);
	geo_free(g);
	return 0;
}
