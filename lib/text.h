/* Text for terminals and for single lines of messages. */
#ifndef LATLAS_LIB_TEXT_H
#define LATLAS_LIB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Display width of UTF-8 text: one per code point, combining marks none. A byte that
 * is not UTF-8 counts as one. */
size_t text_width(const char *s);

/* Colour only on a terminal and without NO_COLOR (no-color.org), and not TERM=dumb. */
bool text_colour(FILE *out);

/* Make `s` one harmless line, in place: tabs and line ends become blanks, other control
 * characters (C0, DEL, and C1 in UTF-8) and those that turn the direction of writing (UAX #9) or
 * separate lines (U+2028, U+2029) become '?', a byte each, so that a hostile name can neither forge
 * a second line nor steer a terminal. */
void text_clean(char *s);

/* Is a control character of ASCII (below blank, or DEL) among the first `len` bytes? */
bool text_has_control(const char *s, size_t len);

/* The longest length <= len at which `s` is not cut inside a UTF-8 character. */
size_t text_cut(const char *s, size_t len);

/* The end of an English plural: "" for one, "s" for any other number. */
const char *text_s(size_t n);

/* `n` bytes as lower-case hexadecimal digits: `out` gets 2 * n of them and a NUL. */
void text_hex(const void *bytes, size_t n, char *out);

#endif
