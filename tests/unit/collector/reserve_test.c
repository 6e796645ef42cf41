/* Memory for libraries where malloc has none. The reserve is 4 MB in grains of 64 bytes. */
#include "collector/reserve.h"

#include <confuse.h>
#include <gmp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collector/pki_renew.h"
#include "tests/check.h"

#define NOW ((struct wall){(int64_t)1795372800 * US_PER_S})

static void *none(size_t size)
{
	(void)size;
	return NULL;
}

/* Still 0 where a block of it was. */
static bool wiped(const unsigned char *p, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (p[i] != 0)
			return false;
	return true;
}

static void test_pieces(void)
{
	CHECK_CASE("malloc's while it has any");
	unsigned char *a = reserve_gmp_get(100);
	CHECK_INT(reserve_used().now, 0);
	reserve_gmp_put(a, 100);

	CHECK_CASE("then pieces of the reserve, one behind the other, in whole grains");
	reserve_source(none);
	a = reserve_gmp_get(1);
	unsigned char *b = reserve_gmp_get(65), *c = reserve_gmp_get(64);
	CHECK_INT(b - a, 64);
	CHECK_INT(c - b, 128);
	CHECK_INT((uintptr_t)a % 64, 0);
	CHECK_INT(reserve_used().now, 256);

	CHECK_CASE("what is given back is wiped, whatever its size is said to be, and is used again");
	memset(b, 7, 128);
	reserve_gmp_put(b, 8);
	CHECK(wiped(b, 128));
	CHECK_INT(reserve_used().now, 128);
	CHECK(reserve_gmp_get(129) == c + 64); /* the gap has 128 */
	CHECK(reserve_gmp_get(128) == b);

	CHECK_CASE("a block that changes its size keeps what it holds, and leaves nothing behind");
	memset(a, 5, 64);
	unsigned char *d = reserve_gmp_again(a, 64, 200);
	CHECK(d != a && d[0] == 5 && d[63] == 5 && wiped(a, 64));
	reserve_source(NULL);
	d = reserve_gmp_again(d, 200, 10); /* to malloc's */
	CHECK(d[9] == 5);
	reserve_source(none);
	d = reserve_gmp_again(d, 10, 20); /* and back: to the grain that `a` had */
	CHECK(d == a && d[9] == 5);
	reserve_gmp_put(d, 20);
	reserve_gmp_put(b, 128);
	reserve_gmp_put(c, 64);
	reserve_gmp_put(c + 64, 129);
	CHECK_INT(reserve_used().now, 0);

	CHECK_CASE("as malloc has it: all of it, then NULL");
	CHECK(reserve_malloc(RESERVE_BYTES + 1) == NULL);
	a = reserve_malloc(RESERVE_BYTES);
	CHECK(a != NULL && reserve_malloc(1) == NULL && reserve_calloc(1, 1) == NULL && reserve_strdup("") == NULL);
	CHECK(reserve_realloc(a, 1) == NULL);
	reserve_free(a);
	a = reserve_realloc(NULL, 3);
	memcpy(a, "ab", 3);
	a = reserve_realloc(a, 1000);
	CHECK_STR((char *)a, "ab");
	b = reserve_calloc(3, 5);
	CHECK(b != NULL && wiped(b, 15));
	CHECK(reserve_calloc(SIZE_MAX / 2, 3) == NULL);
	c = (unsigned char *)reserve_strdup("text");
	CHECK_STR((char *)c, "text");
	char *e = reserve_strndup("text", 2);
	CHECK_STR(e, "te");
	e = reserve_reallocarray(e, 100, 3);
	CHECK_STR(e, "te");
	CHECK(reserve_reallocarray(e, SIZE_MAX / 2, 3) == NULL);
	reserve_free(a);
	reserve_free(b);
	reserve_free(c);
	reserve_free(e);
	reserve_free(NULL);
	CHECK_INT(reserve_used().now, 0);
	reserve_source(NULL);
}

/* Blocks of its own, in which nobody else writes. */
static void *worker(void *arg)
{
	unsigned char mark = *(unsigned char *)arg, *held[20] = {0};
	size_t size[20] = {0};
	bool well = true;
	for (unsigned i = 0; i < 20000; i++) {
		unsigned k = (i * 7 + mark) % 20;
		for (size_t n = 0; n < size[k]; n++)
			well = well && held[k][n] == mark;
		reserve_free(held[k]);
		size[k] = 1 + (i * 31 + mark) % 500;
		held[k] = reserve_malloc(size[k]);
		well = well && held[k] != NULL;
		if (!well)
			break;
		memset(held[k], mark, size[k]);
	}
	for (unsigned k = 0; k < 20; k++)
		reserve_free(held[k]);
	return well ? arg : NULL;
}

