-- The limit on what all tenants together spend on domains in a day sums the latest orders of all of them.
CREATE INDEX domains_by_attempt_of_all ON domains (attempted_at);
