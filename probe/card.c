#include "probe/card.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"
#include "lib/stats.h"
#include "lib/table.h"

#define CELLS 40

enum row { DNS, TCP, TLS, WAIT, BODY, PHASES, TTFB = PHASES, TOTAL, ROWS };

static const struct {
	const char *name, *colour; /* SGR parameters, ECMA-48 */
} rows[ROWS] = {
	[DNS] = { "dns", "36" }, [TCP] = { "tcp", "34" }, [TLS] = { "tls", "35" }, [WAIT] = { "wait", "33" },
	[BODY] = { "body", "32" }, [TTFB] = { "ttfb", NULL }, [TOTAL] = { "total", NULL },
};

struct figures { double min, p50, p95, max; }; /* milliseconds; NAN: there is none */

static int64_t value(const struct sample *s, enum row row)
{
	if (s->error != NEL_OK)
		return US_NONE;
	switch (row) {
	case DNS: return s->dns_us;
	case TCP: return s->tcp_us;
	case TLS: return s->tls_us;
	case WAIT: return s->wait_us;
	case BODY: return s->body_us;
	case TTFB: return sample_ttfb_us(s);
	case TOTAL: return sample_total_us(s);
	default: return US_NONE;
	}
}

static bool figures(const struct card *c, struct figures out[ROWS])
{
	double *x = malloc((c->len + 1) * sizeof *x);
	if (x == NULL)
		return false;
	for (int row = 0; row < ROWS; row++) {
		size_t n = 0;
		for (size_t i = 0; i < c->len; i++) {
			int64_t us = value(&c->samples[i], (enum row)row);
			if (us != US_NONE)
				x[n++] = (double)us / 1000;
		}
		out[row] = (struct figures){ stats_quantile(x, n, 0), stats_quantile(x, n, 0.5),
		                             stats_quantile(x, n, 0.95), stats_quantile(x, n, 1) };
	}
	free(x);
	return true;
}

const char *card_bar(char *out, double start, double end, int cells, bool blocks)
{
	static const char *const eighths[] = {
		"", "\u258f", "\u258e", "\u258d", "\u258c", "\u258b", "\u258a", "\u2589",
	};
	out[0] = '\0';
	if (!(end > start))
		return out;
	/* Bars begin at whole columns: there are no blocks that fill from the right. */
	int first = (int)lround(start * cells);
	if (first >= cells)
		first = cells - 1;
	int length = (int)lround((end * cells - first) * 8);
	if (length > (cells - first) * 8)
		length = (cells - first) * 8;
	if (length < 1)
		length = 1;
	char *p = out;
	for (int i = 0; i < first; i++)
		*p++ = ' ';
	*p = '\0';
	if (!blocks) {
		for (int i = 0; i < (length + 4) / 8 || i == 0; i++)
			*p++ = '#';
		*p = '\0';
		return out;
	}
	for (int i = 0; i < length / 8; i++)
		p = stpcpy(p, "\u2588");
	stpcpy(p, eighths[length % 8]);
	return out;
}

static void cell(struct table *t, double ms, int decimals)
{
	if (isnan(ms))
		table_cell(t, "-");
	else
		table_cell(t, "%.*f", decimals, ms);
}

/* The table as text, a line a row; the caller frees. */
static char *make_table(const struct figures f[ROWS], bool blocks)
{
	struct table *t = table_new("lrrrrl");
	if (t == NULL)
		return NULL;
	char *text = NULL, bar[4 * CELLS + 8];
	size_t size;
	/* Small figures, of a server near by, deserve one more digit. */
	int decimals = f[TOTAL].max < 20 ? 2 : 1;
	double whole = 0, at = 0;
	for (int row = 0; row < PHASES; row++)
		whole += isnan(f[row].p50) ? 0 : f[row].p50;
	table_cell(t, "ms");
	table_cell(t, "min");
	table_cell(t, "p50");
	table_cell(t, "p95");
	table_cell(t, "max");
	table_cell(t, "%s", "");
	for (int row = 0; row < ROWS; row++) {
		if (row == PHASES)
			table_rule(t);
		table_cell(t, "%s", rows[row].name);
		cell(t, f[row].min, decimals);
		cell(t, f[row].p50, decimals);
		cell(t, f[row].p95, decimals);
		cell(t, f[row].max, decimals);
		double took = row < PHASES && !isnan(f[row].p50) && whole > 0 ? f[row].p50 / whole : 0;
		table_cell(t, "%s", card_bar(bar, at, at + took, CELLS, blocks));
		at += took;
	}
	FILE *m = open_memstream(&text, &size);
	bool ok = m != NULL && table_print(t, m);
	if (m != NULL)
		ok = fclose(m) == 0 && ok;
	table_free(t);
	if (!ok) {
		free(text);
		return NULL;
	}
	return text;
}

/* Indented, the bars in colour: a bar is what begins with a block or a '#'. */
static void print_table(char *text, FILE *out, bool colour)
{
	int row = -1; /* the heading comes first */
	for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		/* The rule runs under the figures, not on under the bars. */
		char *last = line[0] == '-' ? strrchr(line, ' ') : NULL;
		if (last != NULL)
			last[-1] = '\0';
		size_t plain = strcspn(line, "#\xe2");
		bool in_colour = colour && row >= 0 && row < PHASES && line[plain] != '\0';
		fprintf(out, "  %.*s", (int)plain, line);
		if (in_colour)
			fprintf(out, "\033[%sm%s\033[0m\n", rows[row].colour, line + plain);
		else
			fprintf(out, "%s\n", line + plain);
		row++;
	}
}

