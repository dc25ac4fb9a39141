-- `suspended_at` is since when the keys and sessions of a tenant are refused and nothing of it is started.
-- `deletion_began_at` is when its operator began to delete it, which is not taken back, and `deleted_at` when that was
-- done; the audit and what was kept stay.
ALTER TABLE tenants ADD COLUMN suspended_at INTEGER;
ALTER TABLE tenants ADD COLUMN deletion_began_at INTEGER;
ALTER TABLE tenants ADD COLUMN deleted_at INTEGER;
CREATE INDEX tenants_suspended ON tenants (id) WHERE suspended_at IS NOT NULL;
