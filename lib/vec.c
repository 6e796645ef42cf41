#include "lib/vec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* `at` points to a pointer of another type: it is read and written as bytes, which
 * the rules of aliasing allow. */
bool vec_grow(void **at, size_t *cap, size_t len, size_t size)
{
	char *data;
	memcpy(&data, at, sizeof data);
	if (len >= *cap) {
		size_t more = *cap < 8 ? 8 : *cap + *cap / 2;
		if (more > PTRDIFF_MAX / size)
			return false;
		data = realloc(data, more * size);
		if (data == NULL)
			return false;
		memcpy(at, &data, sizeof data);
		*cap = more;
	}
	memset(data + len * size, 0, size);
	return true;
}

void vec_release(void **at, size_t *len, size_t *cap)
{
	void *data;
	memcpy(&data, at, sizeof data);
	free(data);
	data = NULL;
	memcpy(at, &data, sizeof data);
	*len = 0;
	*cap = 0;
}
