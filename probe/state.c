#include "probe/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/file.h"
#include "schema/json.h"

static void path_of(const char *folder, char *out, size_t size)
{
	snprintf(out, size, "%s/state.json", folder);
}

static bool add_try(struct state *s, const char *file, int64_t count)
{
	char *copy = strdup(file);
	struct state_try *t = copy == NULL ? NULL : vec_add(&s->tries);
	if (t == NULL) {
		free(copy);
		return false;
	}
	*t = (struct state_try){ .file = copy, .count = count };
	return true;
}

static bool take_tries(struct state *s, const struct json *list)
{
	bool ok = true;
	for (const struct json *j = list == NULL ? NULL : list->child; ok && j != NULL; j = j->next) {
		const char *file = json_get_string(j, "file", NULL);
		int64_t count = json_get_int(j, "count", 1);
		if (file != NULL && count > 0)
			ok = add_try(s, file, count < INT32_MAX ? count : 1);
	}
	return ok;
}

static bool take_ttl(struct state *s, const struct json *list)
{
	bool ok = true;
	for (const struct json *j = list == NULL ? NULL : list->child; ok && j != NULL; j = j->next) {
		const struct json *down = json_get(j, "counts_down");
		struct ttlmem_entry e = {
			.resolver = (char *)json_get_string(j, "resolver", NULL),
			.name = (char *)json_get_string(j, "name", NULL),
			.family = (int)json_get_int(j, "family", 0),
			.largest = json_get_int(j, "largest", -1),
			.met_us = json_get_int(j, "met_us", 0),
			.counts_down = down != NULL && down->type == JSON_TRUE,
		};
		if (e.resolver != NULL && e.name != NULL && e.largest >= 0)
			ok = ttlmem_restore(&s->ttl, &e);
	}
	return ok;
}

static bool take_targets(struct state *s, const struct json *list)
{
	bool ok = true;
	for (const struct json *j = list == NULL ? NULL : list->child; ok && j != NULL; j = j->next) {
		struct targetmem_entry e = {
			.target = (char *)json_get_string(j, "name", NULL),
			.measured_us = json_get_int(j, "measured_us", 0),
			.rare_next = json_get_int(j, "rare_next", -1),
		};
		snprintf(e.rev, sizeof e.rev, "%s", json_get_string(j, "rev", ""));
		if (e.target != NULL)
			ok = targetmem_restore(&s->targets, &e);
	}
	return ok;
}

static bool take_audited(struct state *s, const struct json *list)
{
	bool ok = true;
	for (const struct json *j = list == NULL ? NULL : list->child; ok && j != NULL; j = j->next) {
		const char *target = json_get_string(j, "target", NULL);
		if (target != NULL)
			ok = auditmem_note(&s->audited, target, json_get_string(j, "node", NULL),
			                   json_get_int(j, "at_us", 0));
	}
	return ok;
}

int state_load(struct state *s, const char *folder, struct err *err)
{
	char path[4096];
	struct buf text;
	struct arena arena = {0};
	struct json *top;
	*s = (struct state){0};
	buf_init(&text, STATE_MAX_BYTES);
	path_of(folder, path, sizeof path);
	bool ok = true;
	if (file_read(path, STATE_MAX_BYTES, &text, NULL) == 0 &&
	    json_parse(&arena, buf_str(&text), text.len, 4, path, &top, NULL) == 0) {
		snprintf(s->etag, sizeof s->etag, "%s", json_get_string(top, "plan_etag", ""));
		s->retry_at_us = json_get_int(top, "retry_at_us", 0);
		s->dropped = json_get_int(top, "dropped", 0);
		if (s->dropped < 0 || s->dropped > INT32_MAX)
			s->dropped = 0;
		s->rejected = json_get_int(top, "rejected", 0);
		if (s->rejected < 0 || s->rejected > INT32_MAX)
			s->rejected = 0;
		snprintf(s->telling, sizeof s->telling, "%s", json_get_string(top, "telling", ""));
		ok = take_tries(s, json_get(top, "tries")) && take_ttl(s, json_get(top, "ttl"))
		     && take_targets(s, json_get(top, "targets")) && take_audited(s, json_get(top, "audited"));
	}
	arena_free(&arena);
	buf_free(&text);
	if (ok)
		return 0;
	state_free(s);
	return err_nomem(err);
}

