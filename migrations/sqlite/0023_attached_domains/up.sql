-- How domains are served: the provider of their DNS, their zone there, and the name servers that the registrar has
-- to name. `is_unlocked` is 1 while the registrar's lock is off and has to be set again. A workspace has a
-- provider for its next domains; without one, it is the operator's usual one.
-- The PostgreSQL tree has the same tables and columns; a test compares the two.

ALTER TABLE vibn_workspaces ADD COLUMN dns_provider TEXT;

ALTER TABLE domains ADD COLUMN dns_provider TEXT;
ALTER TABLE domains ADD COLUMN zone TEXT;
ALTER TABLE domains ADD COLUMN nameservers TEXT;
ALTER TABLE domains ADD COLUMN attached_at INTEGER;
ALTER TABLE domains ADD COLUMN is_unlocked INTEGER NOT NULL DEFAULT 0;
