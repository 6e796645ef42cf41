#include "lib/vec.h"

#include <stdint.h>

#include "tests/check.h"

struct thing { int id; char name[12]; };

int main(void)
{
	VEC(struct thing) v = { 0 };

	CHECK_CASE("elements are new, zeroed and keep their values");
	for (int i = 0; i < 1000; i++) {
		struct thing *t = vec_add(&v);
		CHECK(t != NULL && t->id == 0 && t->name[0] == '\0');
		t->id = i;
		t->name[0] = 'x';
	}
	CHECK_INT(v.len, 1000);
	for (int i = 0; i < 1000; i++)
		CHECK_INT(v.at[i].id, i);

	CHECK_CASE("after clear elements are zeroed again");
	vec_clear(&v);
	CHECK_INT(v.len, 0);
	CHECK_INT(vec_add(&v)->id, 0);

	CHECK_CASE("free leaves it empty and usable");
	vec_free(&v);
	CHECK(v.at == NULL && v.len == 0 && v.cap == 0);
	CHECK(vec_add(&v) != NULL);
	vec_free(&v);

	CHECK_CASE("a size that cannot be is refused");
	void *at = NULL;
	size_t cap = SIZE_MAX / 32;
	CHECK(!vec_grow(&at, &cap, cap, 64));
	CHECK(at == NULL);
	return check_done();
}
