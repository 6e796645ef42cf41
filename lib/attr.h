/* Compiler attributes used throughout, in one place. */
#ifndef LATLAS_LIB_ATTR_H
#define LATLAS_LIB_ATTR_H

#define LAT_MUST_CHECK __attribute__((warn_unused_result))
#define LAT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define LAT_UNUSED __attribute__((unused))

/* Number of elements of a true array (not a pointer). */
#define LAT_COUNT(a) (sizeof(a) / sizeof((a)[0]))

#endif
