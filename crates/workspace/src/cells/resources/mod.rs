//! The names, recent actions and removals of a cell's resources: its applications, services and databases.

mod known_names;

use std::time::Duration;

use covibe_domain::{KeyedSemaphore, TenantId};

use self::known_names::KnownNames;
use super::recent_ids::RecentIds;

/// The state of a cell's resources of all kinds.
#[derive(Debug, Default)]
pub(crate) struct Resources {
    /// The names that they had when they were listed last.
    pub(crate) names: KnownNames,
    /// The resources that this process deployed, started or stopped in the last minutes: the state that Coolify reports
    /// may be older.
    pub(crate) acted_on: RecentIds,
    /// The resources with such an action that is over now.
    pub(crate) settled: RecentIds,
    /// The strays whose deletion was requested in the last minutes: Coolify lists them until they are deleted.
    pub(crate) removed_strays: RecentIds,
    /// The turns to give a database one more public port, by tenant: the databases of a tenant share a limit.
    pub(crate) public_port_turns: KeyedSemaphore<TenantId>,
}

impl Resources {
    /// Returns the time since the last action on a resource began or ended, if that was in the last five minutes.
    pub(crate) fn age_of_action(&self, uuid: &str) -> Option<Duration> {
        self.acted_on.age(uuid).into_iter().chain(self.settled.age(uuid)).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_of_an_action_is_counted_from_its_end() {
        let resources = Resources::default();
        assert_eq!(resources.age_of_action("one"), None);
        resources.acted_on.note("one");
        std::thread::sleep(Duration::from_millis(2));
        resources.settled.note("one");
        let since_end = resources.age_of_action("one").unwrap();
        assert!(since_end < resources.acted_on.age("one").unwrap());
    }
}
