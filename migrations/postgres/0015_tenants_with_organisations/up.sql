-- Memberships end at the provider of identities also of people who don't come any more. The server copies them by itself,
-- and learns the ids of the tenants that are organisations there, and nothing else.
CREATE FUNCTION tenants_with_organisations() RETURNS SETOF TEXT
LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT id FROM tenants WHERE provider_id IS NOT NULL
$$;
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION tenants_with_organisations() SET search_path = %I, pg_temp', current_schema());
END
$$;
REVOKE ALL ON FUNCTION tenants_with_organisations() FROM PUBLIC;
