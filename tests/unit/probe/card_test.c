#include "probe/card.h"

#include <stdlib.h>

#include "tests/check.h"

static const char *bar(double start, double end, bool blocks)
{
	static char out[128];
	return card_bar(out, start, end, 10, blocks);
}

static char *print(const struct card *c, bool colour, bool blocks)
{
	char *text = NULL;
	size_t size;
	FILE *m = open_memstream(&text, &size);
	CHECK(m != NULL && card_print(c, m, colour, blocks));
	if (m != NULL)
		fclose(m);
	return text;
}

int main(void)
{
	CHECK_CASE("bars, ten columns wide");
	CHECK_STR(bar(0, 1, false), "##########");
	CHECK_STR(bar(0, 1, true), "██████████");
	CHECK_STR(bar(0.5, 1, false), "     #####");
	CHECK_STR(bar(0.2, 0.45, true), "  ██▌");
	CHECK_STR(bar(0.99, 1, true), "         █");
	CHECK_STR(bar(0, 0.001, true), "▏");
	CHECK_STR(bar(0, 0.001, false), "#");
	CHECK_STR(bar(0.3, 0.3, true), "");
	CHECK_STR(bar(1, 1.0000001, true), "         █");
	CHECK_CASE("a card: the figures by hand (type 7 quantiles of 1, 2, 3 and of sums)");
	struct sample s[4];
	for (int i = 0; i < 4; i++)
		s[i] = (struct sample){
			.target = "u", .addr = "203.0.113.7", .resolver = "9.9.9.9", .ttl = 60, .dns_us = 1000 * (i + 1),
			.tcp_us = 20000, .tls_us = US_NONE, .wait_us = 10000, .body_us = 5000, .min_rtt_us = 19000 + i,
			.retrans = 1, .status = 200, .bytes = 2048, .http = "1.1",
		};
	s[3].error = NEL_TCP_REFUSED;
	s[3].status = US_NONE;
	struct card c = { .url = "http://u/", .samples = s, .len = 4, .cert_not_after = -1, .detail = "why" };
	char *text = print(&c, false, false);
	CHECK_STR(text,
	          "http://u/\n"
	          "  203.0.113.7  HTTP/1.1  status 200  2.0 KiB\n"
	          "  resolver 9.9.9.9  TTL 60 s  round trip 19.0 ms (kernel)  4 retransmitted\n"
	          "\n"
	          "  ms      min   p50   p95   max\n"
	          "  dns     1.0   2.0   2.9   3.0  ##\n"
	          "  tcp    20.0  20.0  20.0  20.0    ######################\n"
	          "  tls       -     -     -     -\n"
	          "  wait   10.0  10.0  10.0  10.0                          ###########\n"
	          "  body    5.0   5.0   5.0   5.0                                     #####\n"
	          "  -----  ----  ----  ----  ----\n"
	          "  ttfb   31.0  32.0  32.9  33.0\n"
	          "  total  36.0  37.0  37.9  38.0\n"
	          "\n"
	          "  1 of 4 failed: tcp.refused (1): why\n");
	free(text);
	CHECK_CASE("the table is the end where nothing failed: what parts it from the next is byhand's");
	s[3].error = NEL_OK;
	s[3].status = 200;
	text = print(&c, false, false);
	CHECK(strstr(text, "\n  total ") != NULL && strstr(strstr(text, "\n  total "), "\n\n") == NULL);
	free(text);
	CHECK_CASE("colour only where it is asked for");
	text = print(&c, true, true);
	CHECK_CONTAINS(text, "\033[36m██");
	free(text);
	CHECK_CASE("all failed: no table, the redirect's place");
	for (int i = 0; i < 4; i++) {
		s[i].error = NEL_HTTP_REDIRECT;
		s[i].location = "https://www.u/";
	}
	text = print(&c, false, true);
	CHECK_CONTAINS(text, "4 of 4 failed: http.response.redirect (4), to https://www.u/\n");
	CHECK(strstr(text, "p50") == NULL);
	free(text);
	return check_done();
}
