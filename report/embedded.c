#include "report/embedded.h"

/* ISO C promises only 4095 characters of a string literal; gcc and clang take any number. */
#pragma GCC diagnostic ignored "-Woverlength-strings"

const char embedded_page_css[] =
#include "report/page.css.inc"
	;

const char embedded_map_gp[] =
#include "report/map.gp.inc"
	;

const char embedded_phases_gp[] =
#include "report/phases.gp.inc"
	;

const char embedded_cdf_gp[] =
#include "report/cdf.gp.inc"
	;

const char embedded_coastline[] =
#include "report/coastline.txt.inc"
	;
