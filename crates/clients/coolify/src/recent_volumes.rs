//! The volumes of applications as they were read a moment ago.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use covibe_domain::AppUuid;
use parking_lot::Mutex;

use crate::records::Volume;

/// How long volumes are reused. Only calls of ours and an operator's change them.
const LIFETIME: Duration = Duration::from_secs(30);

/// The number of applications above which those that are too old are removed.
const MANY: usize = 1_000;

/// The volumes that were read a moment ago, by application.
#[derive(Default)]
pub(crate) struct RecentVolumes(Mutex<Known>);

#[derive(Default)]
struct Known {
    volumes: HashMap<AppUuid, (Instant, Vec<Volume>)>,
    /// The number of changes so far.
    changes: u64,
}

impl RecentVolumes {
    /// Returns the volumes of an application if they were read a moment ago.
    pub(crate) fn get(&self, app: &AppUuid) -> Option<Vec<Volume>> {
        let known = self.0.lock();
        let (read, volumes) = known.volumes.get(app)?;
        (read.elapsed() < LIFETIME).then(|| volumes.clone())
    }

    /// Returns the number of changes so far, for [`Self::keep`].
    pub(crate) fn changes(&self) -> u64 {
        self.0.lock().changes
    }

    /// Keeps volumes that were read, unless there was a change since that count.
    pub(crate) fn keep(&self, app: &AppUuid, volumes: &[Volume], changes: u64) {
        let mut known = self.0.lock();
        if known.changes != changes {
            return;
        }
        if known.volumes.len() >= MANY {
            known.volumes.retain(|_, (read, _)| read.elapsed() < LIFETIME);
        }
        known.volumes.insert(app.clone(), (Instant::now(), volumes.to_vec()));
    }

    /// Forgets the volumes of an application, which are about to change.
    pub(crate) fn forget(&self, app: &AppUuid) {
        let mut known = self.0.lock();
        known.changes += 1;
        known.volumes.remove(app);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_that_were_read_before_a_change_are_not_kept() {
        let (recent, app) = (RecentVolumes::default(), "zg4cwgc44ogc08804000gggo".parse().unwrap());
        let before = recent.changes();
        recent.keep(&app, &[], before);
        assert_eq!(recent.get(&app), Some(vec![]));
        recent.forget(&app);
        assert_eq!(recent.get(&app), None);
        recent.keep(&app, &[], before);
        assert_eq!(recent.get(&app), None);
    }
}
