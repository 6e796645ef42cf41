#include "schema/jsonmem.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct jsonmem_block {
	struct jsonmem_block *prev, *next;
	alignas(max_align_t) unsigned char data[];
};

static struct jsonmem_block *block_of(void *p)
{
	return (struct jsonmem_block *)(void *)((char *)p - offsetof(struct jsonmem_block, data));
}

static void link_in(struct jsonmem *mem, struct jsonmem_block *b)
{
	b->prev = NULL;
	b->next = mem->blocks;
	if (b->next != NULL)
		b->next->prev = b;
	mem->blocks = b;
}

static void unlink_from(struct jsonmem *mem, struct jsonmem_block *b)
{
	if (b->prev != NULL)
		b->prev->next = b->next;
	else
		mem->blocks = b->next;
	if (b->next != NULL)
		b->next->prev = b->prev;
}

static void *get(void *ctx, size_t size)
{
	struct jsonmem *mem = ctx;
	struct jsonmem_block *b = NULL;

	if (size < PTRDIFF_MAX / 2)
		b = malloc(sizeof *b + size);
	if (b == NULL)
		longjmp(mem->out, 1);
	link_in(mem, b);
	return b->data;
}

static void release(void *ctx, void *p)
{
	if (p == NULL)
		return;
	unlink_from(ctx, block_of(p));
	free(block_of(p));
}

static void *resize(void *ctx, void *p, size_t size)
{
	struct jsonmem *mem = ctx;

	if (p == NULL)
		return get(ctx, size);
	struct jsonmem_block *old = block_of(p), *b = NULL;
	unlink_from(mem, old);
	if (size < PTRDIFF_MAX / 2)
		b = realloc(old, sizeof *b + size);
	if (b == NULL) {
		link_in(mem, old);
		longjmp(mem->out, 1);
	}
	link_in(mem, b);
	return b->data;
}

void jsonmem_init(struct jsonmem *mem)
{
	memset(mem, 0, sizeof *mem);
	mem->funcs = (yajl_alloc_funcs){.malloc = get, .realloc = resize, .free = release, .ctx = mem};
}

void jsonmem_free(struct jsonmem *mem)
{
	struct jsonmem_block *b = mem->blocks;

	while (b != NULL) {
		struct jsonmem_block *next = b->next;
		free(b);
		b = next;
	}
	mem->blocks = NULL;
}
