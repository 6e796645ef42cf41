/* Libraries' imports. A shared object calls another's functions by addresses in a table of its own, which the loader
 * fills in by its relocations (the System V ABI, "Dynamic Linking"); those of malloc and its like are filled in anew
 * here. Of the program's other parts nothing changes. */
#include <dlfcn.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collector/reserve.h"
#include "lib/attr.h"

struct table {
	const char *library; /* in its path */
	bool found;
	ElfW(Addr) base, relro_end; /* below relro_end (a page's begin) it is to be read only again */
	const ElfW(Sym) *symbols;
	const char *names;
	struct { const ElfW(Rela) *at; size_t bytes; } lists[2]; /* for functions called, for addresses taken */
};

/* glibc puts addresses in place of offsets on most machines. */
static const void *address(const struct table *t, ElfW(Addr) a)
{
	return (const void *)(a < t->base ? t->base + a : a);
}

static void read_dynamic(struct table *t, const ElfW(Dyn) *d)
{
	bool rela = true;
	for (; d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_SYMTAB)
			t->symbols = address(t, d->d_un.d_ptr);
		else if (d->d_tag == DT_STRTAB)
			t->names = address(t, d->d_un.d_ptr);
		else if (d->d_tag == DT_JMPREL)
			t->lists[0].at = address(t, d->d_un.d_ptr);
		else if (d->d_tag == DT_PLTRELSZ)
			t->lists[0].bytes = d->d_un.d_val;
		else if (d->d_tag == DT_RELA)
			t->lists[1].at = address(t, d->d_un.d_ptr);
		else if (d->d_tag == DT_RELASZ)
			t->lists[1].bytes = d->d_un.d_val;
		else if (d->d_tag == DT_PLTREL)
			rela = d->d_un.d_val == DT_RELA;
	}
	t->found = rela && t->symbols != NULL && t->names != NULL;
}

static int look(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct table *t = arg;
	ElfW(Addr) page = (ElfW(Addr))sysconf(_SC_PAGESIZE);
	(void)size;
	if (info->dlpi_name == NULL || strstr(info->dlpi_name, t->library) == NULL)
		return 0;
	t->base = info->dlpi_addr;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		if (p->p_type == PT_GNU_RELRO)
			t->relro_end = (t->base + p->p_vaddr + p->p_memsz) / page * page;
		if (p->p_type == PT_DYNAMIC)
			read_dynamic(t, (const ElfW(Dyn) *)(t->base + p->p_vaddr));
	}
	return 1;
}

static bool fill_in(const struct table *t, ElfW(Addr) slot, ElfW(Addr) value)
{
	ElfW(Addr) size = (ElfW(Addr))sysconf(_SC_PAGESIZE), page = slot / size * size;
	if (mprotect((void *)page, size, PROT_READ | PROT_WRITE) != 0)
		return false;
	memcpy((void *)slot, &value, sizeof value);
	if (page < t->relro_end)
		mprotect((void *)page, size, PROT_READ);
	return true;
}

/* false: some import of that name couldn't be changed, or (if there must be one) there is none. */
static bool lend(const struct table *t, const char *name, ElfW(Addr) value, bool must)
{
	bool found = false;
	for (size_t l = 0; l < LAT_COUNT(t->lists); l++)
		for (size_t i = 0; t->lists[l].at != NULL && i < t->lists[l].bytes / sizeof *t->lists[l].at; i++) {
			const ElfW(Rela) *r = &t->lists[l].at[i];
			size_t symbol = sizeof r->r_info == 8 ? ELF64_R_SYM((uint64_t)r->r_info) : ELF32_R_SYM(r->r_info);
			if (symbol == 0 || strcmp(t->names + t->symbols[symbol].st_name, name) != 0)
				continue;
			if (!fill_in(t, t->base + r->r_offset, value))
				return false;
			found = true;
		}
	return found || !must;
}

static bool lend_memory(const char *library)
{
	struct table t = {.library = library};
	dl_iterate_phdr(look, &t);
	/* What takes back comes first: without it nothing is lent. */
	return t.found && lend(&t, "free", (ElfW(Addr))reserve_free, true) &&
	       lend(&t, "realloc", (ElfW(Addr))reserve_realloc, false) &&
	       lend(&t, "reallocarray", (ElfW(Addr))reserve_reallocarray, false) &&
	       lend(&t, "malloc", (ElfW(Addr))reserve_malloc, true) &&
	       lend(&t, "calloc", (ElfW(Addr))reserve_calloc, false) &&
	       lend(&t, "strdup", (ElfW(Addr))reserve_strdup, false) &&
	       lend(&t, "strndup", (ElfW(Addr))reserve_strndup, false);
}

static int (*create_element)(const void *definitions, const char *name, void **element);

/* gnutls_x509_dn_init() doesn't look whether it has a structure before it gives the address of its member. */
static int checked_create_element(const void *definitions, const char *name, void **element)
{
	const int mem_alloc_error = 12; /* ASN1_MEM_ALLOC_ERROR */
	return (uintptr_t)element < 4096 ? mem_alloc_error : create_element(definitions, name, element);
}

static bool check_gnutls(void)
{
	struct table t = {.library = "/libgnutls.so."};
	void *own = dlsym(RTLD_DEFAULT, "asn1_create_element");
	memcpy(&create_element, &own, sizeof create_element); /* ISO C has no conversion */
	dl_iterate_phdr(look, &t);
	return own != NULL && t.found && lend(&t, "asn1_create_element", (ElfW(Addr))checked_create_element, true);
}

bool reserve_lend(void)
{
	bool tasn1 = lend_memory("/libtasn1.so."), confuse = lend_memory("/libconfuse.so."), gnutls = check_gnutls();
	return tasn1 && confuse && gnutls;
}
