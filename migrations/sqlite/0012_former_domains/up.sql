-- `released_at` is when no app of a workspace that had lost the domain had a host of it any more. Until then, the next
-- workspace that has the domain can't attach it: the proxy would lead its visitors to the former one's app. A domain that
-- was lost counts as such also if a later order of it failed.
ALTER TABLE domains ADD COLUMN released_at INTEGER;
CREATE INDEX domains_unreleased ON domains (name) WHERE lost_at IS NOT NULL AND released_at IS NULL;
