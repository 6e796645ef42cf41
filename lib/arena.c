#include "lib/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BLOCK 1024
#define LARGEST_BLOCK (256 * 1024)

struct arena_block {
	struct arena_block *next;
	size_t used, size; /* of data[] */
	alignas(max_align_t) unsigned char data[];
};

static struct arena_block *add_block(struct arena *a, size_t need)
{
	size_t size = a->head == NULL ? FIRST_BLOCK : a->head->size * 2;
	if (size > LARGEST_BLOCK)
		size = LARGEST_BLOCK;
	if (size < need)
		size = need;
	/* calloc: all that an arena hands out is zeroed, and nothing is handed out twice. */
	struct arena_block *b = calloc(1, sizeof *b + size);
	if (b == NULL)
		return NULL;
	b->size = size;
	b->next = a->head;
	a->head = b;
	return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);
	if (size > PTRDIFF_MAX / 2)
		return NULL;
	size_t need = size == 0 ? align : (size + align - 1) / align * align;
	struct arena_block *b = a->head;
	if (b == NULL || b->size - b->used < need) {
		b = add_block(a, need);
		if (b == NULL)
			return NULL;
	}
	void *p = b->data + b->used;
	b->used += need;
	a->used += size;
	return p;
}

char *arena_strn(struct arena *a, const char *s, size_t len)
{
	if (len > PTRDIFF_MAX / 2)
		return NULL;
	char *copy = arena_alloc(a, len + 1);
	if (copy != NULL && len != 0)
		memcpy(copy, s, len);
	return copy;
}

char *arena_str(struct arena *a, const char *s)
{
	return arena_strn(a, s, strlen(s));
}

void arena_free(struct arena *a)
{
	struct arena_block *b = a->head;
	while (b != NULL) {
		struct arena_block *next = b->next;
		free(b);
		b = next;
	}
	*a = (struct arena){ 0 };
}
