/* The event loop and its account of its own lateness. Times are compared with the bounds
 * that the clock allows whatever the machine does (never early), and lateness with work
 * of a known length done in a handler. */
#include "probe/loop.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "tests/check.h"

static struct loop *loop;
static char order[16];
static struct mono fired[3];
static int pipes[2], heard, nap_us = 19000;
static struct lag_span own, other;

static void note(void *ctx)
{
	int i = *(const int *)ctx;
	fired[i] = mono_now();
	strncat(order, &"abc"[i], 1);
}

static void busy_ms(int ms)
{
	struct mono until = mono_add_us(mono_now(), ms * 1000);
	while (mono_now().ns < until.ns)
		;
}

static void on_pipe(void *ctx, int fd, uint32_t events)
{
	char c;
	(void)ctx;
	lag_own(loop_lag(loop), &own);
	CHECK(events & EPOLLIN);
	CHECK_INT(read(fd, &c, 1), 1);
	heard++;
	/* Asleep rather than busy: on a loaded machine busy work is also taken off the processor,
	 * which is lag for everybody. */
	usleep((useconds_t)nap_us);
}

/* What it does before is nothing to the sample, neither lag nor work. */
static void begin_own(void *ctx)
{
	(void)ctx;
	usleep(15000);
	lag_begin(loop_lag(loop), &own);
}

static void nap(void *ctx) { (void)ctx; usleep((useconds_t)nap_us); }
static void nothing(void *ctx) { (void)ctx; }

/* The process does nothing for 60 ms, wherever it is. */
static void stand_still(int sig)
{
	(void)sig;
	nanosleep(&(struct timespec){ .tv_nsec = 60000000 }, NULL);
}

