//! The starts of services that may hold one of Coolify's workers.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use covibe_domain::{ServiceUuid, TenantId};
use parking_lot::Mutex;

/// After this time Coolify ends a start that still waits (4.3.11, the time-out of its workers).
const LONGEST: Duration = Duration::from_mins(10);

/// The starts that this process requested, until they are known to have ended.
#[derive(Debug, Default)]
pub(crate) struct StartsUnderWay(Mutex<HashMap<ServiceUuid, Begun>>);

#[derive(Debug)]
struct Begun {
    tenant: TenantId,
    at: Instant,
}

impl StartsUnderWay {
    /// Notes a start, unless that many other services of the tenant are being started. A service that
    /// is started once more takes no other place.
    ///
    /// # Errors
    ///
    /// Those other services.
    pub(crate) fn begin(
        &self,
        tenant: &TenantId,
        uuid: &ServiceUuid,
        most: usize,
    ) -> Result<(), Vec<ServiceUuid>> {
        let mut begun = self.0.lock();
        begun.retain(|_, start| start.at.elapsed() < LONGEST);
        let is_other =
            |(other, start): &(&ServiceUuid, &Begun)| *other != uuid && start.tenant == *tenant;
        let others: Vec<_> =
            begun.iter().filter(is_other).map(|(other, _)| other.clone()).collect();
        if others.len() >= most {
            return Err(others);
        }
        begun.insert(uuid.clone(), Begun { tenant: tenant.clone(), at: Instant::now() });
        Ok(())
    }

    /// Forgets a start that Coolify does not tell of any more, if it is at least this old: it may not
    /// have begun yet.
    pub(crate) fn end(&self, uuid: &ServiceUuid, at_least: Duration) {
        self.0.lock().retain(|other, start| other != uuid || start.at.elapsed() < at_least);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_the_services_of_a_tenant_that_are_being_started() {
        let starts = StartsUnderWay::default();
        let [tenant, other] = ["ten_abcd", "ten_abce"].map(|id| id.parse().unwrap());
        let [one, two, three] = ["abcdefg1", "abcdefg2", "abcdefg3"].map(|id| id.parse().unwrap());
        assert_eq!(starts.begin(&tenant, &one, 2), Ok(()));
        assert_eq!(starts.begin(&tenant, &two, 2), Ok(()));
        assert_eq!(starts.begin(&tenant, &three, 2).map_err(|others| others.len()), Err(2));
        assert_eq!(starts.begin(&tenant, &one, 2), Ok(()), "it has its place");
        assert_eq!(starts.begin(&other, &three, 2), Ok(()));
        starts.end(&one, LONGEST);
        assert!(starts.begin(&tenant, &three, 1).is_err(), "it may not have begun");
        starts.end(&one, Duration::ZERO);
        assert_eq!(starts.begin(&tenant, &three, 2), Ok(()));
    }

    #[test]
    fn forgets_a_start_that_coolify_has_ended() {
        let starts = StartsUnderWay::default();
        let (tenant, one, two) =
            ("ten_abcd".parse().unwrap(), "abcdefg1".parse().unwrap(), "abcdefg2".parse().unwrap());
        let at = Instant::now().checked_sub(LONGEST).unwrap();
        starts.0.lock().insert(one, Begun { tenant: "ten_abcd".parse().unwrap(), at });
        assert_eq!(starts.begin(&tenant, &two, 1), Ok(()));
    }
}
