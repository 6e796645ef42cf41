#include "lib/geo.h"

#include <math.h>

#define EARTH_RADIUS_KM 6371.0088 /* IUGG mean radius R1 */
#define RADIANS (3.14159265358979323846 / 180.0)

double great_circle_km(double lat1, double lon1, double lat2, double lon2)
{
	double p1 = lat1 * RADIANS, p2 = lat2 * RADIANS;
	double sp = sin((p2 - p1) / 2), sl = sin((lon2 - lon1) * RADIANS / 2);
	double h = sp * sp + cos(p1) * cos(p2) * sl * sl;
	return 2 * EARTH_RADIUS_KM * asin(sqrt(fmin(1.0, h)));
}

double fibre_rtt_ms(double km)
{
	return 2 * km / FIBRE_KM_PER_MS;
}
