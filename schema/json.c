#include "schema/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_gen.h>
#include <yajl/yajl_parse.h>

#include "schema/jsonmem.h"
#include "schema/jsontext.h"

/* ---- out ----------------------------------------------------------------------- */

#define UNBALANCED "brackets, keys and values do not match"
#define DOUBLE_TEXT 352 /* "%.17f" of the largest double: 309 digits before the point */

#define OUT_DEPTH 64

struct json_out {
	struct buf *out;
	yajl_gen gen;
	struct jsonmem mem;
	int depth;
	bool in_object[OUT_DEPTH + 1]; /* by depth: an object (or else an array, or the top) */
	bool keyed;                    /* a key was written, its value wasn't */
	bool complete;
	const char *problem;           /* the first one */
};

static void print(void *ctx, const char *s, size_t len)
{
	buf_add(ctx, s, len); /* a failure stays in the buffer and is told at the end */
}

/* On its own, so that no local variable changes between setjmp and longjmp. With a print
 * function of ours yajl allocates nothing later on. */
static bool make_generator(struct json_out *j, bool indent)
{
	if (setjmp(j->mem.out) != 0)
		return false;
	j->gen = yajl_gen_alloc(&j->mem.funcs);
	yajl_gen_config(j->gen, yajl_gen_print_callback, print, j->out);
	if (indent) {
		yajl_gen_config(j->gen, yajl_gen_beautify, 1);
		yajl_gen_config(j->gen, yajl_gen_indent_string, "  ");
	}
	return true;
}

struct json_out *json_out_new(struct buf *out, bool indent)
{
	struct json_out *j = calloc(1, sizeof *j);

	if (j == NULL)
		return NULL;
	j->out = out;
	jsonmem_init(&j->mem);
	if (!make_generator(j, indent)) {
		jsonmem_free(&j->mem);
		free(j);
		return NULL;
	}
	return j;
}

static void note(struct json_out *j, yajl_gen_status status)
{
	if (status != yajl_gen_status_ok && j->problem == NULL)
		j->problem = UNBALANCED;
}

/* May a value be written here? yajl itself lets "{]" and a key without a value pass. */
static bool value_fits(struct json_out *j)
{
	if (j == NULL || j->problem != NULL)
		return false;
	if (j->complete || j->in_object[j->depth] != j->keyed) {
		j->problem = UNBALANCED;
		return false;
	}
	j->keyed = false;
	return true;
}

static void value_done(struct json_out *j, yajl_gen_status status)
{
	note(j, status);
	j->complete = j->depth == 0;
}

static void open_one(struct json_out *j, bool object)
{
	if (!value_fits(j))
		return;
	if (j->depth == OUT_DEPTH) {
		j->problem = "nested too deep";
		return;
	}
	note(j, object ? yajl_gen_map_open(j->gen) : yajl_gen_array_open(j->gen));
	j->in_object[++j->depth] = object;
}

static void close_one(struct json_out *j, bool object)
{
	if (j == NULL || j->problem != NULL)
		return;
	if (j->depth == 0 || j->in_object[j->depth] != object || j->keyed) {
		j->problem = UNBALANCED;
		return;
	}
	j->depth--;
	value_done(j, object ? yajl_gen_map_close(j->gen) : yajl_gen_array_close(j->gen));
}

void json_object(struct json_out *j) { open_one(j, true); }
void json_object_end(struct json_out *j) { close_one(j, true); }
void json_array(struct json_out *j) { open_one(j, false); }
void json_array_end(struct json_out *j) { close_one(j, false); }

static yajl_gen_status put_string(struct json_out *j, const char *s)
{
	size_t len = strlen(s);

	if (jsontext_utf8(s, len) != len) {
		j->problem = "invalid UTF-8";
		return yajl_gen_invalid_string;
	}
	return yajl_gen_string(j->gen, (const unsigned char *)s, len);
}

void json_key(struct json_out *j, const char *key)
{
	if (j == NULL || j->problem != NULL)
		return;
	if (!j->in_object[j->depth] || j->keyed) {
		j->problem = UNBALANCED;
		return;
	}
	note(j, put_string(j, key));
	j->keyed = true;
}

void json_string(struct json_out *j, const char *s)
{
	if (value_fits(j))
		value_done(j, s == NULL ? yajl_gen_null(j->gen) : put_string(j, s));
}

