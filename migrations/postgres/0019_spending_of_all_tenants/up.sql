-- The limit on what all tenants together spend on domains in a day sums the latest orders of all of them.
CREATE INDEX domains_by_attempt_of_all ON domains (attempted_at);

-- The owner sees the rows of all tenants within this function alone, and the server learns the sum and nothing else.
CREATE POLICY spending ON domains FOR SELECT TO CURRENT_USER
    USING (current_setting('covibe.domain_spending', true) = 'on');
CREATE FUNCTION spent_on_domains_by_all(paid_in TEXT, since BIGINT, other_than TEXT) RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    cents BIGINT;
BEGIN
    PERFORM set_config('covibe.domain_spending', 'on', true);
    SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM domains
    WHERE state <> 'failed' AND (state <> 'expired' OR registered_at IS NOT NULL)
        AND currency = paid_in AND attempted_at > since AND attempt <> other_than
    INTO cents;
    PERFORM set_config('covibe.domain_spending', '', true);
    RETURN cents;
END
$$;
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION spent_on_domains_by_all(TEXT, BIGINT, TEXT) SET search_path = %I, pg_temp', current_schema()
    );
END
$$;
REVOKE ALL ON FUNCTION spent_on_domains_by_all(TEXT, BIGINT, TEXT) FROM PUBLIC;
