-- How often somebody tried to sign in, or to guess a code, which all instances count together. `digest` is of what is
-- limited, such as an e-mail address, and does not tell it. At `full_at`, all attempts are available again.
-- Not scoped to a tenant: whoever tries is not known yet.
-- The SQLite tree has the same tables and columns; a test compares the two.

CREATE TABLE attempts (
    digest TEXT NOT NULL PRIMARY KEY CHECK (length(digest) = 64),
    full_at BIGINT NOT NULL
);
CREATE INDEX attempts_by_time ON attempts (full_at);
