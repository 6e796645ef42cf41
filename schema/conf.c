#include "schema/conf.h"

#include <float.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <confuse.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/num.h"
#include "schema/conf_impl.h"

/* Two steps: conf_scan() checks the form and finds the lines, libconfuse reads the
 * values. All of them are strings to libconfuse, since its own numbers may be octal and
 * its errors name no limits. */

/* libconfuse gives its error function nothing of ours, only a section. So each table of
 * options has one that no file can name, whose "simple value" is the first member of this. */
struct errors {
	long anchor;
	struct err *err;
	const char *file;
};

#define ANCHOR "\001errors"

static void on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char text[512];

	for (const cfg_opt_t *o = cfg->opts; o->name != NULL; o++) {
		if (strcmp(o->name, ANCHOR) != 0)
			continue;
		struct errors *e = (struct errors *)(void *)o->simple_value.number;
		vsnprintf(text, sizeof text, fmt, ap);
		if (e->err != NULL && e->err->code == 0)
			err_set(e->err, LAT_CONFIG, "%s:%d: %s", e->file, cfg->line, text);
		return;
	}
}

/* The table for libconfuse of ours, in `arena`; NULL when out of memory. */
static cfg_opt_t *make_options(struct arena *arena, const struct conf_key *keys, struct errors *errors)
{
	size_t n = 0;

	while (keys[n].name != NULL)
		n++;
	cfg_opt_t *o = arena_alloc(arena, (n + 2) * sizeof *o);
	if (o == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const char *name = keys[i].name;
		if (keys[i].type == CONF_SECTION) {
			cfg_flag_t flags = keys[i].title ? CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES : CFGF_NONE;
			cfg_opt_t *sub = make_options(arena, keys[i].keys, errors);
			if (sub == NULL)
				return NULL;
			o[i] = (cfg_opt_t)CFG_SEC(name, sub, flags);
		} else if (keys[i].type == CONF_STRINGS || keys[i].type == CONF_INTS) {
			o[i] = (cfg_opt_t)CFG_STR_LIST(name, NULL, CFGF_NODEFAULT);
		} else {
			o[i] = (cfg_opt_t)CFG_STR(name, NULL, CFGF_NODEFAULT);
		}
	}
	o[n] = (cfg_opt_t)CFG_SIMPLE_INT(ANCHOR, &errors->anchor);
	o[n + 1] = (cfg_opt_t)CFG_END();
	return o;
}

/* ---- values -------------------------------------------------------------------- */

static int wrong(const struct conf *c, int line, struct err *err, const char *fmt, ...) LAT_PRINTF(4, 5);
static int wrong(const struct conf *c, int line, struct err *err, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return err_set(err, LAT_CONFIG, "%s:%d: %s", c->file, line, text);
}

static int set_bool(const struct conf *c, const struct conf_entry *e, struct conf_value *v, struct err *err)
{
	static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};

	for (size_t i = 0; i < LAT_COUNT(words); i++) {
		if (strcasecmp(v->string, words[i]) == 0) {
			v->integer = i % 2 == 1;
			return 0;
		}
	}
	return wrong(c, e->line, err, "%s: \"%.60s\" is not true or false", e->key->name, v->string);
}

static int set_duration(const struct conf *c, const struct conf_entry *e, struct conf_value *v,
                        struct err *err)
{
	const struct conf_key *key = e->key;
	char low[DURATION_TEXT], high[DURATION_TEXT];

	if (duration_parse(v->string, &v->integer, NULL) != 0)
		return wrong(c, e->line, err, "%s: \"%.60s\" is not a duration (as 10s, 5m, 36h, 7d)",
		             key->name, v->string);
	double seconds = (double)v->integer / 1e6;
	if ((key->min != 0 || key->max != 0) && (seconds < key->min || seconds > key->max))
		return wrong(c, e->line, err, "%s: %s is not in %s..%s", key->name, v->string,
		             duration_format((int64_t)(key->min * 1e6), low),
		             duration_format((int64_t)(key->max * 1e6), high));
	return 0;
}

/* The value's own form, by its string. */
static int set_value(const struct conf *c, const struct conf_entry *e, struct conf_value *v, struct err *err)
{
	const struct conf_key *key = e->key;
	bool any = key->min == 0 && key->max == 0;
	struct err why = {0};
	int status = 0;

	switch (key->type) {
	case CONF_INT: case CONF_INTS:
		status = num_parse_i64(v->string, key->name, any ? INT64_MIN : (int64_t)key->min,
		                       any ? INT64_MAX : (int64_t)key->max, &v->integer, &why);
		break;
	case CONF_DOUBLE:
		status = num_parse_double(v->string, key->name, any ? -DBL_MAX : key->min,
		                          any ? DBL_MAX : key->max, &v->number, &why);
		break;
	case CONF_BOOL:
		return set_bool(c, e, v, err);
	case CONF_DURATION:
		return set_duration(c, e, v, err);
	default:
		break;
	}
	return status == 0 ? 0 : wrong(c, e->line, err, "%s", why.text);
}

