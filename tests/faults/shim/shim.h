/* A library to be loaded into a program (LD_PRELOAD): it fails calls, and cuts the power, as far as
 * files below one folder are concerned (and memory). What to do is said by the environment:
 *
 *   LATLAS_SHIM_DIR=FOLDER       absolute; files elsewhere are left alone
 *   LATLAS_SHIM_FAIL=CALL:HOW:N:COUNT
 *        the Nth call (from 1) and those after it, COUNT in all (0: for ever), fail.
 *        CALL  write (pwrite and write), sync (fsync and fdatasync), truncate, open, rename, unlink,
 *              malloc (and calloc, realloc: everywhere in the program and its libraries)
 *        HOW   the number of an errno, or "short" for a write of half
 *   LATLAS_SHIM_LATE=1           count calls from SIGUSR1 on, not from the start
 *   LATLAS_SHIM_TRACK=1          keep what is not yet synced, for the power to be cut by SIGPWR
 *   LATLAS_SHIM_CUT=N:MODE:SEED  (tracks too) cut the power at the Nth sync, instead of it; 0: when the program
 *        ends well, so that what it has said is known to rest on the disk
 *        MODE  drop: whatever was not synced is lost; 512, 4096: half of the blocks of that size are lost, at
 *              random, and of the folder's changes any beginning is kept
 *   LATLAS_SHIM_CHECKPOINT=N     whatever wal_autocheckpoint SQLite is told, it is N pages
 *   LATLAS_SHIM_LOG=FILE         one line of how many calls there were: "ends:" at the end, "fails:" at the
 *                                first failure, "stops:" at SIGUSR2
 *
 * SIGUSR1 starts to count, SIGUSR2 ends the failures, SIGPWR cuts the power.
 *
 * A sync that fails is the kernel's: the pages that it could not write are clean afterwards, so that the
 * next sync says nothing of them, and they are lost with the power unless they are written again (see
 * Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020).
 *
 * SQLite's -shm is memory that happens to have a name; it isn't tracked. */
#ifndef LATLAS_TESTS_FAULTS_SHIM_H
#define LATLAS_TESTS_FAULTS_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum shim_call { CALL_WRITE, CALL_SYNC, CALL_TRUNCATE, CALL_OPEN, CALL_RENAME, CALL_UNLINK, CALL_MALLOC, CALLS };
#define SHIM_SHORT (-1)

/* glibc's own, below what this library puts in front of them. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *p);

/* fail.c: count a call; the errno (or SHIM_SHORT) that it shall fail with, 0 for none. */
int shim_fail(enum shim_call call);
void shim_arm(bool on);
void shim_log(const char *why);
void shim_fail_init(void);
bool shim_below(const char *path); /* is the file below the folder? */

/* power.c: all under shim_lock(). */
void shim_power_init(void);
bool shim_tracks(void);
void shim_lock(void);
void shim_unlock(void);
struct shim_file;
struct shim_file *shim_file_of(int fd);                /* NULL: not tracked */
void shim_opened(int fd, const char *path, bool made);
void shim_closed(int fd);
void shim_will_write(struct shim_file *f, off_t at, size_t len);
void shim_will_truncate(struct shim_file *f, off_t size);
void shim_synced(int fd, bool well);                   /* a file or a folder */
void shim_will_rename(const char *from, const char *to);
void shim_will_unlink(const char *path);
void shim_made_folder(const char *path);
void shim_undo_last(void);                             /* that rename or unlink failed */
bool shim_cut_here(void);                              /* count a sync: is it the one? */
bool shim_cut_at_end(void);
void shim_cut(void);                                   /* does not return */

#endif
