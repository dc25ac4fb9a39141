-- A sandbox uses no database that has tenants of a server. The server's role sees one tenant at a time; it learns by
-- this whether there are others, and nothing of them.
-- The SQLite tree has a migration of the same name.

DO $$
BEGIN
    EXECUTE format(
        'CREATE FUNCTION has_other_tenants(tenant TEXT) RETURNS BOOLEAN
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = %I, pg_temp AS $body$
            SELECT EXISTS (SELECT FROM tenants WHERE id <> tenant)
        $body$',
        current_schema()
    );
END
$$;

REVOKE ALL ON FUNCTION has_other_tenants(TEXT) FROM PUBLIC;
