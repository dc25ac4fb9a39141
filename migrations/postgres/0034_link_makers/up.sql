-- Who made a one-time link, and for which tenant: `operator` and none, or an admin and theirs. A link of an admin opens
-- nothing once they are none there. Links of earlier releases have no maker, and open nothing.
-- `invited_by` of an invitation can be `operator` too.
-- The SQLite tree has the same columns; a test compares the two.

ALTER TABLE one_time_links ADD COLUMN made_by TEXT;
ALTER TABLE one_time_links ADD COLUMN tenant_id TEXT CHECK (tenant_id <> '');
CREATE INDEX one_time_links_by_tenant ON one_time_links (tenant_id, made_by);

CREATE POLICY tenant ON one_time_links
    USING (tenant_id = current_setting('app.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('app.tenant_id', true));
