-- The destination in Coolify that is a workspace's own, and the server that it is on.
-- The SQLite tree has the same tables and columns; a test compares the two.

ALTER TABLE vibn_workspaces ADD COLUMN coolify_destination_uuid TEXT;
ALTER TABLE vibn_workspaces ADD COLUMN coolify_destination_server TEXT;
