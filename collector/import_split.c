#include "collector/import_split.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"

enum state {
	BETWEEN,   /* before a record */
	RECORD,    /* in one */
	STRING,    /* in a string of one */
	ESCAPE,    /* behind a backslash there */
	TOO_LARGE, /* what follows a record over the limit, until a line begins one */
	JUNK       /* the rest of a line that begins none */
};

struct split {
	enum split_form form;
	split_fn *fn;
	void *ctx;
	enum state state;
	struct buf record;
	size_t depth;      /* of brackets and braces open in the record */
	size_t line;       /* that is being read, from 1 */
	size_t start;      /* where the record began */
	bool line_start;   /* at the first byte of a line */
	bool in_array;     /* records are the elements of an array */
	size_t mark;       /* bytes of a byte order mark that were met; all of it: it is over */
};

/* As some programs begin a file of UTF-8 (the Unicode Standard, 23.8). */
static const char mark[] = "\xef\xbb\xbf";
#define MARK (sizeof mark - 1)

struct split *split_new(enum split_form form, split_fn *fn, void *ctx)
{
	struct split *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	*s = (struct split){.form = form, .fn = fn, .ctx = ctx, .line = 1, .start = 1, .line_start = true};
	buf_init(&s->record, form == SPLIT_JSON ? IMPORT_MAX_RECORD : IMPORT_MAX_LINE);
	return s;
}

void split_free(struct split *s)
{
	if (s == NULL)
		return;
	buf_free(&s->record);
	free(s);
}

static int refuse(struct split *s, const char *why, struct err *err)
{
	buf_clear(&s->record);
	return s->fn(s->ctx, s->start, NULL, 0, why, err);
}

static int deliver(struct split *s, struct err *err)
{
	int status = s->fn(s->ctx, s->start, buf_str(&s->record), s->record.len, NULL, err);

	buf_clear(&s->record);
	return status;
}

/* ---- lines -------------------------------------------------------------------- */

static int line_end(struct split *s, struct err *err)
{
	int status = 0;

	if (s->state == TOO_LARGE)
		status = refuse(s, "longer than 64 KiB", err);
	else if (s->record.len != 0)
		status = deliver(s, err);
	s->state = BETWEEN;
	s->line++;
	return status;
}

static int feed_lines(struct split *s, const char *data, size_t len, struct err *err)
{
	while (len > 0) {
		const char *end = memchr(data, '\n', len);
		size_t n = end != NULL ? (size_t)(end - data) : len;
		s->start = s->line;
		if (s->state != TOO_LARGE && !buf_add(&s->record, data, n)) {
			if (s->record.len + n <= IMPORT_MAX_LINE)
				return err_nomem(err);
			s->state = TOO_LARGE;
		}
		data += n;
		len -= n;
		if (end == NULL)
			break;
		data++;
		len--;
		int status = line_end(s, err);
		if (status != 0)
			return status;
	}
	return 0;
}

/* ---- JSON --------------------------------------------------------------------- */

static void begin(struct split *s)
{
	buf_clear(&s->record);
	s->state = RECORD;
	s->depth = 0;
	s->start = s->line;
}

/* A byte between records. */
static int between(struct split *s, char c, struct err *err)
{
	if (c == '{') {
		begin(s);
	} else if (c == '[' && !s->in_array) {
		s->in_array = true;
		return 0;
	} else if (c == ']' && s->in_array) {
		s->in_array = false;
		return 0;
	} else if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || (c == ',' && s->in_array)) {
		return 0;
	} else {
		s->start = s->line;
		s->state = JUNK;
		return refuse(s, "not a JSON object", err);
	}
	return 0;
}

/* Open, close, or go on. *done: that was its last byte. */
static void within(struct split *s, char c, bool *done)
{
	if (s->state == ESCAPE) {
		s->state = STRING;
	} else if (s->state == STRING) {
		s->state = c == '"' ? RECORD : c == '\\' ? ESCAPE : STRING;
	} else if (c == '"') {
		s->state = STRING;
	} else if (c == '{' || c == '[') {
		s->depth++;
	} else if (c == '}' || c == ']') {
		*done = --s->depth == 0;
	}
}

