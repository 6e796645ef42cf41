/* Where probes are by their address, for those whose enrolment didn't say. */
#include "schema/country.h"
#include "schema/registry_db.h"

static int set_place(struct registry *r, const char *probe, const struct registry_place *p, struct err *err)
{
	struct store_db_bind place = {.st = r->db->stmt[Q_PROBE_PLACE]},
			     as = {.st = r->db->stmt[Q_PROBE_ASN]};
	bool exists;
	int status = registry_probe_exists(r, probe, &exists, err);

	if (status != 0)
		return status;
	if (!exists)
		return err_set(err, LAT_DATAERR, "%s: there is no probe named \"%.80s\"", r->db->path, probe);
	if (p->country != NULL) {
		store_db_bind_text(&place, probe);
		store_db_bind_text(&place, p->country);
		store_db_bind_text(&place, p->city);
		store_db_bind_real(&place, p->lat);
		store_db_bind_real(&place, p->lon);
		store_db_bind_but(&place, p->built_s > 0 ? p->built_s : US_NONE, US_NONE);
		if ((status = registry_run(r, &place, err)) != 0)
			return status;
	}
	store_db_bind_text(&as, probe);
	store_db_bind_text(&as, p->asn);
	return registry_run(r, &as, err);
}

int registry_set_place(struct registry *r, const char *probe, const struct registry_place *place,
                       struct err *err)
{
	struct registry_place p = *place;
	int status;

	/* A database may have codes that are no country (AP, EU): such a place is no place to us. */
	if (p.country != NULL && country_find(p.country) == NULL)
		p.country = NULL;
	if ((status = registry_check_place(probe, p.country, p.lat, p.lon, err)) != 0
	    || (status = store_db_begin(r->db, true, err)) != 0)
		return status;
	return registry_end(r, set_place(r, probe, &p, err), err);
}