/* ---- the lines above and below -------------------------------------------------------- */

/* "192.0.2.1, 192.0.2.2": what is different among the samples, three at most. */
static void print_each(const struct card *c, FILE *out, const char *before,
                       const char *(*get)(const struct sample *))
{
	const char *seen[3];
	size_t n = 0;
	for (size_t i = 0; i < c->len && n < LAT_COUNT(seen); i++) {
		const char *text = get(&c->samples[i]);
		bool known = text == NULL;
		for (size_t k = 0; k < n; k++)
			known = known || strcmp(seen[k], text) == 0;
		if (known)
			continue;
		fprintf(out, "%s%s", n == 0 ? before : ", ", text);
		seen[n++] = text;
	}
}

static const char *get_addr(const struct sample *s) { return s->addr; }
static const char *get_http(const struct sample *s) { return s->http; }
static const char *get_tls(const struct sample *s) { return s->tls; }
static const char *get_resolver(const struct sample *s) { return s->resolver; }
static const char *get_cache(const struct sample *s) { return s->cache; }

static void print_bytes(FILE *out, int64_t bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB" };
	double n = (double)bytes;
	size_t unit = 0;
	for (; n >= 1024 && unit + 1 < LAT_COUNT(units); unit++)
		n /= 1024;
	fprintf(out, unit == 0 ? "  %.0f %s" : "  %.1f %s", n, units[unit]);
}

/* Who answered, and how. */
static void print_answer(const struct card *c, FILE *out)
{
	const struct sample *last = NULL;
	print_each(c, out, "  ", get_addr);
	print_each(c, out, "  HTTP/", get_http);
	print_each(c, out, "  TLS ", get_tls);
	for (size_t i = 0; i < c->len; i++)
		if (c->samples[i].status != US_NONE)
			last = &c->samples[i];
	if (last != NULL) {
		fprintf(out, "  status %" PRId64, last->status);
		print_bytes(out, last->bytes);
	}
	print_each(c, out, "  cache ", get_cache);
	if (c->cert_not_after >= 0)
		fprintf(out, "  certificate %" PRId64 " days left", (c->cert_not_after - c->now_s) / 86400);
}

/* What stood before and under it: DNS, and the connection in the kernel's eyes. */
static void print_network(const struct card *c, FILE *out)
{
	double rtt = INFINITY;
	int64_t retrans = 0, ttl = US_NONE;
	for (size_t i = 0; i < c->len; i++) {
		const struct sample *s = &c->samples[i];
		if (s->min_rtt_us != US_NONE)
			rtt = fmin(rtt, (double)s->min_rtt_us / 1000);
		if (s->retrans != US_NONE)
			retrans += s->retrans;
		if (ttl == US_NONE)
			ttl = s->ttl;
	}
	print_each(c, out, "  resolver ", get_resolver);
	if (ttl != US_NONE)
		fprintf(out, "  TTL %" PRId64 " s", ttl);
	if (isfinite(rtt))
		fprintf(out, "  round trip %.*f ms (kernel)", rtt < 10 ? 2 : 1, rtt);
	if (retrans > 0)
		fprintf(out, "  %" PRId64 " retransmitted", retrans);
}

static bool print_head(const struct card *c, FILE *out)
{
	void (*const lines[])(const struct card *, FILE *) = { print_answer, print_network };
	fprintf(out, "%s\n", c->url);
	for (size_t i = 0; i < LAT_COUNT(lines); i++) {
		char *text = NULL;
		size_t size;
		FILE *m = open_memstream(&text, &size);
		if (m == NULL)
			return false;
		lines[i](c, m);
		bool ok = fclose(m) == 0;
		if (ok && text[0] != '\0')
			fprintf(out, "%s\n", text);
		free(text);
		if (!ok)
			return false;
	}
	return true;
}

static void print_failures(const struct card *c, size_t failed, FILE *out)
{
	size_t count[NEL_TYPES] = {0}, kinds = 0;
	const char *location = NULL;
	for (size_t i = 0; i < c->len; i++) {
		const struct sample *s = &c->samples[i];
		count[s->error]++;
		if (location == NULL)
			location = s->location;
	}
	fprintf(out, "  %zu of %zu failed:", failed, c->len);
	for (int type = NEL_OK + 1; type < NEL_TYPES; type++)
		if (count[type] > 0)
			fprintf(out, "%s %s (%zu)",
			        kinds++ > 0 ? "," : "", nel_type_name((enum nel_type)type), count[type]);
	if (location != NULL)
		fprintf(out, ", to %s", location);
	else if (c->detail[0] != '\0')
		fprintf(out, ": %s", c->detail);
	fputc('\n', out);
}

bool card_print(const struct card *c, FILE *out, bool colour, bool blocks)
{
	struct figures f[ROWS];
	size_t failed = 0, lagged = 0;
	if (!figures(c, f))
		return false;
	for (size_t i = 0; i < c->len; i++) {
		failed += c->samples[i].error != NEL_OK;
		lagged += c->samples[i].lagged;
	}
	if (!print_head(c, out))
		return false;
	if (failed < c->len) {
		char *text = make_table(f, blocks);
		if (text == NULL)
			return false;
		fputc('\n', out);
		print_table(text, out, colour);
		free(text);
		if (failed > 0 || lagged > 0)
			fputc('\n', out);
	}
	if (failed > 0)
		print_failures(c, failed, out);
	if (lagged > 0)
		fprintf(out, "  %zu of %zu taken while this machine was busy or stood still: not to be trusted\n", lagged, c->len);
	return fflush(out) == 0 && !ferror(out);
}
