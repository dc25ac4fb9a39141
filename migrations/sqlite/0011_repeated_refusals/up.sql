-- How many equal refused calls an audit entry stands for, and when the first of them came. Both are null in
-- the entry of a single call, so that the digests of earlier entries stay valid.
-- The PostgreSQL tree has the same tables and columns; a test compares the two.

ALTER TABLE audit_log ADD COLUMN repeats INTEGER;
ALTER TABLE audit_log ADD COLUMN since INTEGER;