void json_int(struct json_out *j, int64_t n)
{
	if (value_fits(j))
		value_done(j, yajl_gen_integer(j->gen, n));
}

void json_double(struct json_out *j, double x, int decimals)
{
	char text[DOUBLE_TEXT];

	if (!value_fits(j))
		return;
	if (!isfinite(x)) {
		value_done(j, yajl_gen_null(j->gen));
		return;
	}
	decimals = decimals < 0 ? 0 : decimals > 17 ? 17 : decimals;
	int len = snprintf(text, sizeof text, "%.*f", decimals, x);
	if (strchr(text, '.') != NULL) {
		while (text[len - 1] == '0')
			len--;
		if (text[len - 1] == '.')
			len--;
		text[len] = '\0';
	}
	if (strcmp(text, "-0") == 0)
		strcpy(text, "0");
	value_done(j, yajl_gen_number(j->gen, text, strlen(text)));
}

void json_bool(struct json_out *j, bool b)
{
	if (value_fits(j))
		value_done(j, yajl_gen_bool(j->gen, b));
}

void json_null(struct json_out *j)
{
	if (value_fits(j))
		value_done(j, yajl_gen_null(j->gen));
}

int json_out_done(struct json_out *j, struct err *err)
{
	int status = 0;

	if (j == NULL)
		return err_nomem(err);
	if (j->problem == NULL && !j->complete)
		j->problem = UNBALANCED;
	if (j->problem != NULL)
		status = err_set(err, LAT_DATAERR, "JSON: %s", j->problem);
	else if (j->out->failed && j->out->limit != 0)
		status = err_set(err, LAT_SOFTWARE, "JSON: out of memory, or over the limit of %zu bytes", j->out->limit);
	else if (j->out->failed)
		status = err_nomem(err);
	jsonmem_free(&j->mem);
	free(j);
	return status;
}

/* ---- in ------------------------------------------------------------------------ */

#define DEPTH_CEILING 64 /* whatever a caller allows */

struct level {
	struct json *container;
	struct json **tail; /* where the next child goes */
};

struct tree {
	struct arena *arena;
	struct level level[DEPTH_CEILING];
	int depth, max_depth;
	struct json *root;
	const char *key; /* of the member that comes next */
	const char *problem;
	bool no_memory;
};

/* The callbacks return 0 to stop yajl. */
static int stop(struct tree *t, const char *problem)
{
	t->problem = problem;
	return 0;
}

static int stop_no_memory(struct tree *t)
{
	t->no_memory = true;
	return 0;
}

static struct json *add_value(struct tree *t, enum json_type type)
{
	struct json *v = arena_alloc(t->arena, sizeof *v);

	if (v == NULL) {
		t->no_memory = true;
		return NULL;
	}
	v->type = type;
	v->key = t->key;
	t->key = NULL;
	if (t->depth == 0) {
		t->root = v;
		return v;
	}
	struct level *l = &t->level[t->depth - 1];
	*l->tail = v;
	l->tail = &v->next;
	l->container->children++;
	return v;
}

static int on_null(void *ctx)
{
	return add_value(ctx, JSON_NULL) != NULL;
}

static int on_boolean(void *ctx, int value)
{
	return add_value(ctx, value ? JSON_TRUE : JSON_FALSE) != NULL;
}

static int on_number(void *ctx, const char *text, size_t len)
{
	struct tree *t = ctx;
	struct json *v = add_value(t, JSON_NUMBER);

	if (v == NULL || (v->string = arena_strn(t->arena, text, len)) == NULL)
		return stop_no_memory(t);
	v->is_integer = jsontext_int(text, len, &v->integer);
	v->number = strtod(v->string, NULL);
	return isfinite(v->number) ? 1 : stop(t, "a number out of range");
}

static char *copy_string(struct tree *t, const unsigned char *s, size_t len)
{
	if (len != 0 && memchr(s, 0, len) != NULL) {
		t->problem = "a NUL in a string";
		return NULL;
	}
	char *copy = arena_strn(t->arena, (const char *)s, len);
	if (copy == NULL)
		t->no_memory = true;
	return copy;
}

static int on_string(void *ctx, const unsigned char *s, size_t len)
{
	struct tree *t = ctx;
	char *copy = copy_string(t, s, len);
	struct json *v = copy == NULL ? NULL : add_value(t, JSON_STRING);

	if (v == NULL)
		return 0;
	v->string = copy;
	return 1;
}

