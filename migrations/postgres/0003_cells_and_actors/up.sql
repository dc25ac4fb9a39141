-- Workspaces live in cells, and the audit records persons as well as keys.
-- The SQLite tree has the same tables and columns; a test compares the two.

-- A cell is one Coolify, one Gitea and the hosts behind them.
ALTER TABLE vibn_workspaces ADD COLUMN cell TEXT NOT NULL DEFAULT 'default';

-- The id of a key or a person. The digests of the chain cover its value, which stays.
ALTER TABLE audit_log RENAME COLUMN key_id TO actor_id;
