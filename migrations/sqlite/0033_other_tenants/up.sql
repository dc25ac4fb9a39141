-- The PostgreSQL tree has a function here: only there does the server see one tenant's rows at a time.

SELECT 1;
