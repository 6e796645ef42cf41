/* Numbers as sentences say them. (The sentences themselves: verdict_test, whatif_test.) */
#include "report/sentence.h"
#include "tests/check.h"

int main(void)
{
	char t[SENTENCE_NUMBER];

	CHECK_CASE("durations: seconds from a tenth on");
	CHECK_STR(sentence_duration(1140.2, t), "1.14 s");
	CHECK_STR(sentence_duration(620, t), "0.62 s");
	CHECK_STR(sentence_duration(1000, t), "1 s");
	CHECK_STR(sentence_duration(100, t), "0.10 s");
	CHECK_STR(sentence_duration(99.4, t), "99 ms");
	CHECK_STR(sentence_duration(34.4, t), "34 ms");
	CHECK_STR(sentence_duration(4.24, t), "4.2 ms");
	CHECK_STR(sentence_duration(7.4, t), "7.4 ms");
	CHECK_STR(sentence_duration(9.96, t), "10 ms");
	CHECK_STR(sentence_duration(2, t), "2 ms");
	CHECK_STR(sentence_duration(0, t), "0 ms");
	CHECK_STR(sentence_duration(-984.5, t), "-0.98 s");
	CHECK_STR(sentence_duration(-12, t), "-12 ms");

	CHECK_CASE("round trips: always milliseconds");
	CHECK_STR(sentence_rtt(121.2, t), "121 ms");
	CHECK_STR(sentence_rtt(0.4, t), "0.4 ms");

	CHECK_CASE("changes: with their sign");
	CHECK_STR(sentence_change(170, t), "+0.17 s");
	CHECK_STR(sentence_change(-12, t), "-12 ms");
	CHECK_STR(sentence_change(0, t), "0 ms");
	return check_done();
}
