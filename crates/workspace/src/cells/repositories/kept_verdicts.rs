//! The verdicts that a cell keeps in memory. All of them, and those of each tenant, take a limited part of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::TenantId;
use covibe_repository::Verdict;
use tokio::time::Instant;

/// The time for which the verdicts of a tenant are kept after the first of them.
const LIFETIME: Duration = Duration::from_hours(24);

/// The memory limit of all verdicts, in bytes.
const CAPACITY: usize = 64 << 20;

/// The memory limit of a tenant's verdicts, in bytes. A verdict takes little more than 2 MiB at most.
const TENANT_CAPACITY: usize = CAPACITY / 4;

/// A repository, `owner/name`, and the full hash of a commit.
pub(crate) type CommitOf = (String, String);

/// The verdicts on the commits of each tenant.
#[derive(Debug, Default)]
pub(super) struct KeptVerdicts(HashMap<TenantId, TenantVerdicts>);

/// The verdicts on a tenant's commits.
#[derive(Debug)]
struct TenantVerdicts {
    verdicts: HashMap<CommitOf, Arc<Verdict>>,
    /// The bytes of memory that they take.
    weight: usize,
    /// The time of the first.
    since: Instant,
}

impl KeptVerdicts {
    /// Returns the verdict on a tenant's commit, if it is kept.
    pub(super) fn get(&self, tenant: &TenantId, of: &CommitOf) -> Option<Arc<Verdict>> {
        self.0.get(tenant)?.verdicts.get(of).cloned()
    }

    /// Keeps a verdict. Others may be evicted, each of which costs a judgement when it is needed again.
    pub(super) fn keep(&mut self, tenant: &TenantId, of: &CommitOf, verdict: &Arc<Verdict>) {
        let place = size_of::<(CommitOf, Arc<Verdict>)>();
        let weight = verdict.weight() + place + of.0.len() + of.1.len();
        self.make_room(tenant, weight);
        let own = self.0.entry(tenant.clone()).or_insert_with(TenantVerdicts::new);
        if own.verdicts.insert(of.clone(), Arc::clone(verdict)).is_none() {
            own.weight += weight;
        }
    }

    /// Evicts old verdicts, those of the tenant if its share is full, and those of the tenants whose verdicts take
    /// most, until there is room.
    fn make_room(&mut self, tenant: &TenantId, weight: usize) {
        self.0.retain(|_, each| each.since.elapsed() < LIFETIME);
        let own = self.0.get(tenant).map_or(0, |own| own.weight);
        if own + weight > TENANT_CAPACITY {
            self.0.remove(tenant);
        }
        while self.weight() + weight > CAPACITY {
            let heaviest = self.0.iter().max_by_key(|(_, each)| each.weight);
            let Some(heaviest) = heaviest.map(|(tenant, _)| tenant.clone()) else { return };
            self.0.remove(&heaviest);
        }
    }

    /// Returns the bytes of memory that all verdicts take.
    fn weight(&self) -> usize {
        self.0.values().map(|each| each.weight).sum()
    }
}

impl TenantVerdicts {
    fn new() -> Self {
        Self { verdicts: HashMap::new(), weight: 0, since: Instant::now() }
    }
}

#[cfg(test)]
mod tests {
    use covibe_repository::{Entry, Mode, Survey};

    use super::*;

    /// Returns the verdict on a commit with so many symbolic links.
    fn verdict_with_links(count: usize) -> Arc<Verdict> {
        let link = |at: usize| Entry {
            path: at.to_string(),
            mode: Mode::Link,
            id: "c0ffee".to_owned(),
            size: None,
        };
        let mut survey = Survey::default();
        survey.extend((0..count).map(link));
        Arc::new(survey.verdict(&HashMap::from([("c0ffee".to_owned(), b"x".to_vec())])))
    }

    fn commit(number: usize) -> CommitOf {
        ("shop/site".to_owned(), format!("{number:040}"))
    }

    fn tenant(number: usize) -> TenantId {
        format!("ten_{number:04}").parse().unwrap()
    }

    #[test]
    fn a_tenant_that_fills_its_share_displaces_no_verdict_of_another() {
        let (small, large) = (verdict_with_links(1), verdict_with_links(45_000));
        let mut kept = KeptVerdicts::default();
        kept.keep(&tenant(1), &commit(0), &small);
        for number in 0..200 {
            kept.keep(&tenant(2), &commit(number), &large);
            assert!(kept.weight() < TENANT_CAPACITY + (1 << 10), "{}", kept.weight());
        }
        assert_eq!(kept.get(&tenant(1), &commit(0)), Some(small));
        assert_eq!(kept.get(&tenant(2), &commit(199)), Some(large));
        assert_eq!(kept.get(&tenant(1), &commit(199)), None);
    }

    #[test]
    fn the_verdicts_of_many_tenants_displace_those_of_the_largest() {
        let (small, large) = (verdict_with_links(1), verdict_with_links(45_000));
        let mut kept = KeptVerdicts::default();
        kept.keep(&tenant(0), &commit(0), &small);
        for number in 1..200 {
            kept.keep(&tenant(number), &commit(0), &large);
            kept.keep(&tenant(number), &commit(1), &large);
            assert!(kept.weight() <= CAPACITY, "{}", kept.weight());
        }
        assert!(kept.weight() > CAPACITY * 9 / 10, "{}", kept.weight());
        assert!(kept.get(&tenant(0), &commit(0)).is_some());
        assert!(kept.get(&tenant(199), &commit(1)).is_some());
    }

    #[test]
    fn a_verdict_that_is_kept_twice_counts_once() {
        let (mut kept, small) = (KeptVerdicts::default(), verdict_with_links(1));
        kept.keep(&tenant(1), &commit(0), &small);
        let weight = kept.weight();
        kept.keep(&tenant(1), &commit(0), &small);
        assert_eq!(kept.weight(), weight);
    }

    #[tokio::test(start_paused = true)]
    async fn the_verdicts_of_a_tenant_are_evicted_a_day_after_the_first() {
        let (mut kept, small) = (KeptVerdicts::default(), verdict_with_links(1));
        kept.keep(&tenant(1), &commit(0), &small);
        tokio::time::advance(Duration::from_hours(23)).await;
        kept.keep(&tenant(2), &commit(0), &small);
        assert!(kept.get(&tenant(1), &commit(0)).is_some());
        tokio::time::advance(Duration::from_hours(1)).await;
        kept.keep(&tenant(2), &commit(1), &small);
        assert_eq!(kept.get(&tenant(1), &commit(0)), None);
        assert!(kept.get(&tenant(2), &commit(0)).is_some());
    }
}
