//! Rows of object storage.

use covibe_domain::entities::StorageProvider;
use covibe_store::{NewStorage, StorageInjection};

use crate::ids::at;

pub(crate) fn new_storage(of: &str) -> NewStorage {
    NewStorage {
        provider: StorageProvider::Gcs,
        bucket: format!("vibn-ws-{of}-1"),
        location: "NORTHAMERICA-NORTHEAST1".to_owned(),
        endpoint: "https://storage.googleapis.com".to_owned(),
        region: "auto".to_owned(),
    }
}

pub(crate) fn injection(of: &str) -> StorageInjection {
    StorageInjection {
        resource: format!("uuid-of-{of}-shop"),
        prefix: "STORAGE_".to_owned(),
        access_key_id: "GOOG1E1".to_owned(),
        injected_at: at(80),
    }
}
