-- The record of a resource that was deleted stays for as long as the upstream may deliver another one of
-- the same creation.
-- The SQLite tree has the same tables and columns; a test compares the two.

ALTER TABLE created_resources ADD COLUMN deleted_at BIGINT;

-- A server of an earlier release records no creations: in a workspace that it makes, no resource may count
-- as made by hand.
ALTER TABLE vibn_workspaces ALTER COLUMN recorded_since SET DEFAULT 253402300799000;
