#include "collector/diskroom.h"

#include "tests/check.h"
#include "tests/unit/collector/scratch.h"

#define GIB (INT64_C(1) << 30)

int main(void)
{
	struct diskroom room;
	struct err err = {0};
	struct scratch s;
	char path[160];

	CHECK_CASE("less than a twentieth, and less than a gibibyte");
	CHECK(diskroom_nearly_full(GIB - 1, 21 * GIB));
	CHECK(!diskroom_nearly_full(GIB, 1000 * GIB)); /* days of room */
	CHECK(!diskroom_nearly_full(GIB / 2, 10 * GIB)); /* just a twentieth */
	CHECK(diskroom_nearly_full(GIB / 2 - 1, 10 * GIB));
	CHECK(diskroom_nearly_full(0, GIB));

	CHECK_CASE("a database and its log");
	scratch_make(&s);
	CHECK_INT(diskroom_look(s.db, &room, &err), 0);
	CHECK_INT(room.db_bytes, 0);
	CHECK(room.size_bytes > 0 && room.free_bytes <= room.size_bytes);
	snprintf(path, sizeof path, "%s-wal", s.db);
	FILE *f = fopen(s.db, "w");
	fputs("12345", f);
	fclose(f);
	f = fopen(path, "w");
	fputs("123", f);
	fclose(f);
	CHECK_INT(diskroom_look(s.db, &room, &err), 0);
	CHECK_INT(room.db_bytes, 8);
	scratch_remove(&s);

	CHECK_CASE("a folder that isn't there");
	CHECK_INT(diskroom_look("/nowhere/at/all/latlas.db", &room, &err), LAT_IOERR);
	CHECK_CONTAINS(err.text, "/nowhere/at/all");
	return check_done();
}
