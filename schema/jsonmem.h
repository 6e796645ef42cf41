/* Memory for yajl, which doesn't check what malloc gave it. Its allocations go through
 * here: where memory runs out we leave yajl by longjmp, and whatever it held is freed
 * by jsonmem_free(). Internal to json.c and wire_decode.c.
 *
 *     struct jsonmem mem;
 *     jsonmem_init(&mem);
 *     if (setjmp(mem.out) == 0)
 *             work(&mem.funcs);         // calls of yajl
 *     else
 *             status = err_nomem(err);  // no local variable may have changed in between
 *     jsonmem_free(&mem);
 */
#ifndef LATLAS_SCHEMA_JSONMEM_H
#define LATLAS_SCHEMA_JSONMEM_H

#include <setjmp.h>

#include <yajl/yajl_common.h>

struct jsonmem_block;

struct jsonmem {
	jmp_buf out;
	yajl_alloc_funcs funcs;
	struct jsonmem_block *blocks;
};

/* `mem` must not move from here on: yajl holds its address. */
void jsonmem_init(struct jsonmem *mem);
void jsonmem_free(struct jsonmem *mem);

#endif
