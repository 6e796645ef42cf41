# latlas: build, test, demo. `make help` lists the targets.
#
# Everything that is made lies in $(B): build/ or, with SANITIZE=1, build/sanitize/.
# A source file is found by its folder; nothing needs to be listed here.

VERSION := 0.1.0
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= cc
CLANG   ?= clang
DB      ?= results/latlas.db
OUT     ?= results
# The demo's window is minutes, so its blocks are seconds; a real database has the default's.
BLOCK   ?= $(if $(filter results/latlas.db,$(DB)),10s)

CSTD     := -std=c17
WARN     := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
# What the c-ares of Debian 13 calls deprecated is all that Debian 12's has.
CPPFLAGS += -D_GNU_SOURCE -I. -I$(B) -DLATLAS_VERSION='"$(VERSION)"' -DCARES_NO_DEPRECATED
CFLAGS   ?= -O2 -g
HARDEN   := -fstack-protector-strong -fPIE
LDFLAGS  += -pie -Wl,--as-needed -Wl,-z,relro,-z,now

ifeq ($(SANITIZE),1)
B      := build/sanitize
CFLAGS := -O1 -g -fno-omit-frame-pointer
HARDEN := -fPIE -fsanitize=address,undefined -fno-sanitize-recover=all
LDFLAGS += -fsanitize=address,undefined
else
B      ?= build
HARDEN += -D_FORTIFY_SOURCE=2
endif

ALLCFLAGS = $(CSTD) $(WARN) $(CPPFLAGS) $(HARDEN) $(CFLAGS)

# ---- what is built from what -------------------------------------------------
PROGRAMS := latlas-probe latlas-collector latlas-report latlas-gate
BIN      := $(PROGRAMS:%=$(B)/%)

STORE_SRC     := $(wildcard schema/store*.c schema/registry*.c)
WIRE_SRC      := $(filter-out $(STORE_SRC),$(wildcard schema/*.c))
PROBE_SRC     := $(filter-out probe/main.c,$(wildcard probe/*.c))
COLLECTOR_SRC := $(filter-out collector/main.c,$(wildcard collector/*.c))
REPORT_SRC    := $(filter-out report/report_main.c report/gate_main.c,$(wildcard report/*.c))

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
LIB_A       := $(B)/liblatlas.a
WIRE_A      := $(B)/libwire.a
STORE_A     := $(B)/libstore.a
PROBE_A     := $(B)/libprobe.a
COLLECTOR_A := $(B)/libcollector.a
REPORT_A    := $(B)/libreport.a

# Debian's libraries, by who may link to them (`make check` proves it on the binaries).
LIB_LIBS       := -lm
WIRE_LIBS      := -lyajl -lconfuse $(LIB_LIBS)
STORE_LIBS     := -lsqlite3 $(WIRE_LIBS)
PROBE_LIBS     := -lcurl -lcares -lssl -lcrypto -lz $(WIRE_LIBS)
COLLECTOR_LIBS := -lmicrohttpd -lgnutls -lgmp -lmaxminddb -lz -lpthread $(STORE_LIBS)
REPORT_LIBS    := $(STORE_LIBS)

.PHONY: all help clean deps deps-build deps-run deps-planet deps-test deps-bench demo planet report gate unit \
        fuzzers fuzzers-here test soak bench check install install-probe install-collector example
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

all: $(BIN) ## build the programs into build/

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(ALLCFLAGS) -MMD -MP -c $< -o $@

$(LIB_A):       $(call obj,$(wildcard lib/*.c))
$(WIRE_A):      $(call obj,$(WIRE_SRC))
$(STORE_A):     $(call obj,$(STORE_SRC))
$(PROBE_A):     $(call obj,$(PROBE_SRC))
$(COLLECTOR_A): $(call obj,$(COLLECTOR_SRC))
$(REPORT_A):    $(call obj,$(REPORT_SRC))
%.a:
	@mkdir -p $(@D)
	@rm -f $@
	@$(AR) rcs $@ $^

$(B)/latlas-probe: $(call obj,probe/main.c) $(PROBE_A) $(WIRE_A) $(LIB_A)
	@echo "  LD    $@"
	@$(CC) $(ALLCFLAGS) $(LDFLAGS) $^ $(PROBE_LIBS) -o $@
$(B)/latlas-collector: $(call obj,collector/main.c) $(COLLECTOR_A) $(STORE_A) $(WIRE_A) $(LIB_A)
	@echo "  LD    $@"
	@$(CC) $(ALLCFLAGS) $(LDFLAGS) $^ $(COLLECTOR_LIBS) -o $@
$(B)/latlas-report: $(call obj,report/report_main.c) $(REPORT_A) $(STORE_A) $(WIRE_A) $(LIB_A)
	@echo "  LD    $@"
	@$(CC) $(ALLCFLAGS) $(LDFLAGS) $^ $(REPORT_LIBS) -o $@
$(B)/latlas-gate: $(call obj,report/gate_main.c) $(REPORT_A) $(STORE_A) $(WIRE_A) $(LIB_A)
	@echo "  LD    $@"
	@$(CC) $(ALLCFLAGS) $(LDFLAGS) $^ $(REPORT_LIBS) -o $@

# Text that is compiled in: SQL, style sheets, coastlines. X.sql becomes "X.sql.inc",
# a C string literal.
$(B)/%.inc: %
	@mkdir -p $(@D)
	@tools/embed $< > $@
EMBEDDED := $(patsubst %,$(B)/%.inc,$(wildcard schema/*.sql report/*.css report/*.gp report/*.txt))
EMBEDDED_TEST := $(patsubst %,$(B)/%.inc,$(wildcard tests/unit/*/*.sql))
$(call obj,$(STORE_SRC) $(REPORT_SRC)): | $(EMBEDDED)
$(B)/obj/tests/unit/schema/store_migrate_test.o: | $(EMBEDDED_TEST)

