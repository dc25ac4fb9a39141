-- What a key may do, and whether an audited call could only read. An entry without this column is one of
-- full access, so that the digests of earlier entries stay valid.
-- The SQLite tree has the same tables and columns; a test compares the two.

ALTER TABLE api_keys ADD COLUMN access TEXT NOT NULL DEFAULT 'full';
ALTER TABLE audit_log ADD COLUMN access TEXT;
