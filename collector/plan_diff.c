#include "collector/plan_diff.h"

#include <stdio.h>
#include <string.h>

#include "schema/json.h"

#define DEPTH 8

struct diff {
	struct buf *out;
	size_t lines;
};

/* The lists of named parts, and what one of them is called. */
static const struct { const char *key, *one; } lists[] = {
	{"targets", "target"}, {"nodes", "node"}, {"candidates", "candidate"},
};

/* Follow from the rest, or say nothing about it. */
static bool ignored(const char *key)
{
	return strcmp(key, "rev") == 0 || strcmp(key, "name") == 0;
}

static void render(struct buf *b, const struct json *j)
{
	if (j == NULL || j->type == JSON_NULL) {
		buf_adds(b, "(none)");
		return;
	}
	switch (j->type) {
	case JSON_STRING:
	case JSON_NUMBER:
		buf_adds(b, j->string);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		for (const struct json *e = j->child; e != NULL; e = e->next) {
			if (j->type == JSON_OBJECT)
				buf_addf(b, "%s=", e->key);
			render(b, e);
			if (e->next != NULL)
				buf_adds(b, ", ");
		}
		if (j->child == NULL)
			buf_adds(b, "(empty)");
		break;
	default:
		buf_adds(b, j->type == JSON_TRUE ? "true" : "false");
	}
}

static void member(struct diff *d, const char *what, const char *name, const char *key,
                   const struct json *before, const struct json *after)
{
	struct buf was = {0}, is = {0};
	render(&was, before);
	render(&is, after);
	if (strcmp(buf_str(&was), buf_str(&is)) != 0) {
		buf_addf(d->out, "~ %s%s%s: %s: %s -> %s\n", what, name[0] != '\0' ? " " : "", name, key,
		         buf_str(&was), buf_str(&is));
		d->lines++;
	}
	d->out->failed = d->out->failed || was.failed || is.failed;
	buf_free(&was);
	buf_free(&is);
}

static void object(struct diff *d, const char *what, const char *name, const struct json *before,
                   const struct json *after)
{
	for (const struct json *m = before != NULL ? before->child : NULL; m != NULL; m = m->next)
		if (!ignored(m->key))
			member(d, what, name, m->key, m, json_get(after, m->key));
	for (const struct json *m = after != NULL ? after->child : NULL; m != NULL; m = m->next)
		if (!ignored(m->key) && json_get(before, m->key) == NULL)
			member(d, what, name, m->key, NULL, m);
}

static const struct json *named(const struct json *list, const char *name)
{
	for (const struct json *e = list != NULL ? list->child : NULL; e != NULL; e = e->next)
		if (strcmp(json_get_string(e, "name", ""), name) == 0)
			return e;
	return NULL;
}

static void list_of(struct diff *d, const char *one, const struct json *before, const struct json *after)
{
	for (const struct json *e = before != NULL ? before->child : NULL; e != NULL; e = e->next) {
		const char *name = json_get_string(e, "name", "");
		const struct json *now = named(after, name);
		if (now != NULL) {
			object(d, one, name, e, now);
			continue;
		}
		buf_addf(d->out, "- %s %s\n", one, name);
		d->lines++;
	}
	for (const struct json *e = after != NULL ? after->child : NULL; e != NULL; e = e->next) {
		const char *name = json_get_string(e, "name", "");
		if (named(before, name) != NULL)
			continue;
		buf_addf(d->out, "+ %s %s\n", one, name);
		d->lines++;
	}
}

int plan_diff(const struct buf *before, const struct buf *after, struct buf *out, size_t *differences,
              struct err *err)
{
	struct arena arena = {0};
	struct json *a = NULL, *b = NULL;
	struct diff d = {.out = out};
	int rc = json_parse(&arena, buf_str(before), before->len, DEPTH, "the published plan", &a, err);
	if (rc == 0)
		rc = json_parse(&arena, buf_str(after), after->len, DEPTH, "the plan", &b, err);
	if (rc == 0) {
		object(&d, "objective", "", json_get(a, "objective"), json_get(b, "objective"));
		object(&d, "schedule", "", json_get(a, "schedule"), json_get(b, "schedule"));
		for (size_t i = 0; i < LAT_COUNT(lists); i++)
			list_of(&d, lists[i].one, json_get(a, lists[i].key), json_get(b, lists[i].key));
	}
	if (rc == 0 && out->failed)
		rc = err_nomem(err);
	arena_free(&arena);
	*differences = d.lines;
	return rc;
}
