/* Growing arrays of any element type.
 *
 *     VEC(struct plan_node) nodes = {0};
 *     struct plan_node *n = vec_add(&nodes);   // zeroed, NULL when out of memory
 *     for (size_t i = 0; i < nodes.len; i++) use(&nodes.at[i]);
 *     vec_free(&nodes);
 *
 * Pointers into `at` are good until the next vec_add. */
#ifndef LATLAS_LIB_VEC_H
#define LATLAS_LIB_VEC_H

#include <stdbool.h>
#include <stddef.h>

#define VEC(type) struct { type *at; size_t len, cap; }

/* A new zeroed element at the end, or NULL. */
#define vec_add(v) \
	(vec_grow((void **)&(v)->at, &(v)->cap, (v)->len, sizeof *(v)->at) \
	     ? ((v)->len++, &(v)->at[(v)->len - 1]) : NULL)

#define vec_free(v) vec_release((void **)&(v)->at, &(v)->len, &(v)->cap)
#define vec_clear(v) ((v)->len = 0)

/* Not called directly. Makes room for one more and zeroes it. */
bool vec_grow(void **at, size_t *cap, size_t len, size_t size);
void vec_release(void **at, size_t *len, size_t *cap);

#endif