int main(void)
{
	struct err err = {0};
	struct loop_timer t[3] = {0};
	int index[3] = { 0, 1, 2 };

	CHECK_CASE("nothing to wait for is an error, not a hang");
	CHECK_INT(loop_new(&loop, &err), 0);
	CHECK_INT(loop_turn(loop, &err), LAT_SOFTWARE);
	CHECK_CASE("timers fire in their order and never early");
	struct mono start = mono_now();
	loop_timer_set(loop, &t[1], mono_add_us(start, 20000), note, &index[1]);
	loop_timer_set(loop, &t[0], mono_add_us(start, 5500), note, &index[0]);
	loop_timer_set(loop, &t[2], mono_add_us(start, 40000), note, &index[2]);
	while (t[2].on && loop_turn(loop, &err) == 0)
		;
	CHECK_STR(order, "abc");
	CHECK(mono_diff_us(start, fired[0]) >= 5500);
	CHECK(mono_diff_us(start, fired[1]) >= 20000);
	CHECK(mono_diff_us(start, fired[2]) >= 40000);
	CHECK_CASE("a timer that was turned off is silent, one that was set again fires once");
	order[0] = '\0';
	loop_timer_set(loop, &t[0], mono_add_us(mono_now(), 1000), note, &index[0]);
	loop_timer_off(loop, &t[0]);
	loop_timer_set(loop, &t[1], mono_add_us(mono_now(), 1000), note, &index[1]);
	loop_timer_set(loop, &t[1], mono_add_us(mono_now(), 3000), note, &index[1]);
	while (t[1].on && loop_turn(loop, &err) == 0)
		;
	CHECK_STR(order, "b");
	CHECK_CASE("work on one sample is lag for the other, not for itself");
	CHECK_INT(pipe(pipes), 0);
	CHECK(loop_watch(loop, pipes[0], EPOLLIN, on_pipe, NULL));
	lag_begin(loop_lag(loop), &own);
	lag_begin(loop_lag(loop), &other);
	CHECK_INT(write(pipes[1], "x", 1), 1);
	while (heard == 0 && loop_turn(loop, &err) == 0)
		;
	loop_timer_set(loop, &t[0], mono_now(), nothing, NULL);
	CHECK_INT(loop_turn(loop, &err), 0); /* the account is made before it sleeps again */
	lag_end(loop_lag(loop), &own);
	lag_end(loop_lag(loop), &other);
	CHECK(other.worst_us >= 19000);
	CHECK(own.worst_us <= other.worst_us - 12000);
	CHECK_CASE("but beyond 20 ms it is no work: the process stood still in the middle of it");
	nap_us = 60000;
	lag_begin(loop_lag(loop), &own);
	loop_timer_set(loop, &t[0], mono_now(), nothing, NULL);
	CHECK_INT(loop_turn(loop, &err), 0); /* it is no longer fresh */
	CHECK_INT(write(pipes[1], "x", 1), 1);
	while (heard == 1 && loop_turn(loop, &err) == 0)
		;
	loop_timer_set(loop, &t[0], mono_now(), nothing, NULL);
	CHECK_INT(loop_turn(loop, &err), 0);
	lag_end(loop_lag(loop), &own);
	CHECK(own.worst_us >= 40000);
	CHECK_CASE("what is done for others in the turn that it began in is lag, too");
	loop_timer_set(loop, &t[0], mono_add_us(mono_now(), -2), begin_own, NULL);
	loop_timer_set(loop, &t[1], mono_add_us(mono_now(), -1), nap, NULL);
	t[1].at = mono_add_us(t[0].at, 1);
	CHECK_INT(loop_turn(loop, &err), 0);
	loop_timer_set(loop, &t[0], mono_now(), nothing, NULL);
	CHECK_INT(loop_turn(loop, &err), 0);
	lag_end(loop_lag(loop), &own);
	CHECK(own.worst_us >= 60000 && !t[1].on);
	CHECK_CASE("a timer that had to wait is lag for all");
	lag_begin(loop_lag(loop), &own);
	loop_timer_set(loop, &t[0], mono_add_us(mono_now(), 1000), nothing, NULL);
	busy_ms(26);
	CHECK_INT(loop_turn(loop, &err), 0);
	lag_end(loop_lag(loop), &own);
	CHECK(own.worst_us >= 25000 || own.fresh);
	CHECK_CASE("a process that stood still while it waited for an answer, with no timer due, was late");
	signal(SIGALRM, stand_still);
	lag_begin(loop_lag(loop), &own);
	struct itimerval soon = { .it_value.tv_usec = 3000 };
	struct mono before = mono_now();
	CHECK_INT(setitimer(ITIMER_REAL, &soon, NULL), 0);
	while (mono_diff_us(before, mono_now()) < 63000 && loop_turn(loop, &err) == 0)
		;
	lag_end(loop_lag(loop), &own);
	CHECK(own.worst_us >= 60000);
	CHECK_CASE("and so was one whose sleep of 50 ms at most took 230 ms, which nobody told it");
	struct lag account;
	lag_init(&account);
	CHECK_INT(lag_sleep(&account, before), -1); /* nothing is in flight */
	lag_begin(&account, &own);
	CHECK_INT(lag_sleep(&account, before), 50);
	lag_wake(&account, mono_add_us(before, 230000), 0, false);
	lag_end(&account, &own);
	CHECK(own.worst_us >= 180000 && own.worst_us < 200000);
	lag_free(&account);
	CHECK_CASE("a success is spoilt beyond 20 ms, a failure beyond a tenth of its timeout, too");
	CHECK(!lag_spoils(20000, false, 10000000) && lag_spoils(20001, false, 10000000));
	CHECK(!lag_spoils(20001, true, 10000000));
	CHECK(!lag_spoils(1000000, true, 10000000) && lag_spoils(1000001, true, 10000000));
	CHECK(!lag_spoils(20000, true, 100000) && lag_spoils(20001, true, 100000)); /* a tenth is 10 ms */
	CHECK_CASE("an event of a closed watch is not delivered to the next of that number");
	heard = 0;
	CHECK_INT(write(pipes[1], "x", 1), 1);
	CHECK(loop_watch(loop, pipes[0], 0, NULL, NULL));
	loop_timer_set(loop, &t[0], mono_add_us(mono_now(), 2000), nothing, NULL);
	while (t[0].on && loop_turn(loop, &err) == 0)
		;
	CHECK_INT(heard, 0);
	close(pipes[0]);
	close(pipes[1]);
	loop_free(loop);
	return check_done();
}
