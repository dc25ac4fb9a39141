-- The key with which a key was minted, if with one: a revocation of the former ends the latter.
ALTER TABLE api_keys ADD COLUMN minted_with TEXT;
CREATE INDEX api_keys_by_minting_key ON api_keys (tenant_id, minted_with);
