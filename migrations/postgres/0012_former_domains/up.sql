-- `released_at` is when no app of a workspace that had lost the domain had a host of it any more. Until then, the next
-- workspace that has the domain can't attach it: the proxy would lead its visitors to the former one's app. A domain that
-- was lost counts as such also if a later order of it failed.
ALTER TABLE domains ADD COLUMN released_at BIGINT;
CREATE INDEX domains_unreleased ON domains (name) WHERE lost_at IS NOT NULL AND released_at IS NULL;

-- A domain may have been another tenant's before. The owner sees the rows of all tenants within these functions alone.
CREATE POLICY former ON domains FOR SELECT TO CURRENT_USER
    USING (current_setting('covibe.former_domains', true) = 'on');

-- The domains that a workspace has lost and another one has, with the workspaces that lost them. The server learns nothing
-- of those that have them.
CREATE FUNCTION former_domains() RETURNS TABLE (tenant_id TEXT, workspace_id TEXT, name TEXT)
LANGUAGE plpgsql SECURITY DEFINER AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('covibe.former_domains', 'on', true);
    RETURN QUERY
    SELECT former.tenant_id, former.workspace_id, former.name FROM domains former
    JOIN domains present ON present.name = former.name AND present.state = 'registered'
    WHERE former.state IN ('expired', 'failed') AND former.lost_at IS NOT NULL
        AND former.released_at IS NULL
    ORDER BY former.lost_at, former.name LIMIT 1000;
    PERFORM set_config('covibe.former_domains', '', true);
END
$$;

-- Whether another workspace has lost a domain, and its apps may have hosts of it. The server learns this and nothing else.
CREATE FUNCTION has_former_holder(sought TEXT, holder TEXT) RETURNS BOOLEAN
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    is_there BOOLEAN;
BEGIN
    PERFORM set_config('covibe.former_domains', 'on', true);
    SELECT EXISTS (
        SELECT FROM domains former
        WHERE former.name = sought AND former.workspace_id <> holder
            AND former.state IN ('expired', 'failed') AND former.lost_at IS NOT NULL
            AND former.released_at IS NULL
    ) INTO is_there;
    PERFORM set_config('covibe.former_domains', '', true);
    RETURN is_there;
END
$$;

DO $$
DECLARE
    signature TEXT;
BEGIN
    FOREACH signature IN ARRAY ARRAY['former_domains()', 'has_former_holder(TEXT, TEXT)']
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', signature, current_schema());
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION former_domains(), has_former_holder(TEXT, TEXT) FROM PUBLIC;
