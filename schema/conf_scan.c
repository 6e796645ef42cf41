#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "schema/conf_impl.h"
#include "schema/jsontext.h"

/* libconfuse tells neither the line of a key nor that it was there twice, takes a section
 * that is never closed, eats characters it has no use for, and puts the environment in
 * place of "${...}". So the text passes through this scanner first. It takes a subset of
 * what libconfuse takes, and blanks out the comments, so that the two can't read one text
 * in two ways. */

enum token { END, WORD, STRING, OPEN, CLOSE, EQUALS, COMMA };

struct scanner {
	struct conf *root;
	struct err *err;
	char *text;
	size_t len, at;
	int line;      /* at `at` */
	size_t sections;

	enum token token;
	int token_line;
	const char *word; /* WORD and STRING: what is between the quotes, as written */
	size_t word_len;
};

#define WORD_SHOWN 60

static int wrong(struct scanner *s, int line, const char *fmt, ...) LAT_PRINTF(3, 4);
static int wrong(struct scanner *s, int line, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return err_set(s->err, LAT_CONFIG, "%s:%d: %s", s->root->file, line, text);
}

static int shown(size_t len)
{
	return len < WORD_SHOWN ? (int)len : WORD_SHOWN;
}

static char peek(const struct scanner *s, size_t ahead)
{
	return s->at + ahead < s->len ? s->text[s->at + ahead] : '\0';
}

/* ---- tokens -------------------------------------------------------------------- */

static void blank_line_comment(struct scanner *s)
{
	while (s->at < s->len && s->text[s->at] != '\n')
		s->text[s->at++] = ' ';
}

static int blank_block_comment(struct scanner *s)
{
	int line = s->line;

	while (s->at < s->len && !(peek(s, 0) == '*' && peek(s, 1) == '/')) {
		if (s->text[s->at] == '\n')
			s->line++;
		else
			s->text[s->at] = ' ';
		s->at++;
	}
	if (s->at == s->len)
		return wrong(s, line, "comment is not closed: \"*/\" is missing");
	s->text[s->at++] = ' ';
	s->text[s->at++] = ' ';
	return 0;
}

static int skip_blanks(struct scanner *s)
{
	int status;

	for (;;) {
		char c = peek(s, 0);
		if (s->at == s->len)
			return 0;
		if (c == '\n') {
			s->line++;
			s->at++;
		} else if (c == ' ' || c == '\t' || c == '\r') {
			s->at++;
		} else if (c == '#' || (c == '/' && peek(s, 1) == '/')) {
			blank_line_comment(s);
		} else if (c == '/' && peek(s, 1) == '*') {
			s->text[s->at++] = ' '; /* so that "/" + "*" + "/" isn't taken for a whole comment */
			s->text[s->at++] = ' ';
			if ((status = blank_block_comment(s)) != 0)
				return status;
		} else {
			return 0;
		}
	}
}

static int expansion(struct scanner *s)
{
	return wrong(s, s->line, "\"${\": nothing is put in from the environment, write the value itself");
}

static int scan_string(struct scanner *s)
{
	char quote = s->text[s->at++];
	size_t start = s->at;

	for (;; s->at++) {
		char c = peek(s, 0);
		if (s->at == s->len || c == '\n')
			return wrong(s, s->line, "string is not closed on its line: %c is missing", quote);
		if (c == quote)
			break;
		if (c == '$' && peek(s, 1) == '{')
			return expansion(s);
		if (((unsigned char)c < 0x20 && c != '\t') || c == 0x7f)
			return wrong(s, s->line, "control character 0x%02x in a string", (unsigned)c);
		if (c != '\\')
			continue;
		c = peek(s, 1);
		if (quote == '"' && (c == '\0' || strchr("\"\\'nrt", c) == NULL))
			return wrong(s, s->line, "\"\\%c\" in a string: only \\\" \\\\ \\' \\n \\r \\t are known",
			             c > ' ' ? c : '?');
		if (c == '\'' || c == '\\' || quote == '"')
			s->at++; /* it doesn't end the string */
	}
	s->token = STRING;
	s->word = s->text + start;
	s->word_len = s->at - start;
	s->at++;
	return 0;
}

/* The characters that end a bare word for libconfuse, and those that it would drop. */
static bool ends_word(char c)
{
	return (unsigned char)c <= 0x20 || c == 0x7f || strchr("\"'#={}()+,*", c) != NULL;
}

static int scan_word(struct scanner *s)
{
	size_t start = s->at;

	while (s->at < s->len && !ends_word(peek(s, 0)))
		s->at++;
	s->token = WORD;
	s->word = s->text + start;
	s->word_len = s->at - start;
	if (peek(s, 0) == '{' && s->text[s->at - 1] == '$')
		return expansion(s);
	return 0;
}

