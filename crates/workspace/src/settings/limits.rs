//! Limits of starts, calls and trees, and of the times for which records are kept.

use std::time::{Duration, Instant};

use covibe_store::ExportFolder;

/// The limits of starts of databases, compose apps and auth providers. Each holds one of the workers that Coolify has for
/// all tenants until its images are pulled and its containers are up (4.3.11).
#[derive(Clone, Copy, Debug)]
pub struct StartLimits {
    /// The maximum number of a tenant's starts in progress; `None` for no limit besides the number of places.
    pub most: Option<usize>,
    /// The time until Coolify reports a start that was requested.
    pub notice: Duration,
}

impl StartLimits {
    /// Returns the time until Coolify reports a restart. It stops the containers first: Docker waits 30 seconds for
    /// them.
    pub fn restart_notice(&self) -> Duration {
        self.notice * 6
    }
}

impl Default for StartLimits {
    fn default() -> Self {
        Self { most: None, notice: Duration::from_secs(10) }
    }
}

/// The times of commands that run without their clients.
#[derive(Clone, Copy, Debug)]
pub struct DetachedTimes {
    /// The time after which a call that starts such a command answers with its id.
    pub answered_after: Duration,
    /// The interval at which a server reports a command that it runs, with the output so far.
    pub reported_every: Duration,
    /// The time without a report after which the server that ran a command counts as ended. It must exceed that of
    /// several reports.
    pub lost_after: Duration,
}

impl Default for DetachedTimes {
    fn default() -> Self {
        Self {
            answered_after: Duration::from_secs(2),
            reported_every: Duration::from_secs(10),
            lost_after: Duration::from_mins(1),
        }
    }
}

/// The maximum numbers of places before Coolify for a tenant; `None` for no limit besides their number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ceilings {
    /// Deployments of applications.
    pub(crate) builds: Option<usize>,
    /// Starts of databases, compose apps and auth providers.
    pub(crate) starts: Option<usize>,
}

/// The permitted number of calls in the long run, and at once after a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallRate {
    /// The number of calls per second in the long run.
    pub per_second: u32,
    /// The number of calls at once.
    pub burst: u32,
}

impl CallRate {
    /// Returns the rate of this many calls per second, with those of five seconds at once.
    pub const fn per_second(per_second: u32) -> Self {
        Self { per_second, burst: per_second.saturating_mul(5) }
    }

    /// Returns the rate of this many changes per second, with those of twenty seconds at once: an agent makes many
    /// changes in a row, and then none for a while.
    pub const fn changes_per_second(per_second: u32) -> Self {
        Self { per_second, burst: per_second.saturating_mul(20) }
    }

    /// Counts a call. `used_until` is the time until which the caller's calls are used up. Returns its new value, or
    /// the time to wait until the next call.
    pub fn take(self, used_until: Option<Instant>, now: Instant) -> Result<Instant, Duration> {
        let interval = Duration::from_secs(1) / self.per_second.max(1);
        let until = used_until.unwrap_or(now).max(now) + interval;
        match until.checked_duration_since(now + interval * self.burst.max(1)) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => Ok(until),
        }
    }

    /// Returns the rate of a workspace: half of the tenant's, but not less than that of one key.
    #[must_use]
    pub fn for_workspace(tenant: Self, key: Self) -> Self {
        Self {
            per_second: (tenant.per_second / 2).max(key.per_second),
            burst: (tenant.burst / 2).max(key.burst),
        }
    }
}

/// The limits of the calls of a key and of a tenant. Calls above them are refused before anything is read
/// or written for them. A workspace has the rate [`CallRate::for_workspace`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallRates {
    /// The calls of one key.
    pub key: CallRate,
    /// The calls of all keys of a tenant.
    pub tenant: CallRate,
    /// The changes of one key: each leaves two audit entries, and some leave more rows.
    pub key_changes: CallRate,
    /// The changes of all keys of a tenant.
    pub tenant_changes: CallRate,
}

impl Default for CallRates {
    fn default() -> Self {
        Self {
            key: CallRate::per_second(20),
            tenant: CallRate::per_second(100),
            key_changes: CallRate::changes_per_second(5),
            tenant_changes: CallRate::changes_per_second(10),
        }
    }
}

/// The time limits for copying a repository with its history into the release repository of an app.
#[derive(Clone, Copy, Debug)]
pub struct ReleaseTimes {
    /// The longest wait until other repositories have been copied. Then the deployment waits in the queue.
    pub turn: Duration,
    /// The time limit for fetching the repository and pushing what the release repository lacks.
    pub copy: Duration,
}

impl Default for ReleaseTimes {
    fn default() -> Self {
        Self { turn: Duration::from_secs(20), copy: Duration::from_secs(30) }
    }
}

/// The limits of the trees of commits that are judged before they are built, in files and folders.
#[derive(Clone, Copy, Debug)]
pub struct TreeLimits {
    /// The maximum number that is read by Gitea's API, which lists the tree anew for each page; larger trees are read
    /// by git.
    pub by_api: usize,
    /// The maximum number.
    pub whole: usize,
    /// The size limit of a clone without blobs, in bytes.
    pub clone: u64,
}

impl Default for TreeLimits {
    fn default() -> Self {
        // The trees of 300,000 entries take about 30 MB.
        Self { by_api: 20_000, whole: 300_000, clone: 256 << 20 }
    }
}

/// The times for which records are kept that calls do not need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// The time for audit entries, at least 30 days; `None` for ever.
    pub audit: Option<Duration>,
    /// The folder that audit entries are written to before they are removed; `None` if they are not.
    pub export: Option<ExportFolder>,
    /// The time for revoked keys.
    pub revoked_keys: Duration,
    /// The time for the activity that companions sent.
    pub activity: Duration,
}

/// 90 days.
const QUARTER: Duration = Duration::from_hours(90 * 24);

impl Default for Retention {
    fn default() -> Self {
        Self { audit: None, export: None, revoked_keys: QUARTER, activity: QUARTER }
    }
}
