-- The keys of apps that are gone leave also where nobody creates or deletes an app. The server looks for them by itself,
-- and learns the ids of the tenants with keys, and nothing else.
CREATE POLICY operator ON clone_keys FOR SELECT TO CURRENT_USER USING (true);
CREATE FUNCTION tenants_with_clone_keys() RETURNS SETOF TEXT
LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT DISTINCT tenant_id FROM clone_keys
$$;
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION tenants_with_clone_keys() SET search_path = %I, pg_temp', current_schema());
END
$$;
