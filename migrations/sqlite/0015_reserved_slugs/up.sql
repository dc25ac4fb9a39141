-- The slugs that no new workspace gets, because an upstream still has what belonged to a workspace of which
-- a restored backup has no record.
-- The PostgreSQL tree has the same tables and columns; a test compares the two.

-- Not scoped to a tenant: the tenants of these workspaces may be unknown too.
CREATE TABLE reserved_slugs (
    slug TEXT NOT NULL PRIMARY KEY,
    reason TEXT NOT NULL,
    reserved_at INTEGER NOT NULL
) STRICT;
