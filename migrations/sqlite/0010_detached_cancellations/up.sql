-- The request to end a command that runs without its client: its server reads it with its next report.
ALTER TABLE detached_commands ADD COLUMN cancel_requested_at INTEGER;
