-- When the registrar's account lost a domain: its zone is removed some time later. The name servers of a domain are
-- those of its zone, which tells them.
-- The SQLite tree has the same tables and columns; a test compares the two.

ALTER TABLE domains DROP COLUMN nameservers;
ALTER TABLE domains ADD COLUMN lost_at BIGINT;

-- The server also looks by itself for zones of domains that were lost.
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
        OR (state = 'expired' AND zone IS NOT NULL)
    );
