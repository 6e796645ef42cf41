#include "report/outputs.h"

#include <string.h>

#include "report/csv.h"
#include "report/html.h"
#include "report/markdown.h"
#include "report/plot.h"
#include "report/report_json.h"

#define MODE 0644

typedef int write_fn(const struct view *v, struct buf *out, struct err *err);

static const struct writer {
	enum output_format format;
	const char *name; /* in --format */
	const char *file;
	write_fn *write;
} writers[] = {
	{ OUTPUT_HTML, "html", "report.html", html_write },
	{ OUTPUT_MARKDOWN, "md", "report.md", markdown_write },
	{ OUTPUT_CSV, "csv", "report.csv", csv_write },
	{ OUTPUT_JSON, "json", "report.json", report_json_write },
	{ OUTPUT_SVG, "svg", NULL, NULL },
};

int outputs_parse(const char *list, unsigned *formats, struct err *err)
{
	*formats = 0;
	for (const char *at = list;; at++) {
		size_t len = strcspn(at, ","), i = 0;
		while (i < LAT_COUNT(writers) &&
		       (strlen(writers[i].name) != len || strncmp(writers[i].name, at, len) != 0))
			i++;
		if (i == LAT_COUNT(writers))
			return err_set(err, LAT_USAGE, "--format: '%.*s' is none of html, md, csv, json, svg",
			               (int)(len < 40 ? len : 40), at);
		*formats |= writers[i].format;
		at += len;
		if (*at == '\0')
			return 0;
	}
}

struct job {
	const char *dir;
	const struct file_ops *ops;
	FILE *tell;
	size_t told;
};

static int put(struct job *job, const char *name, const char *extension, const struct buf *data,
               struct err *err)
{
	struct buf path = {0};
	buf_addf(&path, "%s/%s%s", job->dir, name, extension);
	int rc = path.failed
	             ? err_nomem(err)
	             : file_write_atomic(buf_str(&path), buf_str(data), data->len, MODE, job->ops, err);
	buf_free(&path);
	if (rc == 0 && job->tell != NULL) {
		if (job->told++ == 0)
			fprintf(job->tell, "\nWritten to %s:", job->dir);
		fprintf(job->tell, " %s%s", name, extension);
	}
	return rc;
}

static int put_charts(struct job *job, const struct charts *charts, struct err *err)
{
	int rc = 0;
	for (int c = 0; c < CHARTS && rc == 0; c++)
		if (charts->svg[c].len > 0)
			rc = put(job, plot_name((enum chart)c), ".svg", &charts->svg[c], err);
	return rc;
}

static int put_documents(struct job *job, const struct view *v, unsigned formats, struct err *err)
{
	struct buf data = {0};
	int rc = 0;
	for (size_t i = 0; i < LAT_COUNT(writers) && rc == 0; i++) {
		if ((formats & writers[i].format) == 0 || writers[i].write == NULL)
			continue;
		buf_clear(&data);
		rc = writers[i].write(v, &data, err);
		if (rc == 0)
			rc = put(job, writers[i].file, "", &data, err);
	}
	buf_free(&data);
	return rc;
}

int outputs_write(const struct view *v, const char *dir, unsigned formats, const struct file_ops *ops,
                  FILE *tell, struct err *err)
{
	struct job job = { .dir = dir, .ops = ops, .tell = tell };
	struct charts charts = {0};
	struct view with = *v;
	struct err undrawn = {0};
	int rc = file_mkdirs(dir, 0755, err), drawn = 0;
	if (rc == 0 && (formats & (OUTPUT_HTML | OUTPUT_SVG)) != 0) {
		/* A chart that is missing doesn't keep the numbers back. */
		drawn = plot_draw(v, &charts, &undrawn);
		with.charts = &charts;
		with.chart_files = (formats & OUTPUT_SVG) != 0;
	}
	if (rc == 0 && with.chart_files)
		rc = put_charts(&job, &charts, err);
	if (rc == 0)
		rc = put_documents(&job, &with, formats, err);
	if (tell != NULL && job.told > 0)
		fputc('\n', tell);
	charts_free(&charts);
	if (rc == 0 && drawn != 0)
		rc = err_set(err, drawn, "%s", undrawn.text);
	return rc;
}