static int json_byte(struct split *s, char c, struct err *err)
{
	bool open = s->state == RECORD || s->state == STRING || s->state == ESCAPE, done = false;
	int status = 0;

	if (open && s->line_start && c == '{' && s->record.len != 0) {
		status = refuse(s, "cut short: the next line begins a record", err);
		s->state = BETWEEN;
	} else if ((s->state == STRING || s->state == ESCAPE) && c == '\n') {
		status = refuse(s, "cut short: a line ends within a string", err);
		s->state = BETWEEN;
	} else if ((s->state == TOO_LARGE && s->line_start && c == '{') || (s->state == JUNK && c == '\n')) {
		s->state = BETWEEN;
	}
	if (status == 0 && s->state == BETWEEN)
		status = between(s, c, err);
	if (s->state == RECORD || s->state == STRING || s->state == ESCAPE) {
		if (!buf_addc(&s->record, c)) {
			if (s->record.len < IMPORT_MAX_RECORD)
				return err_nomem(err);
			status = refuse(s, "a record of more than 16 MiB", err);
			s->state = TOO_LARGE;
		} else {
			within(s, c, &done);
		}
	}
	if (done) {
		s->state = BETWEEN;
		status = deliver(s, err);
	}
	s->line += c == '\n';
	s->line_start = c == '\n';
	return status;
}

/* Most bytes lie within strings or between their neighbours, and change nothing: they are taken
 * together. */
static size_t plain(const struct split *s, const char *data, size_t len)
{
	size_t n = 0, room = IMPORT_MAX_RECORD - s->record.len;

	if (s->line_start)
		return 0;
	if ((s->state == STRING || s->state == RECORD) && len > room)
		len = room;
	if (s->state == STRING)
		while (n < len && data[n] != '"' && data[n] != '\\' && data[n] != '\n')
			n++;
	else if (s->state == RECORD)
		while (n < len && strchr("\"{}[]\n", data[n]) == NULL)
			n++;
	else if (s->state == TOO_LARGE || s->state == JUNK)
		while (n < len && data[n] != '\n')
			n++;
	return n;
}

static int feed_json(struct split *s, const char *data, size_t len, struct err *err)
{
	while (len > 0) {
		size_t n = plain(s, data, len);
		bool keep = s->state == STRING || s->state == RECORD;
		int status = 0;
		if (n == 0) {
			n = 1;
			status = json_byte(s, data[0], err);
		} else if (keep && !buf_add(&s->record, data, n)) {
			return err_nomem(err);
		}
		if (status != 0)
			return status;
		data += n;
		len -= n;
	}
	return 0;
}

static int feed(struct split *s, const char *data, size_t len, struct err *err)
{
	return s->form == SPLIT_JSON ? feed_json(s, data, len, err) : feed_lines(s, data, len, err);
}

/* What seemed to begin a mark is text. */
static int end_mark(struct split *s, struct err *err)
{
	size_t part = s->mark < MARK ? s->mark : 0;

	s->mark = MARK;
	return part > 0 ? feed(s, mark, part, err) : 0;
}

int split_feed(struct split *s, const char *data, size_t len, struct err *err)
{
	int status = 0;

	for (; s->mark < MARK && len > 0 && *data == mark[s->mark]; data++, len--)
		s->mark++;
	if (len > 0)
		status = end_mark(s, err);
	return status != 0 ? status : feed(s, data, len, err);
}

int split_end(struct split *s, struct err *err)
{
	int status = end_mark(s, err);

	if (status != 0)
		return status;
	if (s->form == SPLIT_LINES) {
		s->start = s->line;
		return line_end(s, err);
	}
	bool open = s->state == RECORD || s->state == STRING || s->state == ESCAPE;
	s->state = BETWEEN;
	return open ? refuse(s, "cut short: the file ends", err) : 0;
}
