/* When which plan was published. */
#include "schema/registry_db.h"

int registry_plans(struct registry *r, struct arena *arena, plan_rows *out, struct err *err)
{
	sqlite3_stmt *st = r->db->stmt[Q_PLAN_LIST];
	bool row = false;
	int status;

	while ((status = store_db_step(r->db, st, &row, err)) == 0 && row) {
		struct plan_row *p = vec_add(out);
		const char *rev = store_db_text(st, 0);
		if (p == NULL || rev == NULL || (p->rev = arena_str(arena, rev)) == NULL) {
			status = err_nomem(err);
			break;
		}
		p->published_us = sqlite3_column_int64(st, 1);
	}
	store_db_reset(st);
	return status;
}
