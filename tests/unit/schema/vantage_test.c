#include "schema/vantage.h"

#include "tests/check.h"

int main(void)
{
	CHECK_CASE("names of networks");
	CHECK_STR(network_name(NETWORK_EYEBALL), "eyeball");
	CHECK_STR(network_name(NETWORKS), "unknown");
	CHECK_INT(network_of("datacenter"), NETWORK_DATACENTER);
	CHECK_INT(network_of("satellite"), -1);
	CHECK_INT(network_of(NULL), -1);

	CHECK_CASE("names of imports");
	CHECK(vantage_imported("gp.kr.Seoul") && vantage_imported("atlas.1") && vantage_imported("curl.x")
	      && vantage_imported("csv.x"));
	CHECK(!vantage_imported("gp") && !vantage_imported("atlas-1") && !vantage_imported("mumbai-1"));
	return check_done();
}
