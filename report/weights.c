#include "report/weights.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/file.h"
#include "lib/num.h"
#include "schema/country.h"

#define MAX_BYTES (1u << 20)
#define MAX_LINE 256

static bool known(const char *id)
{
	if (strncmp(id, "country/", 8) == 0)
		return country_find(id + 8) != NULL;
	return strncmp(id, "continent/", 10) == 0 && continent_name(id + 10) != NULL;
}

static int parse_line(struct weights *w, char *line, const char *name, int number, struct err *err)
{
	char *rest = NULL, *id, *share;
	double value = 0;
	struct err why = {0};

	line[strcspn(line, "#")] = '\0';
	id = strtok_r(line, " \t\r", &rest);
	if (id == NULL)
		return 0;
	share = strtok_r(NULL, " \t\r", &rest);
	if (share == NULL || strtok_r(NULL, " \t\r", &rest) != NULL)
		return err_set(err, LAT_DATAERR,
		               "%s:%d: a line is a region and its share, as in: country/IN 0.12", name,
		               number);
	if (!known(id))
		return err_set(err, LAT_DATAERR, "%s:%d: %.40s: no such region; country/XX or continent/XX",
		               name, number, id);
	if (num_parse_double(share, "share", 0, 1e12, &value, &why) != 0)
		return err_set(err, LAT_DATAERR, "%s:%d: %s: %s", name, number, id, why.text);
	for (size_t i = 0; i < w->list.len; i++)
		if (strcmp(w->list.at[i].id, id) == 0)
			return err_set(err, LAT_DATAERR, "%s:%d: %s is there twice", name, number, id);
	struct weight *to = vec_add(&w->list);
	if (to == NULL)
		return err_nomem(err);
	snprintf(to->id, sizeof to->id, "%s", id);
	to->share = value;
	return 0;
}

int weights_parse(struct weights *w, const char *text, const char *name, struct err *err)
{
	int number = 0;

	*w = (struct weights){.given = true};
	while (*text != '\0') {
		char line[MAX_LINE];
		size_t len = strcspn(text, "\n");
		number++;
		if (len >= sizeof line)
			return err_set(err, LAT_DATAERR, "%s:%d: longer than %d characters", name, number,
			               MAX_LINE - 1);
		memcpy(line, text, len);
		line[len] = '\0';
		int status = parse_line(w, line, name, number, err);
		if (status != 0)
			return status;
		text += len + (text[len] == '\n');
	}
	if (w->list.len == 0)
		return err_set(err, LAT_DATAERR, "%s: names no region", name);
	return 0;
}

int weights_load(struct weights *w, const char *path, struct err *err)
{
	struct buf text = {0};

	*w = (struct weights){0};
	if (path == NULL)
		return 0;
	int status = file_read(path, MAX_BYTES, &text, err);
	if (status == 0 && memchr(buf_str(&text), '\0', text.len) != NULL)
		status = err_set(err, LAT_DATAERR, "%s: has a NUL byte: not a text", path);
	if (status == 0)
		status = weights_parse(w, buf_str(&text), path, err);
	buf_free(&text);
	return status;
}

void weights_free(struct weights *w)
{
	vec_free(&w->list);
}

double weights_of(const struct weights *w, const char *id)
{
	if (!w->given)
		return 1;
	for (size_t i = 0; i < w->list.len; i++)
		if (strcmp(w->list.at[i].id, id) == 0)
			return w->list.at[i].share;
	return NAN;
}

double weights_of_continent(const struct weights *w, const char *id)
{
	bool any = false;
	double share = weights_of(w, id);

	for (size_t i = 0; i < w->list.len; i++)
		any |= strncmp(w->list.at[i].id, "continent/", 10) == 0;
	return !isnan(share) ? share : any ? 0 : 1;
}
