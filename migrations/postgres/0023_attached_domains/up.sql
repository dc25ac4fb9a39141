-- How domains are served: the provider of their DNS, their zone there, and the name servers that the registrar has
-- to name. `is_unlocked` is 1 while the registrar's lock is off and has to be set again. A workspace has a
-- provider for its next domains; without one, it is the operator's usual one.
-- The SQLite tree has the same tables and columns; a test compares the two.

ALTER TABLE vibn_workspaces ADD COLUMN dns_provider TEXT;

ALTER TABLE domains ADD COLUMN dns_provider TEXT;
ALTER TABLE domains ADD COLUMN zone TEXT;
ALTER TABLE domains ADD COLUMN nameservers TEXT;
ALTER TABLE domains ADD COLUMN attached_at BIGINT;
ALTER TABLE domains ADD COLUMN is_unlocked BIGINT NOT NULL DEFAULT 0;

-- The server also looks by itself for domains whose lock has to be set again.
DROP POLICY operator ON domains;
CREATE POLICY operator ON domains FOR SELECT TO CURRENT_USER
    USING (
        state IN ('registering', 'pending', 'held')
        OR (
            state = 'registered'
            AND (
                is_unlocked = 1
                OR expires_at IS NULL
                OR expires_at < extract(epoch FROM now()) * 1000
            )
        )
    );
