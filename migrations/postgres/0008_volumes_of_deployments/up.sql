-- What the last push that was deployed changes for volumes, one sentence a line.
ALTER TABLE followed_branches ADD COLUMN warnings TEXT NOT NULL DEFAULT '';

-- The volumes that the deployment may take from where they are mounted, one name a line.
ALTER TABLE queued_deployments ADD COLUMN confirmed TEXT NOT NULL DEFAULT '';
