/* What the two halves of the wire decoder share: wire_decode.c (lines, brackets, keys)
 * and wire_value.c (the table of keys, and values into their places). Internal to them. */
#ifndef LATLAS_SCHEMA_WIRE_IMPL_H
#define LATLAS_SCHEMA_WIRE_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/attr.h"
#include "lib/err.h"
#include "schema/sample.h"
#include "schema/wire.h"

/* A line that is not the header may be a sample or an audit, which only shows when its
 * last key was read: both are filled, one is kept. */
struct wire_line {
	struct sample sample;
	struct audit audit;
};

enum wire_type {
	T_INT,       /* int64_t; null: US_NONE */
	T_U32,       /* uint32_t */
	T_FAMILY,
	T_STRING,    /* null: NULL */
	T_NAME,      /* a name as sample_name_ok() has it */
	T_SEED,      /* 16 hexadecimal digits */
	T_UUID,
	T_BOOL,      /* null: false */
	T_ROLE, T_KIND, T_DNS_CACHE, T_ERROR, T_PHASE,
	T_HEADERS,   /* object of strings */
	T_VERSION,
};

struct wire_field {
	const char *name;
	unsigned char len;
	enum wire_type type;
	bool required; /* and not null */
	size_t offset; /* of the value in struct batch (header) or struct wire_line */
	int64_t min, max;
};

/* In the order in which the encoder writes them. */
enum { HEADER_FIELDS = 17, LINE_FIELDS = 50 };
extern const struct wire_field wire_header_fields[HEADER_FIELDS];
extern const struct wire_field wire_line_fields[LINE_FIELDS];

/* Places in these tables that the decoder knows by name. */
enum { F_SAMPLES = 7 };
enum { F_T_US = 1, F_NODE = 3, F_ADDR = 6, F_STATUS = 18, F_BYTES = 21, F_EDGE = 22, F_ERROR = 24,
       F_ERROR_PHASE = 25, F_TARGET_REV = 26, F_AUDIT = 38 };

#define BIT(f) (UINT64_C(1) << (f))
/* The fields of an audit: those from F_AUDIT on, and some that it shares with a sample. */
#define AUDIT_BITS (~(BIT(F_AUDIT) - 1) | BIT(F_T_US) | BIT(F_NODE) | BIT(F_ADDR) | BIT(F_STATUS) | BIT(F_BYTES) \
                    | BIT(F_EDGE) | BIT(F_ERROR) | BIT(F_ERROR_PHASE) | BIT(F_TARGET_REV))
_Static_assert(LINE_FIELDS <= 64 && HEADER_FIELDS <= 64, "a bit for each field");

enum { SKIP = -1 }; /* the value that follows belongs to a key that isn't ours */

struct wire_decoder {
	struct batch *batch;
	struct err *err;
	int status;
	bool unsupported;

	size_t number;  /* of the line, from 1 */
	const struct wire_field *fields;
	size_t count;
	void *base;     /* what the offsets count from */
	int depth;      /* of brackets open */
	int field;      /* whose value comes next, or SKIP */
	size_t next;    /* field that is likely to come next */
	uint64_t seen;
	int objects;    /* complete ones on this line */
	bool escapes;   /* a backslash is on this line: else no string can have a NUL */
	const char *header_name;

	int64_t samples; /* as the header says */
	struct wire_line line;
	/* What this field's string was before: most lines repeat most strings. */
	struct { const char *s; size_t len; } last[LINE_FIELDS];
	uint64_t seqs[WIRE_MAX_SAMPLES / 64 + 1];
};

/* Errors, "line N: why". Both return 0, which stops yajl when a callback returns it. */
int wire_fail(struct wire_decoder *d, const char *fmt, ...) LAT_PRINTF(2, 3);
int wire_fail_no_memory(struct wire_decoder *d);
/* "KEY: is GOT, not WHAT IT SHOULD BE" */
int wire_wrong_type(struct wire_decoder *d, int field, const char *got);
/* A string or key is neither too long nor has a NUL. */
int wire_check_string(struct wire_decoder *d, const char *what, const unsigned char *s, size_t len);

/* The value of field `field` (its key was just read) goes to its place. 0: it can't. */
int wire_put_null(struct wire_decoder *d, int field);
int wire_put_bool(struct wire_decoder *d, int field, bool value);
int wire_put_number(struct wire_decoder *d, int field, const char *text, size_t len);
int wire_put_string(struct wire_decoder *d, int field, const char *s, size_t len);

#endif
