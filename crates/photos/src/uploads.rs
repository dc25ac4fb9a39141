//! The uploads that arrive at this moment.

use std::collections::HashMap;
use std::sync::Arc;

use covibe_domain::TenantId;
use parking_lot::Mutex;

/// The number of uploads of a tenant that may arrive at once. Only one may while half of the places are taken, so that
/// the slow uploads of a few tenants keep nobody else's out.
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
        let all = counts.values().sum::<usize>();
        let own_limit = if all < OF_ALL / 2 { OF_TENANT } else { 1 };
        if own >= own_limit || all >= OF_ALL {
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
    fn concurrent_uploads_are_limited_by_tenant_and_to_eight_in_total() {
        let uploads = Uploads::default();
        let tenant = |number: usize| Some(format!("ten_{number:06}").parse().unwrap());
        let begin = |number| uploads.begin(tenant(number).as_ref());
        let mut places: Vec<_> = (0..12).filter_map(|upload| begin(upload / 3)).collect();
        let places_of = |number| uploads.0.lock()[&tenant(number)];
        assert_eq!([0, 1, 2, 3].map(places_of), [2, 2, 1, 1]);
        places.extend([begin(4), begin(5)].into_iter().flatten());
        assert_eq!(places.len(), OF_ALL);
        assert!(begin(0).is_none() && begin(9).is_none());
        drop(places);
        assert!(begin(0).is_some() && begin(9).is_some() && uploads.begin(None).is_some());
        assert!(uploads.0.lock().is_empty());
    }
}