static int set_entry(struct arena *arena, const struct conf *c, struct conf_entry *e, cfg_t *cfg,
                     struct err *err)
{
	cfg_opt_t *opt = cfg_getopt(cfg, e->key->name);
	int status;

	if (opt == NULL || cfg_opt_size(opt) != e->count)
		return wrong(c, e->line, err, "%s: not understood", e->key->name);
	if ((e->values = arena_alloc(arena, (e->count + 1) * sizeof *e->values)) == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < e->count; i++) {
		const char *s = cfg_opt_getnstr(opt, (unsigned)i);
		if (s == NULL || (e->values[i].string = arena_str(arena, s)) == NULL)
			return err_nomem(err);
		if ((status = set_value(c, e, &e->values[i], err)) != 0)
			return status;
	}
	return 0;
}

bool conf_told(struct conf *root, struct err *err)
{
	if (root->tell == NULL || err->code != LAT_CONFIG || root->told >= CONF_MAX_FAULTS)
		return false;
	root->told++;
	root->tell(root->tell_cls, err);
	*err = (struct err){0};
	return true;
}

static int set_values(struct arena *arena, struct conf *c, cfg_t *cfg, struct err *err)
{
	int status;

	for (struct conf_entry *e = c->entries; e != NULL; e = e->next) {
		if ((status = set_entry(arena, c, e, cfg, err)) == 0)
			continue;
		if (!conf_told(c, err))
			return status;
		e->count = 0; /* as if it weren't given, but for its line */
	}
	/* Sections come in one order from both: the file's, within each name. */
	for (const struct conf_key *key = c->keys; key->name != NULL; key++) {
		unsigned i = 0;
		if (key->type != CONF_SECTION)
			continue;
		for (struct conf *section = c->sections; section != NULL; section = section->next) {
			if (section->key != key)
				continue;
			cfg_t *sub = cfg_getnsec(cfg, key->name, i++);
			if (sub == NULL || (key->title && strcmp(cfg_title(sub), section->title) != 0))
				return wrong(c, section->line, err, "%s: not understood", key->name);
			if ((status = set_values(arena, section, sub, err)) != 0)
				return status;
		}
	}
	return 0;
}

static int read_values(struct conf *root, const char *text, struct err *err)
{
	struct err first = {0};
	struct errors errors = {.err = &first, .file = root->file};
	cfg_opt_t *options = make_options(&root->arena, root->keys, &errors);
	cfg_t *cfg = options == NULL ? NULL : cfg_init(options, CFGF_NONE);
	int status;

	if (cfg == NULL)
		return err_nomem(err);
	cfg_set_error_function(cfg, on_error);
	if (cfg_parse_buf(cfg, text) == CFG_SUCCESS)
		status = set_values(&root->arena, root, cfg, err);
	else if (first.code != 0)
		status = err_set(err, LAT_CONFIG, "%s", first.text);
	else
		return err_nomem(err); /* a tree half built, on which cfg_free() trips: rather lose it */
	cfg_free(cfg);
	return status;
}

struct reader {
	const struct conf_key *keys;
	conf_tell *tell;
	void *cls;
};

/* `text` is changed. */
static int parse(struct conf **out, char *text, size_t len, const char *name, const struct reader *r,
                 struct err *err)
{
	struct conf *root = calloc(1, sizeof *root);
	int status;

	*out = NULL;
	if (root == NULL || (root->file = arena_str(&root->arena, name)) == NULL) {
		conf_free(root);
		return err_nomem(err);
	}
	root->keys = r->keys;
	root->tell = r->tell;
	root->tell_cls = r->cls;
	if ((status = conf_scan(root, text, len, err)) == 0)
		status = read_values(root, text, err);
	if (status == 0) {
		*out = root;
		return 0;
	}
	conf_free(root);
	return status;
}

static int parse_copy(struct conf **out, const char *text, const char *name, const struct reader *r,
                      struct err *err)
{
	size_t len = strlen(text);
	char *copy;
	int status;

