#include "probe/join.h"

#include "lib/attr.h"
#include "tests/check.h"

/* A CA made by `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 36500`. */
#define PEM_LINES \
	"-----BEGIN CERTIFICATE-----\n" \
	"MIIBhDCCASmgAwIBAgIUYfc5bH570X+FxNxLQ7nsQW9x+ZQwCgYIKoZIzj0EAwIw\n" \
	"FjEUMBIGA1UEAwwLbGF0bGFzLXRlc3QwIBcNMjYxMTIyMjA1MDEzWhgPMjEyNjEw\n" \
	"MjkyMDUwMTNaMBYxFDASBgNVBAMMC2xhdGxhcy10ZXN0MFkwEwYHKoZIzj0CAQYI\n" \
	"KoZIzj0DAQcDQgAEKKLIiiYNQufMRKIK8PH9o8RFKJQmfmOK4b/3/cgU/g0FpAPL\n" \
	"MnfxArrCBfMHyz3LT4W8PDqmYnACRw13SMPFEaNTMFEwHQYDVR0OBBYEFHv5KRpY\n" \
	"KGk2kJ4W6TFxVZIW9XCuMB8GA1UdIwQYMBaAFHv5KRpYKGk2kJ4W6TFxVZIW9XCu\n" \
	"MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAIJCjLx682fCr9KY\n" \
	"7laBJEkVsJGcgJC6NbFwxWt+DIZOAiEAulbZ+cZeF8rWlKRlM+6fNTwmJnBbRrPk\n" \
	"piAwfRc3yg8=\n" \
	"-----END CERTIFICATE-----\n"
#define TOKEN "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEAD "latlas-join 1\nname = mumbai-1\ncollector = https://c.example.net:8443\n"

static struct err err;

static int parse(struct join_block *b, struct arena *a, const char *text)
{
	err = (struct err){0};
	return join_parse(b, a, text, strlen(text), &err);
}

static const struct { const char *text, *want; } bad[] = {
	{ "", "has no line \"latlas-join 1\"" },
	{ "name = x\n", "has no line \"latlas-join 1\"" },
	{ "latlas-join 2\n", ":1: latlas-join 2: this probe knows only version 1" },
	{ HEAD "token = " TOKEN "\n" PEM_LINES, "ends before the line \"end\"" },
	{ HEAD "token = " TOKEN "\nend\n", "the CA's certificate is missing" },
	{ HEAD PEM_LINES "end\n", "token is missing" },
	{ HEAD "token = abc\n" PEM_LINES "end\n", "token: must be 64 hexadecimal digits" },
	{ HEAD "token = " TOKEN "\ntoken = " TOKEN "\n" PEM_LINES "end\n", ":5: token: given twice" },
	{ HEAD "colour = red\n" PEM_LINES "end\n", ":4: colour: no such key" },
	{ HEAD "what is this\nend\n", ":4: a line: is not KEY = VALUE" },
	{ "latlas-join 1\nname = a b\ncollector = https://c:1\ntoken = " TOKEN "\n" PEM_LINES "end\n",
	  "name: 1 to 64" },
	{ "latlas-join 1\nname = a\ncollector = http://c:1\ntoken = " TOKEN "\n" PEM_LINES "end\n",
	  "must be https" },
	{ "latlas-join 1\nname = a\ncollector = https://c:1/x\ntoken = " TOKEN "\n" PEM_LINES "end\n",
	  "must be https" },
	{ "latlas-join 1\nname = a\ncollector = https://\"c:1\ntoken = " TOKEN "\n" PEM_LINES "end\n",
	  "collector" },
	{ HEAD "token = " TOKEN "\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\nend\n",
	  "certificate cannot be read" },
};

int main(void)
{
	struct arena arena = {0};
	struct join_block b;

	CHECK_CASE("the block that enroll prints");
	CHECK_INT(parse(&b, &arena, HEAD "token = " TOKEN "\n" PEM_LINES "end\n"), 0);
	CHECK_STR(b.name, "mumbai-1");
	CHECK_STR(b.collector, "https://c.example.net:8443");
	CHECK_STR(b.token, TOKEN);
	CHECK_STR(b.ca, PEM_LINES);
	CHECK_CASE("as a terminal pastes it: blanks, empty lines, CRLF, something before and after");
	CHECK_INT(parse(&b, &arena, "$ ssh vm\r\n\r\n  latlas-join 1\r\n\r\n  name=mumbai-1  \r\n\tcollector = "
	                "https://c.example.net:8443\r\n  token = " TOKEN "\r\n" PEM_LINES
	                "\r\n  end\r\n\r\n$ \r\n"), 0);
	CHECK_STR(b.name, "mumbai-1");
	CHECK_STR(b.token, TOKEN);
	CHECK_STR(b.ca, PEM_LINES);
	CHECK_CASE("what is wrong is named");
	for (size_t i = 0; i < LAT_COUNT(bad); i++) {
		CHECK_INT(parse(&b, &arena, bad[i].text), LAT_DATAERR);
		CHECK_CONTAINS(err.text, bad[i].want);
		CHECK(strstr(err.text, TOKEN) == NULL);
	}
	arena_free(&arena);
	return check_done();
}