static int next(struct scanner *s)
{
	static const char marks[] = "{}=,";
	static const enum token tokens[] = {OPEN, CLOSE, EQUALS, COMMA};
	int status = skip_blanks(s);

	if (status != 0)
		return status;
	s->token_line = s->line;
	if (s->at == s->len) {
		s->token = END;
		return 0;
	}
	char c = peek(s, 0);
	const char *mark = strchr(marks, c);
	if (mark != NULL && c != '\0') {
		s->token = tokens[mark - marks];
		s->at++;
		return 0;
	}
	if (c == '"' || c == '\'')
		return scan_string(s);
	if (c == '+' && peek(s, 1) == '=')
		return wrong(s, s->line, "\"+=\" is not known, use \"=\"");
	if (ends_word(c))
		return (unsigned char)c > 0x20 && c != 0x7f
		       ? wrong(s, s->line, "unexpected '%c' (text belongs in quotes)", c)
		       : wrong(s, s->line, "control character 0x%02x", (unsigned)(unsigned char)c);
	return scan_word(s);
}

static const char *token_text(const struct scanner *s)
{
	static const char *const names[] = {"the end of the file", "a word", "a string", "'{'", "'}'", "'='", "','"};

	return names[s->token];
}

/* ---- keys ---------------------------------------------------------------------- */

#define NEAR_MAX 32 /* longer words are not compared */

