#include "lib/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 64

void buf_init(struct buf *b, size_t limit)
{
	*b = (struct buf){ .limit = limit };
}

void buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ .limit = b->limit };
}

void buf_wipe(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->len);
	buf_free(b);
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->data != NULL)
		b->data[0] = '\0';
}

static bool fail(struct buf *b)
{
	b->failed = true;
	return false;
}

bool buf_reserve(struct buf *b, size_t more)
{
	if (b->failed)
		return false;
	if (b->limit != 0 && (b->len > b->limit || more > b->limit - b->len))
		return fail(b);
	if (more >= PTRDIFF_MAX - b->len)
		return fail(b);
	size_t need = b->len + more + 1; /* one for the NUL */
	if (need <= b->cap)
		return true;
	size_t cap = b->cap < FIRST_CAP ? FIRST_CAP : b->cap;
	while (cap < need)
		cap = cap > PTRDIFF_MAX / 2 ? need : cap * 2;
	if (b->limit != 0 && b->limit < PTRDIFF_MAX && cap > b->limit + 1)
		cap = b->limit + 1;
	char *data = realloc(b->data, cap);
	if (data == NULL)
		return fail(b);
	b->data = data;
	b->cap = cap;
	b->data[b->len] = '\0';
	return true;
}

bool buf_add(struct buf *b, const void *data, size_t len)
{
	if (!buf_reserve(b, len))
		return false;
	if (len != 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
	return true;
}

bool buf_addc(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

bool buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

bool buf_addf(struct buf *b, const char *fmt, ...)
{
	if (b->failed)
		return false;
	size_t room = b->cap - b->len; /* 0 while there is no memory */
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(room != 0 ? b->data + b->len : NULL, room, fmt, ap);
	va_end(ap);
	if (n < 0 || !buf_reserve(b, (size_t)n)) {
		if (b->data != NULL)
			b->data[b->len] = '\0';
		return fail(b);
	}
	if ((size_t)n >= room) {
		va_start(ap, fmt);
		n = vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	b->len += (size_t)n;
	return true;
}

const char *buf_str(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}
