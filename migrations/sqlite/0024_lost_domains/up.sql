-- When the registrar's account lost a domain: its zone is removed some time later. The name servers of a domain are
-- those of its zone, which tells them.
-- The PostgreSQL tree has the same tables and columns; a test compares the two.

ALTER TABLE domains DROP COLUMN nameservers;
ALTER TABLE domains ADD COLUMN lost_at INTEGER;
