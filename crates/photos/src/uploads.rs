//! The uploads that arrive at this moment.

use std::collections::HashMap;
use std::sync::Arc;

use covibe_domain::TenantId;
use parking_lot::Mutex;

/// The number of uploads of a tenant that may arrive at once.
const OF_TENANT: usize = 2;

/// The number of uploads of all tenants that may arrive at once.
const OF_ALL: usize = 8;

/// The number of uploads of each tenant; `None` is for people who are in no tenant.
type Counts = HashMap<Option<TenantId>, usize>;

/// The uploads that arrive.
#[derive(Clone, Debug, Default)]
pub(crate) struct Uploads(Arc<Mutex<Counts>>);

/// The place of an upload that arrives. It is given back when it is dropped.
#[derive(Debug)]
pub struct UploadPlace {
    uploads: Uploads,
    tenant: Option<TenantId>,
}

impl Uploads {
    /// Returns a place for one more upload, if there is one.
    pub(crate) fn begin(&self, tenant: Option<&TenantId>) -> Option<UploadPlace> {
        let (tenant, mut counts) = (tenant.cloned(), self.0.lock());
        let own = counts.get(&tenant).copied().unwrap_or_default();
        if own >= OF_TENANT || counts.values().sum::<usize>() >= OF_ALL {
            return None;
        }
        counts.insert(tenant.clone(), own + 1);
        drop(counts);
        Some(UploadPlace { uploads: self.clone(), tenant })
    }
}

impl Drop for UploadPlace {
    fn drop(&mut self) {
        let mut counts = self.uploads.0.lock();
        match counts.get_mut(&self.tenant) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(counts.remove(&self.tenant)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concurrent_uploads_are_limited_to_two_per_tenant_and_eight_in_total() {
        let uploads = Uploads::default();
        let tenant = |number: usize| Some(format!("ten_{number:06}").parse().unwrap());
        let begin = |number| uploads.begin(tenant(number).as_ref());
        let places: Vec<_> = (0..16).filter_map(|upload| begin(upload / 3)).collect();
        assert_eq!(places.len(), OF_ALL);
        assert!(begin(0).is_none() && begin(9).is_none());
        drop(places);
        assert!(begin(0).is_some() && begin(9).is_some() && uploads.begin(None).is_some());
        assert!(uploads.0.lock().is_empty());
    }
}
