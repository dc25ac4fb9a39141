-- The record of a resource that was deleted stays for as long as the upstream may deliver another one of
-- the same creation.
-- The PostgreSQL tree has the same tables and columns; a test compares the two.

ALTER TABLE created_resources ADD COLUMN deleted_at INTEGER;

-- A server of an earlier release records no creations: in a workspace that it makes, no resource may count
-- as made by hand. SQLite changes no default, so the column is made anew.
ALTER TABLE vibn_workspaces ADD COLUMN recorded_from INTEGER NOT NULL DEFAULT 253402300799000;
UPDATE vibn_workspaces SET recorded_from = recorded_since;
ALTER TABLE vibn_workspaces DROP COLUMN recorded_since;
ALTER TABLE vibn_workspaces RENAME COLUMN recorded_from TO recorded_since;
