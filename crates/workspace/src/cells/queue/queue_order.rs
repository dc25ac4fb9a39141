//! The order of the queue: the next deployment, and whether there is a place for it.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use covibe_coolify::Deployment;
use covibe_domain::{Deployable, DeploymentUuid, HostedUuid, TenantId, Timestamp, WorkspaceId};
use covibe_store::{OpenDeployment, QueueState};
use tokio::time::Instant;

/// The precision of the database's times: a deployment that another server handed over just before a list was requested
/// may be missing in it.
const TOLERANCE: Duration = Duration::from_secs(2);

/// The work that Coolify has under way.
#[derive(Clone, Debug)]
pub(crate) struct WorkUnderWay {
    /// The time when the list was requested.
    pub(crate) asked_at: Instant,
    /// The deployments.
    pub(crate) deployments: Vec<Deployment>,
    /// The times when this process handed deployments over, by Coolify's ids.
    pub(crate) handed: HashMap<DeploymentUuid, Instant>,
    /// The starts that are known to be over; Coolify does not list starts.
    pub(crate) over: HashSet<DeploymentUuid>,
}

/// The places for deployments and starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places {
    /// The number of places.
    pub(crate) all: usize,
    /// The number of those that builds may have.
    pub(crate) builds: usize,
    /// The maximum of builds for one tenant.
    pub(crate) builds_each: usize,
    /// The maximum of starts for one tenant.
    pub(crate) starts_each: usize,
}

/// The deployments and starts that have places, and those that wait for one.
#[derive(Debug)]
pub(crate) struct QueueSnapshot<'a> {
    waiting: Vec<&'a OpenDeployment>,
    /// The apps with a deployment in progress, each of which has a place.
    builds: HashSet<HostedUuid>,
    /// The number of deployments in progress whose app is unknown.
    others: usize,
    /// The number of starts. Each has a place, even two of the same resource.
    starts: usize,
    tenants: HashMap<&'a TenantId, TurnCounts>,
    workspaces: HashMap<&'a WorkspaceId, TurnCounts>,
}

/// The turns of a tenant or workspace.
#[derive(Clone, Copy, Debug, Default)]
struct TurnCounts {
    /// The number of builds that have places now.
    builds: usize,
    /// The number of starts that have places now.
    starts: usize,
    /// The time of its last turn.
    last: Option<Timestamp>,
}

impl TurnCounts {
    /// Returns the sort key of turns.
    const fn order(self) -> (usize, Option<Timestamp>) {
        (self.builds + self.starts, self.last)
    }
}

impl Default for WorkUnderWay {
    fn default() -> Self {
        Self {
            asked_at: Instant::now(),
            deployments: Vec::new(),
            handed: HashMap::new(),
            over: HashSet::new(),
        }
    }
}

impl WorkUnderWay {
    /// Returns whether a deployment that is not in the list is over: it was handed over before the list was requested.
    /// A start is over if that was seen or if its time limit has passed.
    fn has_ended(&self, each: &OpenDeployment) -> bool {
        if !each.resource.takes_build_place() {
            let is_due = each.handed_for.is_some_and(|age| age >= each.hold.longest);
            return is_due || self.over.contains(&each.id);
        }
        let handed = each.deployment.as_ref().and_then(|uuid| self.handed.get(uuid));
        match (handed, each.handed_for) {
            (Some(at), _) => *at <= self.asked_at,
            (None, Some(age)) => age > self.asked_at.elapsed() + TOLERANCE,
            (None, None) => false,
        }
    }

    /// Returns the handed-over deployments and starts that are over.
    pub(crate) fn ended_entries<'a>(
        &'a self,
        open: &'a [OpenDeployment],
    ) -> impl Iterator<Item = &'a OpenDeployment> {
        let present: HashSet<_> = self.deployments.iter().map(|each| &each.uuid).collect();
        open.iter().filter(move |each| {
            let is_present = each.deployment.as_ref().is_some_and(|uuid| present.contains(uuid));
            !is_present && self.has_ended(each)
        })
    }
}

impl<'a> QueueSnapshot<'a> {
    /// Compares the open entries of the queue with the work that Coolify has under way, which includes deployments that
    /// people start in Coolify.
    pub(crate) fn new(open: &'a [OpenDeployment], under_way: &'a WorkUnderWay) -> Self {
        let ended: HashSet<_> = under_way.ended_entries(open).map(|each| &each.id).collect();
        let (mut waiting, mut holding) = (Vec::new(), Vec::new());
        for each in open.iter().filter(|each| !ended.contains(&each.id)) {
            let side = if each.state == QueueState::Waiting { &mut waiting } else { &mut holding };
            side.push(each);
        }
        let mut standing = Self {
            waiting,
            builds: HashSet::new(),
            others: 0,
            starts: 0,
            tenants: HashMap::new(),
            workspaces: HashMap::new(),
        };
        for each in open {
            standing.tenants.entry(&each.tenant).or_default().last = each.tenant_turn;
            standing.workspaces.entry(&each.workspace).or_default().last = each.workspace_turn;
        }
        for each in holding {
            standing.note_held(each);
        }
        for each in &under_way.deployments {
            match &each.link.application {
                Some(app) => drop(standing.builds.insert(app.into())),
                None => standing.others += 1,
            }
        }
        standing
    }

