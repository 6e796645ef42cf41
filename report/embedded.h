/* Text files that are compiled in (tools/embed). */
#ifndef LATLAS_REPORT_EMBEDDED_H
#define LATLAS_REPORT_EMBEDDED_H

extern const char embedded_page_css[];
extern const char embedded_map_gp[];
extern const char embedded_phases_gp[];
extern const char embedded_cdf_gp[];
extern const char embedded_coastline[];

#endif
