#include "lib/geo.h"

#include "tests/check.h"

int main(void)
{
	/* A quarter of a great circle: pi / 2 * 6371.0088 = 10007.5572. */
	CHECK_CASE("a quarter of the Earth");
	CHECK_NEAR(great_circle_km(0, 0, 90, 0), 10007.5572, 0.0001);
	CHECK_NEAR(great_circle_km(0, 0, 0, 90), 10007.5572, 0.0001);

	/* By the angle between vectors, 40 digits in Python's mpmath. */
	CHECK_CASE("cities");
	CHECK_NEAR(great_circle_km(19.08, 72.88, 50.11, 8.68), 6563.76363774, 1e-6);   /* Mumbai, Frankfurt */
	CHECK_NEAR(great_circle_km(51.51, -0.13, -33.87, 151.21), 16994.0915052, 1e-6); /* London, Sydney */

	/* Nashville (BNA) and Los Angeles (LAX): Rosetta Code, "Haversine formula", for 6371.0 km. */
	CHECK_CASE("a published distance");
	CHECK_NEAR(great_circle_km(36.12, -86.67, 33.94, -118.40), 2886.44444283798 / 6371.0 * 6371.0088, 1e-7);

	CHECK_CASE("across the date line, the same place, the antipode");
	CHECK_NEAR(great_circle_km(0, 179.5, 0, -179.5), 10007.5572 / 90, 0.0001);
	CHECK_NEAR(great_circle_km(48.1, 11.6, 48.1, 11.6), 0, 0);
	CHECK_NEAR(great_circle_km(30, 20, -30, -160), 20015.1144, 0.001);

	/* 6563.76 km there and back at 200 km a millisecond. */
	CHECK_CASE("round trip in fibre");
	CHECK_NEAR(fibre_rtt_ms(6563.76), 65.6376, 1e-9);
	return check_done();
}
