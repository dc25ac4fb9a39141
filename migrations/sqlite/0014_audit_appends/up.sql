-- The PostgreSQL tree has a function here that appends to a chain in one statement. SQLite needs none: one
-- process at a time writes.

SELECT 1;
