-- A stranger who has many addresses could otherwise fill the places of devices on which nobody has decided. The network is
-- that of the address which a device asks from; all devices of earlier servers have the same one.
ALTER TABLE device_grants ADD COLUMN network TEXT NOT NULL DEFAULT '';
CREATE INDEX device_grants_undecided_by_network ON device_grants (network, expires_at) WHERE tenant_id IS NULL;
