/* Distances on the Earth, and the speed of light in fibre. */
#ifndef LATLAS_LIB_GEO_H
#define LATLAS_LIB_GEO_H

/* Light in fibre covers about 200 km in a millisecond (refractive index 1.5). */
#define FIBRE_KM_PER_MS 200.0

/* Great-circle distance in km (haversine, mean radius 6371.0088 km, IUGG). Degrees. */
double great_circle_km(double lat1, double lon1, double lat2, double lon2);

/* The smallest round trip in ms that a fibre of that length allows: 2 * km / 200. */
double fibre_rtt_ms(double km);

#endif