static void write_lists(const struct state *s, struct json_out *j)
{
	json_key(j, "tries");
	json_array(j);
	for (size_t i = 0; i < s->tries.len; i++) {
		json_object(j);
		json_key(j, "file");
		json_string(j, s->tries.at[i].file);
		json_key(j, "count");
		json_int(j, s->tries.at[i].count);
		json_object_end(j);
	}
	json_array_end(j);
	json_key(j, "ttl");
	json_array(j);
	for (size_t i = 0; i < s->ttl.entries.len; i++) {
		const struct ttlmem_entry *e = &s->ttl.entries.at[i];
		json_object(j);
		json_key(j, "resolver");
		json_string(j, e->resolver);
		json_key(j, "name");
		json_string(j, e->name);
		json_key(j, "family");
		json_int(j, e->family);
		json_key(j, "largest");
		json_int(j, e->largest);
		json_key(j, "met_us");
		json_int(j, e->met_us);
		json_key(j, "counts_down");
		json_bool(j, e->counts_down);
		json_object_end(j);
	}
	json_array_end(j);
	json_key(j, "targets");
	json_array(j);
	for (size_t i = 0; i < s->targets.entries.len; i++) {
		const struct targetmem_entry *e = &s->targets.entries.at[i];
		json_object(j);
		json_key(j, "name");
		json_string(j, e->target);
		json_key(j, "rev");
		json_string(j, e->rev);
		json_key(j, "measured_us");
		json_int(j, e->measured_us);
		json_key(j, "rare_next");
		json_int(j, e->rare_next);
		json_object_end(j);
	}
	json_array_end(j);
	json_key(j, "audited");
	json_array(j);
	for (size_t i = 0; i < s->audited.entries.len; i++) {
		json_object(j);
		json_key(j, "target");
		json_string(j, s->audited.entries.at[i].target);
		json_key(j, "node");
		json_string(j, s->audited.entries.at[i].node);
		json_key(j, "at_us");
		json_int(j, s->audited.entries.at[i].at_us);
		json_object_end(j);
	}
	json_array_end(j);
}

int state_save(const struct state *s, const char *folder, struct err *err)
{
	char path[4096];
	struct buf text;
	buf_init(&text, STATE_MAX_BYTES);
	struct json_out *j = json_out_new(&text, false);
	json_object(j);
	json_key(j, "latlas_state");
	json_int(j, 1);
	json_key(j, "plan_etag");
	json_string(j, s->etag);
	json_key(j, "retry_at_us");
	json_int(j, s->retry_at_us);
	json_key(j, "dropped");
	json_int(j, s->dropped);
	json_key(j, "rejected");
	json_int(j, s->rejected);
	json_key(j, "telling");
	json_string(j, s->telling);
	write_lists(s, j);
	json_object_end(j);
	int rc = json_out_done(j, err);
	path_of(folder, path, sizeof path);
	if (rc == 0)
		rc = file_write_atomic(path, buf_str(&text), text.len, 0640, NULL, err);
	buf_free(&text);
	return rc;
}

void state_free(struct state *s)
{
	for (size_t i = 0; i < s->tries.len; i++)
		free(s->tries.at[i].file);
	vec_free(&s->tries);
	ttlmem_free(&s->ttl);
	targetmem_free(&s->targets);
	auditmem_free(&s->audited);
	*s = (struct state){0};
}

int64_t state_add_try(struct state *s, const char *file)
{
	for (size_t i = 0; i < s->tries.len; i++)
		if (strcmp(s->tries.at[i].file, file) == 0)
			return ++s->tries.at[i].count;
	(void)add_try(s, file, 1); /* without memory it is tried once more than it need be */
	return 1;
}

void state_forget_tries(struct state *s, const char *file)
{
	for (size_t i = 0; i < s->tries.len; i++)
		if (strcmp(s->tries.at[i].file, file) == 0) {
			free(s->tries.at[i].file);
			s->tries.at[i] = s->tries.at[--s->tries.len];
			return;
		}
}
