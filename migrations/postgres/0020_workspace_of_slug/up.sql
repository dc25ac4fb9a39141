-- The watch of a docker host's containers finds the workspace by the slug that Coolify's label has, and with it
-- its tenant. A transaction with that slug in its setting sees this one row, and only reads it.

CREATE POLICY slug ON vibn_workspaces FOR SELECT
    USING (slug = current_setting('app.slug', true));
