#include "report/flags.h"

#include <inttypes.h>
#include <string.h>

#include "lib/num.h"
#include "schema/plan.h"

void flags_init(struct flags *f)
{
	*f = (struct flags){ .db = FLAGS_DB, .since = FLAGS_SINCE, .seed = 1 };
}

static int take_block(struct flags *f, const char *value, struct err *err)
{
	if (duration_parse(value, &f->block_us, err) != 0)
		return err_prefix(err, "--block");
	if (f->block_us < US_PER_S || f->block_us > FLAGS_MAX_BLOCK_US)
		return err_set(err, LAT_USAGE, "--block: '%s' is not between 1s and 31d", value);
	return 0;
}

static int take_metric(struct flags *f, const char *value, struct err *err)
{
	int m = measure_of(value);
	if (m != M_TOTAL && m != M_TTFB && m != M_MIN_RTT)
		return err_set(err, LAT_USAGE, "--metric: '%.80s' is none of total, ttfb, min_rtt", value);
	f->metric = (enum measure)m;
	f->metric_given = true;
	return 0;
}

int flags_take(struct flags *f, int option, const char *value, struct err *err)
{
	int64_t n;
	switch (option) {
	case F_DB: f->db = value; return 0;
	case F_SINCE: f->since = value; return 0;
	case F_UNTIL: f->until = value; return 0;
	case F_BLOCK: return take_block(f, value, err);
	case F_SEED:
		if (num_parse_i64(value, "--seed", 0, INT64_MAX, &n, err) != 0)
			return LAT_USAGE;
		f->seed = (uint64_t)n;
		return 0;
	case F_METRIC: return take_metric(f, value, err);
	case F_LIMIT:
		return num_parse_double(value, "--limit-ms", PLAN_MIN_LIMIT_MS, PLAN_MAX_LIMIT_MS, &f->limit_ms,
		                        err) == 0 ? 0 : LAT_USAGE;
	case F_GENERALISE: f->generalise = true; return 0;
	case 'v': f->verbose++; return 0;
	case F_HELP: f->help = true; return 0;
	case F_VERSION: f->version = true; return 0;
	default: return -1;
	}
}

bool flags_answer(const struct flags *f, const char *program, void (*help)(FILE *), int *status)
{
	if (!f->help && !f->version)
		return false;
	if (f->help)
		help(stdout);
	else
		printf("%s %s\n", program, LATLAS_VERSION);
	*status = fflush(stdout) == 0 ? LAT_OK : LAT_IOERR;
	return true;
}

void flags_log(const struct flags *f, struct log *log)
{
	log->level = (enum log_level)(LOG_LEVEL_WARN + (f->verbose > 2 ? 2 : f->verbose));
}

int flags_window(const struct flags *f, const struct store_totals *totals, struct wall now, int64_t *since_us,
                 int64_t *until_us, struct err *err)
{
	struct wall until = now, since;
	int64_t back;
	if (f->until != NULL && wall_parse(f->until, now, &until, err) != 0)
		return err_prefix(err, "--until");
	if (strcmp(f->since, "all") == 0) {
		if (totals->first_us == US_NONE)
			return err_set(err, LAT_NOINPUT, "%s: holds no samples yet", f->db);
		since.us = totals->first_us;
	} else if (duration_parse(f->since, &back, NULL) == 0) {
		since.us = until.us - back;
	} else if (wall_parse(f->since, now, &since, err) != 0) {
		return err_prefix(err, "--since");
	}
	if (since.us >= until.us)
		return err_set(err, LAT_USAGE, "--since: '%s' is not before --until %s", f->since,
		               f->until != NULL ? f->until : "(now)");
	*since_us = since.us;
	*until_us = until.us;
	return 0;
}
