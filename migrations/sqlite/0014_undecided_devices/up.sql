-- Anybody can start to set up a device, so the devices on which nobody has decided are counted before another one is
-- inserted.
CREATE INDEX device_grants_undecided ON device_grants (expires_at) WHERE tenant_id IS NULL;
