#include "collector/fold_all.h"

/* Each is many transactions (store_fold's own bound), so a push waits for none of them; but after each
 * what is left is counted. */
#define STEP 4096

int fold_all(struct store *store, struct progress *progress, struct err *err)
{
	size_t left = 1;
	int rc = 0;

	while (rc == 0 && left > 0) {
		rc = store_fold(store, STEP, &left, err);
		if (rc == 0)
			progress_show(progress, "folding: %zu batches left", left);
	}
	return rc;
}
