/* Tokens: their hashes, and the counter that says that they changed. */
#include <string.h>

#include "schema/registry_db.h"

int registry_tokens_load(struct registry *r, registry_tokens *out, struct err *err)
{
	sqlite3_stmt *st = r->db->stmt[Q_TOKEN_ALL];
	bool row;
	int status;

	while ((status = store_db_step(r->db, st, &row, err)) == 0 && row) {
		const char *probe = store_db_text(st, 0);
		const void *hash = sqlite3_column_blob(st, 2);
		struct registry_token *t = vec_add(out);
		if (t == NULL || probe == NULL || hash == NULL) {
			status = err_nomem(err);
			break;
		}
		if (strlen(probe) >= sizeof t->probe || sqlite3_column_bytes(st, 2) != REGISTRY_TOKEN_HASH) {
			status = err_set(err, LAT_DATAERR, "%s: is damaged: the token of probe %.80s",
			                 r->db->path, probe);
			break;
		}
		memcpy(t->probe, probe, strlen(probe) + 1);
		t->probe_id = sqlite3_column_int64(st, 1);
		memcpy(t->hash, hash, sizeof t->hash);
	}
	store_db_reset(st);
	return status;
}

int registry_token_version(struct registry *r, int64_t *version, struct err *err)
{
	sqlite3_stmt *st = r->db->stmt[Q_TOKEN_VERSION];
	bool row = false;
	int status = store_db_step(r->db, st, &row, err);

	*version = row ? sqlite3_column_int64(st, 0) : 0;
	store_db_reset(st);
	return status;
}
