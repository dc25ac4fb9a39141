-- The text of a command as the audit has it: without parts that look like secrets, and shortened. NULL for a command that
-- an earlier server started.
ALTER TABLE detached_commands ADD COLUMN command TEXT;