static int on_key(void *ctx, const unsigned char *s, size_t len)
{
	struct tree *t = ctx;

	t->key = copy_string(t, s, len);
	return t->key != NULL;
}

static int open_container(struct tree *t, enum json_type type)
{
	if (t->depth >= t->max_depth)
		return stop(t, "nested too deep");
	struct json *v = add_value(t, type);
	if (v == NULL)
		return 0;
	t->level[t->depth++] = (struct level){.container = v, .tail = &v->child};
	return 1;
}

static int on_start_map(void *ctx) { return open_container(ctx, JSON_OBJECT); }
static int on_start_array(void *ctx) { return open_container(ctx, JSON_ARRAY); }

static int on_end_array(void *ctx)
{
	((struct tree *)ctx)->depth--;
	return 1;
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int on_end_map(void *ctx)
{
	struct tree *t = ctx;
	const struct json *object = t->level[--t->depth].container;
	size_t n = 0;

	if (object->children < 2)
		return 1;
	const char **keys = malloc(object->children * sizeof *keys);
	if (keys == NULL)
		return stop_no_memory(t);
	for (const struct json *m = object->child; m != NULL; m = m->next)
		keys[n++] = m->key;
	qsort(keys, n, sizeof *keys, compare_keys);
	for (size_t i = 1; i < n; i++)
		if (strcmp(keys[i - 1], keys[i]) == 0)
			t->problem = "a key twice in one object";
	free(keys);
	return t->problem == NULL;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_start_map,
	.yajl_map_key = on_key,
	.yajl_end_map = on_end_map,
	.yajl_start_array = on_start_array,
	.yajl_end_array = on_end_array,
};

/* On its own, so that no local variable lives across the longjmp. */
static int build(struct tree *t, struct jsonmem *mem, const char *text, size_t len,
                 const char *what, struct err *err)
{
	const unsigned char *bytes = (const unsigned char *)text;
	yajl_handle h = yajl_alloc(&callbacks, &mem->funcs, t);

	yajl_config(h, yajl_dont_validate_strings, 1); /* jsontext_problem() did, and better */
	yajl_status status = yajl_parse(h, bytes, len);
	size_t at = yajl_get_bytes_consumed(h);
	if (status == yajl_status_ok) {
		at = len;
		status = yajl_complete_parse(h);
	}
	if (t->no_memory)
		return err_nomem(err);
	if (t->problem != NULL)
		return err_set(err, LAT_DATAERR, "%s: byte %zu: %s", what, at, t->problem);
	if (status != yajl_status_ok || t->root == NULL)
		return err_set(err, LAT_DATAERR, "%s: byte %zu: not valid JSON", what, at);
	return 0;
}

int json_parse(struct arena *arena, const char *text, size_t len, int max_depth,
               const char *what, struct json **out, struct err *err)
{
	struct jsonmem mem;
	struct tree tree = {.arena = arena, .max_depth = max_depth < DEPTH_CEILING ? max_depth : DEPTH_CEILING};
	size_t at = 0;
	int status;

	*out = NULL;
	const char *problem = jsontext_problem(text, len, &at);
	if (problem != NULL)
		return err_set(err, LAT_DATAERR, "%s: byte %zu: %s", what, at, problem);
	jsonmem_init(&mem);
	if (setjmp(mem.out) == 0)
		status = build(&tree, &mem, text, len, what, err);
	else
		status = err_nomem(err);
	jsonmem_free(&mem);
	if (status == 0)
		*out = tree.root;
	return status;
}

const struct json *json_get(const struct json *j, const char *key)
{
	if (j == NULL || j->type != JSON_OBJECT)
		return NULL;
	for (const struct json *m = j->child; m != NULL; m = m->next)
		if (strcmp(m->key, key) == 0)
			return m;
	return NULL;
}

const char *json_get_string(const struct json *j, const char *key, const char *otherwise)
{
	const struct json *m = json_get(j, key);

	return m != NULL && m->type == JSON_STRING ? m->string : otherwise;
}

int64_t json_get_int(const struct json *j, const char *key, int64_t otherwise)
{
	const struct json *m = json_get(j, key);

	return m != NULL && m->type == JSON_NUMBER && m->is_integer ? m->integer : otherwise;
}

double json_get_double(const struct json *j, const char *key, double otherwise)
{
	const struct json *m = json_get(j, key);

	return m != NULL && m->type == JSON_NUMBER ? m->number : otherwise;
}