# ---- tests ---------------------------------------------------------------------
# There are many programs, each linked for itself, which gold does in half the time.
TEST_LD := $(if $(filter 1,$(SANITIZE)),,$(if $(shell command -v ld.gold),-fuse-ld=gold))
$(B)/tests/%: LDFLAGS += $(TEST_LD)
# tests/unit/FOLDER/X_test.c sees what FOLDER's own code may see. A test's own code is compiled in a
# fifth of the time where nothing is optimised, and there is much of it.
$(B)/obj/tests/unit/%.o: CFLAGS := -O0 -g1
$(B)/obj/tests/unit/%.o: HARDEN += -U_FORTIFY_SOURCE
UNIT_SRC := $(wildcard tests/unit/*/*_test.c)
UNIT     := $(UNIT_SRC:tests/unit/%.c=$(B)/tests/%)
$(B)/tests/lib/%: $(B)/obj/tests/unit/lib/%.o $(LIB_A)
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(CC) $(ALLCFLAGS) $(LDFLAGS) $^ $(LIB_LIBS) -o $@
$(B)/tests/schema/%: $(B)/obj/tests/unit/schema/%.o $(STORE_A) $(WIRE_A) $(LIB_A)
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(CC) $(ALLCFLAGS) $(LDFLAGS) $^ $(STORE_LIBS) -o $@
$(B)/tests/probe/%: $(B)/obj/tests/unit/probe/%.o $(PROBE_A) $(WIRE_A) $(LIB_A)
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(CC) $(ALLCFLAGS) $(LDFLAGS) $^ $(PROBE_LIBS) -o $@
$(B)/tests/collector/%: $(B)/obj/tests/unit/collector/%.o $(COLLECTOR_A) $(STORE_A) $(WIRE_A) $(LIB_A)
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(CC) $(ALLCFLAGS) $(LDFLAGS) $^ $(COLLECTOR_LIBS) -o $@
$(B)/tests/report/%: $(B)/obj/tests/unit/report/%.o $(REPORT_A) $(STORE_A) $(WIRE_A) $(LIB_A)
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(CC) $(ALLCFLAGS) $(LDFLAGS) $^ $(REPORT_LIBS) -o $@
.PRECIOUS: $(B)/obj/%.o


# The planet's own programs, and servers with knobs for the tests.
WAN_SRC := $(wildcard tests/planet/wan/*.c)
$(B)/planet-wan: $(call obj,$(WAN_SRC)) $(LIB_A)
	@echo "  LD    $@"
	@$(CC) $(ALLCFLAGS) $(LDFLAGS) $^ $(LIB_LIBS) -o $@
$(B)/planet-slowd: $(call obj,tests/planet/slowd.c) $(LIB_A)
	@echo "  LD    $@"
	@$(CC) $(ALLCFLAGS) $(LDFLAGS) $^ $(LIB_LIBS) -o $@
PLANET_BIN := $(B)/planet-wan $(B)/planet-slowd
$(B)/tests/servers/%: $(B)/obj/tests/servers/%.o $(LIB_A)
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(CC) $(ALLCFLAGS) $(LDFLAGS) $^ -lssl -lcrypto -lnghttp2 $(LIB_LIBS) -o $@
SERVERS := $(patsubst tests/servers/%.c,$(B)/tests/servers/%,$(wildcard tests/servers/*.c))

# Programs under tests/faults and tests/load link the store.
$(B)/tests/faults/%: $(B)/obj/tests/faults/%.o $(STORE_A) $(WIRE_A) $(LIB_A)
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(CC) $(ALLCFLAGS) $(LDFLAGS) $^ $(STORE_LIBS) -o $@
FAULTS := $(patsubst tests/faults/%.c,$(B)/tests/faults/%,$(wildcard tests/faults/*.c))

# What the fault tests of the collector use: a pusher, and a library that is loaded into a program
# (LD_PRELOAD) to fail its calls and to cut its power. The library is never sanitized.
$(B)/faults/pusher: $(call obj,tests/faults/tools/pusher.c tests/faults/tools/batches.c) $(WIRE_A) $(LIB_A)
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(CC) $(ALLCFLAGS) $(LDFLAGS) $^ $(WIRE_LIBS) -lpthread -o $@
SHIM_SRC := $(wildcard tests/faults/shim/*.c)
$(B)/faults/shim.so: $(SHIM_SRC) $(wildcard tests/faults/shim/*.h)
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(CC) $(CSTD) $(WARN) -D_GNU_SOURCE -I. -O2 -g -fPIC -shared $(SHIM_SRC) -o $@
FAULT_TOOLS := $(B)/faults/pusher $(B)/faults/shim.so

# The store's bench links the store, the probe's helpers what they stand for.
BENCH_NEEDS := $(LIB_A)
BENCH_LIBS  := $(LIB_LIBS)
$(B)/tests/bench/store_bench: BENCH_NEEDS := $(STORE_A) $(WIRE_A) $(LIB_A)
$(B)/tests/bench/store_bench: BENCH_LIBS := $(STORE_LIBS)
$(B)/tests/bench/store_bench: $(STORE_A) $(WIRE_A)
$(B)/tests/bench/bare_insert: BENCH_LIBS := -lsqlite3 $(LIB_LIBS)
$(B)/tests/bench/bare_curl: BENCH_LIBS := -lcurl -lcares -lssl -lcrypto $(LIB_LIBS)
$(B)/tests/bench/raw_tls: BENCH_LIBS := -lssl -lcrypto -lresolv $(LIB_LIBS)
$(B)/tests/bench/%: $(B)/obj/tests/bench/%.o $(LIB_A)
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(CC) $(ALLCFLAGS) $(LDFLAGS) $< $(BENCH_NEEDS) $(BENCH_LIBS) -o $@
PUSH_SRC := $(wildcard tests/bench/push/*.c)
$(B)/tests/bench/pusher: $(call obj,$(PUSH_SRC)) $(WIRE_A) $(LIB_A)
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(CC) $(ALLCFLAGS) $(LDFLAGS) $^ -lssl -lcrypto -lz $(WIRE_LIBS) -o $@
BENCH := $(patsubst tests/bench/%.c,$(B)/tests/bench/%,$(wildcard tests/bench/*.c)) $(B)/tests/bench/pusher

unit: $(UNIT) $(SERVERS) $(FAULTS) $(FAULT_TOOLS) $(BENCH)

# Fuzzers: clang and libFuzzer over the same sources, in a tree of their own.
FUZZ_SRC := $(wildcard tests/fuzz/*_fuzz.c)
FUZZERS  := $(FUZZ_SRC:tests/fuzz/%.c=$(B)/fuzz/%)
$(B)/fuzz/%: $(B)/obj/tests/fuzz/%.o $(WIRE_A) $(LIB_A)
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(CC) $(ALLCFLAGS) $(LDFLAGS) -fsanitize=fuzzer $(filter %.o,$^) $(filter %.a,$^) $(FUZZ_LIBS) $(WIRE_LIBS) -o $@
# Parsers of a stranger's bytes on the probe's side need nothing else of it.
$(B)/fuzz/edge_fuzz: $(call obj,probe/edgename.c)
$(B)/fuzz/dnsmsg_fuzz: $(call obj,probe/dnsmsg.c probe/address.c)
# A stranger's files.
$(B)/fuzz/import_fuzz: FUZZ_LIBS := -lgnutls -lmaxminddb -lpthread
$(B)/fuzz/import_fuzz: $(call obj,$(filter-out collector/import.c collector/import_sink.c,$(wildcard collector/import*.c)) \
    collector/csv.c collector/geo.c collector/geofile.c collector/listen.c)
# A geography database is the collector's.
$(B)/fuzz/geo_fuzz: $(call obj,collector/geo.c collector/geofile.c collector/listen.c)
$(B)/fuzz/geo_fuzz: FUZZ_LIBS := -lmaxminddb -lpthread
fuzzers-here: $(FUZZERS)
fuzzers:
	@$(MAKE) --no-print-directory -j$(JOBS) B=build/fuzzing CC=$(CLANG) SANITIZE= CFLAGS="-O1 -gline-tables-only" \
	    HARDEN="-fPIE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all" \
	    LDFLAGS="-pie -fsanitize=address,undefined" fuzzers-here

# ---- set-up, the main job, the tests ----------------------------------------------
JOBS := $(shell nproc 2>/dev/null || echo 2)
MAKE_ALL = $(MAKE) --silent --no-print-directory -j$(JOBS)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

deps: ## install what is missing of Debian's packages (asks sudo where not root)
	@tools/deps build run planet test
deps-build deps-run deps-planet deps-test deps-bench:
	@tools/deps $(@:deps-%=%)

demo: ## the planet on one machine: measured, collected, reported (three minutes)
	@tools/deps build run planet
	@$(MAKE_ALL) all $(PLANET_BIN)
	@PLANET_BUILD=$(abspath $(B)) tests/planet/demo --out $(OUT)

EXAMPLE := report.html report.md map.svg phases.svg cdf.svg
example: ## the demo again, its report kept as results/example/ for the README
	@tools/deps build run planet
	@$(MAKE_ALL) all $(PLANET_BIN)
	@PLANET_BUILD=$(abspath $(B)) tests/planet/demo --out build/example >$(B)/example.txt || { cat $(B)/example.txt; exit 1; }
	@mkdir -p results/example
	@cp $(EXAMPLE:%=build/example/%) results/example/
	@sed 's|build/example|results|' $(B)/example.txt >results/example/terminal.txt

planet: ## bring the planet up and say how to look around in it
	@tools/deps build run planet
	@$(MAKE_ALL) all $(PLANET_BIN)
	@PLANET_BUILD=$(abspath $(B)) tests/planet/up -v

report: $(B)/latlas-report ## write charts and tables of DB=... into OUT=results/
	@[ -e "$(DB)" ] || { echo "report: there is no $(DB); make demo makes one, DB=FILE names another" >&2; exit 66; }
	@$(B)/latlas-report --db "$(DB)" --since all $(if $(BLOCK),--block $(BLOCK)) \
	    --out "$(OUT)" $(REPORT_FLAGS)

comma := ,
listed = $(subst $(comma), ,$(1))
gate: $(B)/latlas-gate ## judge a change: ADD=sin REMOVE=lon DB=...
	@[ -e "$(DB)" ] || { echo "gate: there is no $(DB); make demo makes one, DB=FILE names another" >&2; exit 66; }
	@$(B)/latlas-gate whatif --db "$(DB)" --since all $(if $(BLOCK),--block $(BLOCK)) \
	    $(foreach n,$(call listed,$(ADD)),--add $(n)) \
	    $(foreach n,$(call listed,$(REMOVE)),--remove $(n)) $(GATE_FLAGS)

# Those that measure run alone, behind the others; of these the longest begin, most of which only wait.
ALONE    := $(wildcard tests/cli/phases_test tests/planet/accuracy_test tests/planet/verdicts_test)
LONG     := $(wildcard $(foreach t,planet/kill planet/self planet/audit cli/attack cli/tokens planet/ecs \
              cli/collector planet/rare bench/collector_smoke cli/spool cli/probe,tests/$(t)_test))
TOGETHER := $(LONG) $(filter-out $(LONG) $(ALONE),$(wildcard $(foreach d,planet cli fuzz faults bench,tests/$(d)/*_test)))
RUN       = B=$(B) PLANET_BUILD=$(abspath $(B)) LATLAS_STDERR_CLEAN=$(if $(filter 1,$(SANITIZE)),1,0)
test: ## all tests (SANITIZE=1: under ASan and UBSan)
	@tools/deps build run planet test
	@$(MAKE_ALL) all unit $(PLANET_BIN)
	@$(MAKE) --no-print-directory fuzzers
	@$(RUN) tests/run $(if $(filter 1,$(SANITIZE)),-j 5 --time 500,-j 6 --time 300) $(TOGETHER) $(FAULTS) $(UNIT) \
	    --alone $(ALONE)

soak: ## the fault tests, much longer
	@tools/deps build run planet test
	@$(MAKE_ALL) all unit $(PLANET_BIN)
	@$(MAKE) --no-print-directory fuzzers
	@$(RUN) LATLAS_SOAK=1 tests/run --time 7200 $(FAULTS) $(TOGETHER) $(ALONE)

BENCHES := "tests/bench/probe_bench $(PROBE_BENCH)" tests/bench/planet_bench \
           "tests/bench/collector_bench $(COLLECTOR_BENCH)" $(B)/tests/bench/store_bench
bench: ## probe, collector and store beside their peers and limits; ratios are what counts (PROBE_BENCH="--repeat 9 cpu")
	@tools/deps build run planet
	@$(MAKE_ALL) all $(BENCH) $(PLANET_BIN)
	@failed=0; for bench in $(BENCHES); do B=$(abspath $(B)) $$bench || failed=1; echo; done; exit $$failed

check: ## include rules, linked libraries, man pages, linters
	@tools/deps build test
	@$(MAKE_ALL) all $(PLANET_BIN) $(EMBEDDED) $(EMBEDDED_TEST)
	@$(RUN) tests/run --time 300 tools/check-house

MANDIR := $(DESTDIR)$(PREFIX)/share/man
install-probe: $(B)/latlas-probe ## the probe alone, for a VM
	install -d $(DESTDIR)$(PREFIX)/bin $(MANDIR)/man1 $(MANDIR)/man5
	install -m 755 $(B)/latlas-probe $(DESTDIR)$(PREFIX)/bin/
	install -m 644 probe/*.1 $(MANDIR)/man1/
	install -m 644 probe/*.5 $(MANDIR)/man5/
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,lib/systemd/system lib/sysusers.d lib/tmpfiles.d share/doc/latlas)
	sed 's|@PREFIX@|$(PREFIX)|' probe/system/latlas-probe.service.in \
	    >$(DESTDIR)$(PREFIX)/lib/systemd/system/latlas-probe.service
	sed 's|@PREFIX@|$(PREFIX)|' probe/system/crontab.in >$(DESTDIR)$(PREFIX)/share/doc/latlas/crontab
	install -m 644 probe/system/latlas-probe.timer $(DESTDIR)$(PREFIX)/lib/systemd/system/
	install -m 644 probe/system/latlas-probe.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/latlas-probe.conf
	install -m 644 probe/system/latlas-probe.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/latlas-probe.conf
install-collector: $(B)/latlas-collector ## the collector alone, for its host
	install -d $(DESTDIR)$(PREFIX)/sbin $(MANDIR)/man5 $(MANDIR)/man8
	install -m 755 $(B)/latlas-collector $(DESTDIR)$(PREFIX)/sbin/
	install -m 644 collector/*.5 $(MANDIR)/man5/
	install -m 644 collector/*.8 $(MANDIR)/man8/
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,lib/systemd/system lib/sysusers.d lib/tmpfiles.d share/doc/latlas)
	for unit in latlas-collector latlas-silent; do \
	    sed 's|@PREFIX@|$(PREFIX)|' collector/system/$$unit.service.in \
	        >$(DESTDIR)$(PREFIX)/lib/systemd/system/$$unit.service; done
	sed 's|@PREFIX@|$(PREFIX)|' collector/system/crontab.in >$(DESTDIR)$(PREFIX)/share/doc/latlas/crontab.silent
	install -m 644 collector/system/latlas-silent.timer $(DESTDIR)$(PREFIX)/lib/systemd/system/
	install -m 644 collector/system/latlas-collector.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/latlas-collector.conf
	install -m 644 collector/system/latlas-collector.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/latlas-collector.conf
install: all install-probe install-collector ## everything, under PREFIX (and DESTDIR)
	install -m 755 $(B)/latlas-report $(B)/latlas-gate $(DESTDIR)$(PREFIX)/bin/
	install -m 644 report/*.1 $(MANDIR)/man1/

clean: ## remove build/
	rm -rf build

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
