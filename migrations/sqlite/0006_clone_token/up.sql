-- The bot's second token, which only reads repositories: Coolify clones with it. And the numbers of
-- replaced tokens that still have to be deleted.
-- The PostgreSQL tree has the same tables and columns; a test compares the two.

ALTER TABLE vibn_workspaces ADD COLUMN gitea_clone_token TEXT;
ALTER TABLE vibn_workspaces ADD COLUMN gitea_clone_token_id INTEGER;
ALTER TABLE vibn_workspaces ADD COLUMN gitea_replaced_tokens TEXT;