	*out = NULL;
	if (len > CONF_MAX_BYTES)
		return err_set(err, LAT_CONFIG, "%s: %zu bytes (limit %u)", name, len, CONF_MAX_BYTES);
	if ((copy = strdup(text)) == NULL)
		return err_nomem(err);
	status = parse(out, copy, len, name, r, err);
	free(copy);
	return status;
}

static int load(struct conf **out, const char *path, const struct reader *r, struct err *err)
{
	struct buf text;
	int status;

	*out = NULL;
	buf_init(&text, 0);
	if ((status = file_read(path, CONF_MAX_BYTES, &text, err)) == LAT_DATAERR)
		status = err_set(err, LAT_CONFIG, "%s: too large (limit %u bytes)", path, CONF_MAX_BYTES);
	if (status == 0 && text.len != 0 && memchr(text.data, 0, text.len) != NULL)
		status = err_set(err, LAT_CONFIG, "%s: has a NUL in it, is not text", path);
	if (status == 0)
		status = parse_copy(out, buf_str(&text), path, r, err);
	buf_free(&text);
	return status;
}

int conf_parse(struct conf **out, const char *text, const char *name, const struct conf_key *keys,
               struct err *err)
{
	return parse_copy(out, text, name, &(struct reader){.keys = keys}, err);
}

int conf_load(struct conf **out, const char *path, const struct conf_key *keys, struct err *err)
{
	return load(out, path, &(struct reader){.keys = keys}, err);
}

int conf_load_telling(struct conf **out, const char *path, const struct conf_key *keys, conf_tell *tell,
                      void *cls, struct err *err)
{
	return load(out, path, &(struct reader){.keys = keys, .tell = tell, .cls = cls}, err);
}

void conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	arena_free(&c->arena);
	free(c);
}

/* ---- getters ------------------------------------------------------------------- */

static const struct conf_entry *entry(const struct conf *c, const char *key)
{
	for (const struct conf_entry *e = c->entries; e != NULL; e = e->next)
		if (strcmp(e->key->name, key) == 0)
			return e;
	return NULL;
}

/* Value i of a key, or NULL. */
static const struct conf_value *value(const struct conf *c, const char *key, size_t i)
{
	const struct conf_entry *e = entry(c, key);

	return e != NULL && i < e->count ? &e->values[i] : NULL;
}

bool conf_has(const struct conf *c, const char *key)
{
	return entry(c, key) != NULL || conf_section_at(c, key, 0) != NULL;
}

const char *conf_string(const struct conf *c, const char *key, const char *otherwise)
{
	const struct conf_value *v = value(c, key, 0);

	return v != NULL ? v->string : otherwise;
}

int64_t conf_int(const struct conf *c, const char *key, int64_t otherwise)
{
	const struct conf_value *v = value(c, key, 0);

	return v != NULL ? v->integer : otherwise;
}

double conf_double(const struct conf *c, const char *key, double otherwise)
{
	const struct conf_value *v = value(c, key, 0);

	return v != NULL ? v->number : otherwise;
}

bool conf_bool(const struct conf *c, const char *key, bool otherwise)
{
	const struct conf_value *v = value(c, key, 0);

	return v != NULL ? v->integer != 0 : otherwise;
}

int64_t conf_duration_us(const struct conf *c, const char *key, int64_t otherwise)
{
	return conf_int(c, key, otherwise);
}

size_t conf_count(const struct conf *c, const char *key)
{
	const struct conf_entry *e = entry(c, key);
	size_t n = 0;

	if (e != NULL)
		return e->count;
	for (const struct conf *s = c->sections; s != NULL; s = s->next)
		n += strcmp(s->key->name, key) == 0;
	return n;
}

const char *conf_string_at(const struct conf *c, const char *key, size_t i)
{
	const struct conf_value *v = value(c, key, i);

	return v != NULL ? v->string : NULL;
}

int64_t conf_int_at(const struct conf *c, const char *key, size_t i)
{
	const struct conf_value *v = value(c, key, i);

	return v != NULL ? v->integer : 0;
}

const struct conf *conf_section_at(const struct conf *c, const char *name, size_t i)
{
	for (const struct conf *s = c->sections; s != NULL; s = s->next)
		if (strcmp(s->key->name, name) == 0 && i-- == 0)
			return s;
	return NULL;
}

const char *conf_title(const struct conf *section)
{
	return section->title;
}

const char *conf_where(const struct conf *c, const char *key, char *out, size_t size)
{
	const struct conf_entry *e = key != NULL ? entry(c, key) : NULL;
	int line = e != NULL ? e->line : c->line;

	if (line > 0)
		snprintf(out, size, "%s:%d", c->file, line);
	else
		snprintf(out, size, "%s", c->file);
	return out;
}
