-- The key, workspace or person that a key was revoked with, until the audit has the key's entry. The revocation itself
-- writes it, so that a server that is killed before the entry leaves it to the next one.
ALTER TABLE api_keys ADD COLUMN unrecorded_with TEXT;
CREATE INDEX api_keys_unrecorded ON api_keys (tenant_id, revoked_at) WHERE unrecorded_with IS NOT NULL;
