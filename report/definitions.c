#include "report/definitions.h"

#include <stddef.h>

const struct definition definitions[] = {
	{ "Vantage",
	  "One machine that measures, at one place. A sentence about a region is a sentence about the "
	  "vantages there; where all of them are in datacenters, people at home wait longer." },
	{ "Phases",
	  "DNS: query to answer. TCP: SYN to established. TLS: handshake. wait: request sent to first byte. "
	  "body: first to last byte. First byte is DNS to wait together, total is all five. Every visit is "
	  "cold: new connection, no TLS session kept. Phases are over successes." },
	{ "Quantile",
	  "p75 is the time within which three quarters of the visits were done. A failure counts as the "
	  "longest timeout in first byte, total and the objective, so that no region looks fast by failing; a quantile that "
	  "falls there says fail. Phases' quantiles don't add up to the total's." },
	{ "Region",
	  "A mixture with equal weight for each hour (or block) in a vantage, each vantage in a country, "
	  "each country in a continent, unless a weights file says otherwise." },
	{ "Interval",
	  "Two one-sided 95 % bounds by resampling whole blocks of time, widened for their small number. "
	  "Vantages are fixed unless the report was made with --generalise." },
	{ "Availability",
	  "Share of attempts that succeeded. A round in which all of a vantage's targets failed is that "
	  "vantage's own outage: left out and counted. Of an imported vantage its visits are counted, and "
	  "round trips alone only where it has no visits or where they are judged." },
	{ "Verdict",
	  "ok: the objective is met with its interval; borderline: only by the point. Otherwise the first of "
	  "the smallest, cheapest set of fixes that meets it: mis-steered (sent to a node that isn't the "
	  "best), slow-dns, slow-edge (the server takes long), needs-node (none is near). If no set "
	  "suffices, the fix with the largest gain; unmet: none gains anything. unreachable: more than 1 % of "
	  "attempts fail, with 95 % confidence. no-data: too little to say." },
	{ "Fix",
	  "What the objective's quantile would be: with steering, at the best existing node; with DNS, at "
	  "the vantage's own 10th percentile of DNS; with edge, at the fleet's median server time on cache "
	  "hits; with a node, at the best candidate, by a line fitted through time and round trip "
	  "(extrapolated: beyond the round trips that were measured)." },
	{ "Regret",
	  "Steering regret: the node that was chosen less the best existing one. Placement regret: the best "
	  "existing one less the best of existing and candidates. Chosen on even blocks, measured on odd "
	  "ones, and the other way round; none seen if the interval holds zero." },
	{ "Answered from",
	  "By the address that answered: our node that has it, else what the collector's geography database "
	  "says. Such a database tells where an address is registered, which for an anycast address need not "
	  "be where it answers: where a round trip is faster than light in fibre (2 x great-circle km / 200 per "
	  "ms), the place is impossible. Shares are of successes, each vantage of a country alike." },
	{ NULL, NULL },
};
