/* A bump allocator: many small things that die together (the strings of a batch,
 * of a plan). Nothing is freed alone; arena_free frees all. */
#ifndef LATLAS_LIB_ARENA_H
#define LATLAS_LIB_ARENA_H

#include <stddef.h>

struct arena {
	struct arena_block *head;
	size_t used; /* bytes handed out, all blocks */
};

/* `size` zeroed bytes, aligned for any type; NULL when out of memory. */
void *arena_alloc(struct arena *a, size_t size);
/* A NUL-terminated copy of `len` bytes. */
char *arena_strn(struct arena *a, const char *s, size_t len);
char *arena_str(struct arena *a, const char *s);
void arena_free(struct arena *a);

#endif
