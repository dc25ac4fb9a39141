-- The PostgreSQL tree has the audit in a table for each month here. One file has nothing to gain from that.

SELECT 1;
