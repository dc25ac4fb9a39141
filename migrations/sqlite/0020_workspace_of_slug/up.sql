-- The PostgreSQL tree has a policy here by which a workspace is read by its slug. SQLite has no policies.

SELECT 1;
