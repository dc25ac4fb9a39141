-- The PostgreSQL tree has a function here that removes entries within bounds. In SQLite the server deletes
-- them itself.

SELECT 1;
