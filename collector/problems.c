#include "collector/problems.h"

#include <stdarg.h>
#include <stdio.h>

void problems_free(struct problems *p)
{
	vec_free(&p->list);
}

void problems_add(struct problems *p, int code, const char *fmt, ...)
{
	struct err *e = vec_add(&p->list);
	if (e == NULL) {
		p->lost = true;
		return;
	}
	va_list args;
	va_start(args, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, args);
	va_end(args);
	e->code = code;
}

void problems_add_err(struct problems *p, const struct err *err)
{
	if (err->code != 0)
		problems_add(p, err->code, "%s", err->text);
}

int problems_first(const struct problems *p, struct err *err)
{
	if (p->list.len == 0)
		return p->lost ? err_nomem(err) : 0;
	if (err != NULL)
		*err = p->list.at[0];
	return p->list.at[0].code;
}

void problems_warn(const struct problems *p, const char *program)
{
	for (size_t i = 0; i < p->list.len; i++) {
		struct err e = p->list.at[i];
		err_prefix(&e, "warning");
		err_print(&e, program);
	}
}

int problems_print(const struct problems *p, const char *program)
{
	for (size_t i = 0; i < p->list.len; i++)
		err_print(&p->list.at[i], program);
	struct err err = {0};
	int rc = problems_first(p, &err);
	if (rc != 0 && p->list.len == 0) /* no memory for as much as one */
		err_print(&err, program);
	return rc;
}