static void test_threads(void)
{
	pthread_t thread[4];
	unsigned char mark[4] = {1, 2, 3, 4};
	void *well;
	CHECK_CASE("four threads at once");
	reserve_source(none);
	for (int i = 0; i < 4; i++)
		CHECK_INT(pthread_create(&thread[i], NULL, worker, &mark[i]), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(thread[i], &well);
		CHECK(well != NULL);
	}
	CHECK_INT(reserve_used().now, 0);
	reserve_source(NULL);
}

static void test_libraries(void)
{
	struct err err = {0};
	struct pki pki = {0};
	struct pki_new_ca next = {0};
	CHECK_CASE("GMP and libtasn1 live on the reserve alone, well within it");
	CHECK(reserve_init());
	reserve_source(none);
	size_t before = reserve_used().now;
	CHECK_INT(pki_make(&pki, "collector.example.net", NOW, &err), 0);
	CHECK(reserve_used().most > 20000); /* both did: without libtasn1 it is 3 KB */
	CHECK_INT(pki_renew_ca(&pki.leaf_cert, &pki.leaf_key, &pki.ca_cert, &pki.ca_key, NOW, &next, &err), 0);
	pki_new_ca_free(&next);
	pki_free(&pki);
	CHECK_INT(reserve_used().now, before);
	reserve_source(NULL);

	CHECK_CASE("2^1000 by GMP, from malloc to the reserve and back");
	mpz_t x;
	mpz_init_set_ui(x, 1);
	reserve_source(none);
	mpz_mul_2exp(x, x, 1000);
	CHECK_INT(reserve_used().now, before + 192); /* 1001 bits are 16 limbs, and GMP takes one more: 136 bytes */
	reserve_source(NULL);
	mpz_mul_2exp(x, x, 1000);
	CHECK_INT(reserve_used().now, before);
	CHECK_INT(mpz_sizeinbase(x, 2), 2001);
	mpz_clear(x);
}

/* A configuration, as libconfuse reads it. */
static void test_confuse(void)
{
	int64_t value;
	cfg_opt_t sub[] = {CFG_STR("name", NULL, CFGF_NONE), CFG_INT("number", 0, CFGF_NONE), CFG_END()};
	cfg_opt_t top[] = {CFG_SEC("node", sub, CFGF_MULTI | CFGF_TITLE), CFG_STR_LIST("names", "{}", CFGF_NONE), CFG_END()};
	CHECK_CASE("libconfuse lives on the reserve alone");
	size_t before = reserve_used().now;
	reserve_source(none);
	cfg_t *cfg = cfg_init(top, CFGF_NONE);
	CHECK_INT(cfg_parse_buf(cfg, "node a { name = \"x y\" number = 7 }\nnode b { }\nnames = { p, q }\n"), CFG_SUCCESS);
	value = cfg_getint(cfg_getnsec(cfg, "node", 0), "number");
	CHECK_INT(value, 7);
	CHECK_STR(cfg_getstr(cfg_getnsec(cfg, "node", 0), "name"), "x y");
	CHECK_STR(cfg_getnstr(cfg, "names", 1), "q");
	CHECK(reserve_used().now > before);
	cfg_free(cfg);
	reserve_source(NULL);
}

static void test_end(void)
{
	int out[2], status = 0;
	char said[200] = "";
	CHECK_CASE("the reserve used up as well: it says so and aborts, and the operation isn't done");
	CHECK_INT(pipe(out), 0);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		struct rlimit no_core = {0, 0};
		setrlimit(RLIMIT_CORE, &no_core);
		dup2(out[1], 2);
		signal(SIGABRT, SIG_DFL);
		reserve_source(none);
		for (;;)
			reserve_gmp_get(60000);
	}
	close(out[1]);
	CHECK(read(out[0], said, sizeof said - 1) > 0);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	CHECK_STR(said, "out of memory, and of the reserve of 4194304 bytes: GMP wants 60000\n");
	close(out[0]);
}

int main(void)
{
	test_pieces();
	test_threads();
	test_libraries();
	test_confuse();
	test_end();
	return check_done();
}