/* Levenshtein's distance: single letters put in, left out or exchanged. */
static size_t distance(const char *a, size_t alen, const char *b, size_t blen)
{
	size_t row[NEAR_MAX + 1];

	for (size_t j = 0; j <= blen; j++)
		row[j] = j;
	for (size_t i = 1; i <= alen; i++) {
		size_t corner = row[0];
		row[0] = i;
		for (size_t j = 1; j <= blen; j++) {
			size_t best = corner + (a[i - 1] != b[j - 1]);
			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[blen];
}

static const char *nearest(const struct conf_key *keys, const char *word, size_t len)
{
	size_t best = len <= 3 ? 2 : 3; /* it must be nearer than that */
	const char *name = NULL;

	for (; len <= NEAR_MAX && keys->name != NULL; keys++) {
		size_t n = strlen(keys->name);
		size_t d = n <= NEAR_MAX ? distance(word, len, keys->name, n) : best;
		if (d < best) {
			best = d;
			name = keys->name;
		}
	}
	return name;
}

static int find_key(struct scanner *s, const struct conf *c, const struct conf_key **key)
{
	for (*key = c->keys; (*key)->name != NULL; (*key)++)
		if (strlen((*key)->name) == s->word_len && memcmp((*key)->name, s->word, s->word_len) == 0)
			return 0;
	const char *near = nearest(c->keys, s->word, s->word_len);
	if (near != NULL)
		return wrong(s, s->token_line, "unknown key '%.*s' (did you mean '%s'?)",
		             shown(s->word_len), s->word, near);
	return wrong(s, s->token_line, "unknown key '%.*s' in %s%s", shown(s->word_len), s->word,
	             c->key != NULL ? c->key->name : "the file", c->key != NULL ? "" : " outside of sections");
}

/* ---- structure ----------------------------------------------------------------- */

static bool is_list(const struct conf_key *key)
{
	return key->type == CONF_STRINGS || key->type == CONF_INTS;
}

static int scan_list(struct scanner *s, struct conf_entry *e)
{
	int status;

	for (;;) {
		if ((status = next(s)) != 0)
			return status;
		if (s->token == CLOSE) /* behind a comma too, as libconfuse has it */
			return 0;
		if (s->token != WORD && s->token != STRING)
			return wrong(s, s->token_line, "%s: %s in a list, not a value", e->key->name, token_text(s));
		e->count++;
		if ((status = next(s)) != 0)
			return status;
		if (s->token == CLOSE)
			return 0;
		if (s->token != COMMA)
			return wrong(s, s->token_line, "%s: %s in a list, not ',' or '}'", e->key->name, token_text(s));
	}
}

static int scan_entry(struct scanner *s, struct conf *c, const struct conf_key *key,
                      struct conf_entry ***tail)
{
	struct conf_entry *e;
	int line = s->token_line, status;

	for (e = c->entries; e != NULL; e = e->next)
		if (e->key == key)
			return wrong(s, line, "%s: given twice (first in line %d)", key->name, e->line);
	if ((status = next(s)) != 0)
		return status;
	if (s->token != EQUALS)
		return wrong(s, s->token_line, "%s: %s, not '='", key->name, token_text(s));
	if ((e = arena_alloc(&s->root->arena, sizeof *e)) == NULL)
		return err_nomem(s->err);
	e->key = key;
	e->line = line;
	**tail = e;
	*tail = &e->next;
	if ((status = next(s)) != 0)
		return status;
	if (s->token == OPEN && is_list(key))
		return scan_list(s, e);
	if (s->token == OPEN)
		return wrong(s, s->token_line, "%s: a list, not a single value", key->name);
	if (s->token != WORD && s->token != STRING)
		return wrong(s, s->token_line, "%s: %s, not a value", key->name, token_text(s));
	e->count = 1;
	return 0;
}

static int scan_items(struct scanner *s, struct conf *c);

static int scan_title(struct scanner *s, const struct conf *parent, struct conf *section)
{
	const char *name = section->key->name;

	if ((s->token != STRING && s->token != WORD) || s->word_len == 0)
		return wrong(s, s->token_line, "%s: title is missing: %s \"NAME\" { ... }", name, name);
	if (memchr(s->word, '\\', s->word_len) != NULL)
		return wrong(s, s->token_line, "%s: backslash in the title", name);
	if ((section->title = arena_strn(&s->root->arena, s->word, s->word_len)) == NULL)
		return err_nomem(s->err);
	for (const struct conf *o = parent->sections; o != NULL; o = o->next)
		if (o->key == section->key && strcmp(o->title, section->title) == 0)
			return wrong(s, section->line, "%s \"%.*s\": given twice (first in line %d)", name,
			             shown(s->word_len), section->title, o->line);
	return next(s);
}

static int scan_section(struct scanner *s, struct conf *c, const struct conf_key *key,
                        struct conf ***tail)
{
	struct conf *section = arena_alloc(&s->root->arena, sizeof *section);
	int status;

	if (section == NULL)
		return err_nomem(s->err);
	section->file = c->file;
	section->key = key;
	section->keys = key->keys;
	section->line = s->token_line;
	if (++s->sections > CONF_MAX_SECTIONS)
		return wrong(s, section->line, "more than %d sections", CONF_MAX_SECTIONS);
	if ((status = next(s)) != 0)
		return status;
	if (key->title) {
		if ((status = scan_title(s, c, section)) != 0)
			return status;
	} else {
		for (const struct conf *o = c->sections; o != NULL; o = o->next)
			if (o->key == key)
				return wrong(s, section->line, "%s: given twice (first in line %d)", key->name, o->line);
	}
	if (s->token != OPEN)
		return wrong(s, s->token_line, "%s: %s, not '{'", key->name, token_text(s));
	**tail = section;
	*tail = &section->next;
	return scan_items(s, section);
}

/* The next key with what belongs to it; *ended: there was none. */
static int scan_item(struct scanner *s, struct conf *c, struct conf_entry ***entry_tail,
                     struct conf ***section_tail, bool *ended)
{
	const struct conf_key *key;
	int status;

	*ended = false;
	if ((status = next(s)) != 0)
		return status;
	*ended = s->token == END || (s->token == CLOSE && c->key != NULL);
	if (s->token == END && c->key != NULL)
		return wrong(s, c->line, "%s%s%s%s: is not closed: '}' is missing", c->key->name,
		             c->title ? " \"" : "", c->title ? c->title : "", c->title ? "\"" : "");
	if (*ended)
		return 0;
	if (s->token != WORD)
		return wrong(s, s->token_line, "%s, not a key", token_text(s));
	if ((status = find_key(s, c, &key)) != 0)
		return status;
	return key->type == CONF_SECTION ? scan_section(s, c, key, section_tail)
	                                 : scan_entry(s, c, key, entry_tail);
}

/* Blank out the line that begins at or behind `start`, so that libconfuse doesn't meet it either, and
 * stand at its end. */
static void skip_line(struct scanner *s, size_t start, int line)
{
	s->at = start;
	s->line = line;
	while (s->at < s->len && s->text[s->at] != '\n')
		s->text[s->at++] = ' ';
}

/* All of a section up to its '}', or of the file up to its end. */
static int scan_items(struct scanner *s, struct conf *c)
{
	struct conf_entry **entry_tail = &c->entries;
	struct conf **section_tail = &c->sections;
	bool ended;
	int status;

	do {
		if ((status = skip_blanks(s)) != 0 && !conf_told(s->root, s->err))
			return status;
		size_t start = s->at;
		int line = s->line;
		status = scan_item(s, c, &entry_tail, &section_tail, &ended);
		if (status != 0 && !conf_told(s->root, s->err))
			return status;
		if (status != 0)
			skip_line(s, start, line);
	} while (status != 0 || !ended);
	return 0;
}

int conf_scan(struct conf *root, char *text, size_t len, struct err *err)
{
	struct scanner s = {.root = root, .err = err, .text = text, .len = len, .line = 1};
	size_t good = jsontext_utf8(text, len);

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		memset(text, ' ', 3); /* a byte order mark, which some editors leave */
	if (good != len) {
		for (size_t i = 0; i < good; i++)
			s.line += text[i] == '\n';
		return wrong(&s, s.line, "byte 0x%02x is not UTF-8", (unsigned)(unsigned char)text[good]);
	}
	return scan_items(&s, root);
}
