/* Memory for libraries that don't survive without.
 *     GMP (the sums below GnuTLS): where malloc gives nothing it says so and aborts (its manual, "Custom
 *     Allocation"), and so it does with the functions that GnuTLS's constructor sets.
 *     libtasn1 4.19 (every certificate, key and ECDSA signature) ends by SIGSEGV in most of its calls:
 *     asn1_create_element, asn1_der_coding, asn1_write_value.
 *     libconfuse 3.3 (configuration and plan, also of a reload) calls exit() in its scanner, or fails an assertion.
 * The first two are in every TLS handshake, so no process beside this one could take the risk from it. All get what
 * malloc has, and where it has none, a piece of a reserve that is set aside from the start: the caller then fails at
 * an allocation of its own, and says so. GMP is told by its own call; the others have none, so the addresses in
 * their tables of imports are changed (where that can't be, they do as they did). None of them hands out what its
 * caller frees, or frees what it was given, in the calls that are made here.
 *
 * How large: counted with GnuTLS 3.7.9, the most that one operation holds at once where malloc gives these
 * libraries nothing at all, in KB.
 *     a handshake with the collector's own key, P-256    in X25519 1.6, P-256 2.4, P-521 5.4, ffdhe4096 36
 *     ... with an operator's key, RSA-4096, -8192        21, 57
 *     certificate and key read and renewed (SIGHUP)      50; RSA-4096, -8192: 59, 89
 *     a CA and a leaf made; the next CA                  57, 109
 *     a configuration in libconfuse; a plan there        23; 4 for each target
 * A thread is in one operation at a time, and nine may be: eight of HTTP in handshakes, and the main thread. For the
 * first two libraries that is 397 KB at the worst, with RSA-8192 545 KB, of a reserve of 4 MB, which isn't touched
 * before it is needed. (The text of a plan has been read before libconfuse is asked, and its 2 MB for 500 targets
 * are taken only if memory ends in between.) Two large groups of finite fields are not offered (http.c): a
 * stranger would choose one for which GMP holds 138 KB.
 *
 * What stays in use for longer is a key's numbers, some 200 bytes, of a handshake that succeeds although malloc
 * fails. Only when the reserve is used up as well, GMP's function says so and aborts, as it did at the
 * first failure before; the others' give NULL, and what they did then they do.
 *
 * What is given back to GMP's is wiped, the whole block: it may have been a key, and nettle 3.8 gives the size in
 * limbs instead of bytes where it signs by RSA. So is every piece of the reserve. All functions but
 * reserve_init() may be called from any thread. */
#ifndef LATLAS_COLLECTOR_RESERVE_H
#define LATLAS_COLLECTOR_RESERVE_H

#include <stdbool.h>
#include <stddef.h>

#define RESERVE_BYTES ((size_t)4 << 20)
#define RESERVE_GRAIN 64 /* it is given out in these, aligned to them */

/* Those libraries' memory is from here, from now on. Before the first thread, and once. (GnuTLS sets GMP's
 * functions in its constructor, and takes them back in its destructor.) false: not all of it. */
bool reserve_init(void);

/* GMP's three. Sizes in bytes; of a block that changes its size the smaller of both is kept. Never NULL. */
void *reserve_gmp_get(size_t size);
void *reserve_gmp_again(void *old, size_t was, size_t size);
void reserve_gmp_put(void *p, size_t size);

/* For the others: as malloc(3) and strdup(3) have them. */
void *reserve_malloc(size_t size);
void *reserve_calloc(size_t n, size_t size);
void *reserve_realloc(void *old, size_t size);
void *reserve_reallocarray(void *old, size_t n, size_t size);
char *reserve_strdup(const char *text);
char *reserve_strndup(const char *text, size_t max);
void reserve_free(void *p);

struct reserve_use { size_t now, most; }; /* bytes that are in use, and were at once, in whole grains */
struct reserve_use reserve_used(void);

/* For tests: in malloc's place. NULL: malloc. */
void reserve_source(void *(*source)(size_t size));

/* reserve_lend.c: these into the libraries' tables of imports, and, into that of GnuTLS 3.7.9, a look at what
 * gnutls_x509_dn_init() passes on where it has no memory. false: one isn't there, or can't be changed. */
bool reserve_lend(void);

#endif