    fn note_held(&mut self, each: &'a OpenDeployment) {
        let is_build = each.resource.takes_build_place();
        if is_build {
            self.builds.insert(each.resource.uuid());
        } else {
            self.starts += 1;
        }
        for turns in [
            self.tenants.entry(&each.tenant).or_default(),
            self.workspaces.entry(&each.workspace).or_default(),
        ] {
            if is_build {
                turns.builds += 1;
            } else {
                turns.starts += 1;
            }
        }
    }

    /// Returns the number of places that builds have. The deployments of one app run one after the other.
    fn build_count(&self) -> usize {
        self.builds.len() + self.others
    }

    /// Returns whether starts wait for a place.
    pub(crate) fn starts_lack_places(&self, places: Places) -> bool {
        let mut waiting = self.waiting.iter();
        self.in_progress() >= places.all && waiting.any(|each| !each.resource.takes_build_place())
    }

    /// Returns whether there is a place for a start even if Coolify has begun further builds by now: it never has more
    /// builds in progress than its limit.
    pub(crate) fn has_place_anyway(&self, places: Places) -> bool {
        self.in_progress() < places.all && self.starts + places.builds < places.all
    }

    /// Returns the number of places that are taken.
    pub(crate) fn in_progress(&self) -> usize {
        self.build_count() + self.starts
    }

    /// Returns whether this tenant's deployment or start of a resource has to wait for starts that were handed over.
    pub(crate) fn depends_on_starts(
        &self,
        tenant: &TenantId,
        resource: &Deployable,
        places: Places,
    ) -> bool {
        let is_full = self.in_progress() >= places.all && self.starts > 0;
        if resource.takes_build_place() {
            return is_full && self.build_count() < places.builds;
        }
        let held = self.tenants.get(tenant).copied().unwrap_or_default();
        is_full || held.starts >= places.starts_each
    }

    /// Returns whether there is a place for this entry. The deployments of one app run one after the other.
    fn may_begin(&self, each: &OpenDeployment, places: Places) -> bool {
        let held = self.tenants.get(&each.tenant).copied().unwrap_or_default();
        if each.resource.takes_build_place() {
            let has_place = self.build_count() < places.builds && held.builds < places.builds_each;
            has_place && !self.builds.contains(&each.resource.uuid())
        } else {
            held.starts < places.starts_each
        }
    }

    /// Returns the next entry if there is a place. Entries whose app has a deployment in progress are skipped. The
    /// tenant with the fewest places comes first, then the one whose last turn was longest ago; within it, likewise the
    /// workspace; within that, the oldest entry.
    pub(crate) fn next(&self, places: Places) -> Option<&'a OpenDeployment> {
        if self.in_progress() >= places.all {
            return None;
        }
        let turns = |each: &OpenDeployment| {
            let tenant = self.tenants.get(&each.tenant).copied().unwrap_or_default();
            let workspace = self.workspaces.get(&each.workspace).copied().unwrap_or_default();
            (tenant.order(), workspace.order())
        };
        let may = |each: &&OpenDeployment| each.is_due && self.may_begin(each, places);
        let waiting = self.waiting.iter().copied().filter(may);
        waiting.min_by_key(|each| (turns(each), each.asked_at, &each.id))
    }

    /// Returns the number of entries that begin before this one, as far as known: those in progress, and those that
    /// wait and come first. `None` if it does not wait.
    pub(crate) fn position_of(mut self, id: &DeploymentUuid) -> Option<QueuePosition> {
        let (in_progress, most) = (self.in_progress(), usize::MAX);
        let every = Places { all: most, builds: most, builds_each: most, starts_each: most };
        let is_it = |each: &&OpenDeployment| each.id == *id;
        let own = self.waiting.iter().copied().find(is_it)?;
        // Each that waits gets its turn in the end, whatever is in progress now.
        self.builds.clear();
        self.starts = 0;
        for position in 1.. {
            let next = self.next_of_all(every)?;
            if next.id == own.id {
                return Some(QueuePosition { position, in_progress });
            }
            let last = self.tenants.values().filter_map(|turns| turns.last).max();
            let turn = Timestamp::from_millis(last.map_or(0, Timestamp::as_millis) + 1);
            self.note_held(next);
            self.tenants.entry(&next.tenant).or_default().last = Some(turn);
            self.workspaces.entry(&next.workspace).or_default().last = Some(turn);
            self.waiting.retain(|each| each.id != next.id);
        }
        None
    }

    /// Returns the next entry, whether it is due or not.
    fn next_of_all(&self, places: Places) -> Option<&'a OpenDeployment> {
        self.next(places).or_else(|| self.waiting.first().copied())
    }
}

/// The position of a waiting deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueuePosition {
    /// Its position in the queue, from 1.
    pub(crate) position: usize,
    /// The number of deployments and starts in progress.
    pub(crate) in_progress: usize,
}

#[cfg(test)]
mod tests;
