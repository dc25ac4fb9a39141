//! Refused calls in the audit: equal ones share an entry, so that no caller can fill the audit.

mod count_windows;

use std::sync::Arc;
use std::time::Duration;

use covibe_domain::Timestamp;
use covibe_workspace::{Auditor, Draft};
use parking_lot::Mutex;
use tokio::runtime::Handle;

use self::count_windows::{RefusalKey, RefusalWindow, RefusalWindows};

/// The time for which equal refusals are counted together.
const WINDOW: Duration = Duration::from_mins(1);

/// The refusals of the last minute.
#[derive(Clone, Debug)]
pub(crate) struct Refusals {
    auditor: Auditor,
    runtime: Handle,
    windows: Arc<Mutex<RefusalWindows<CountedRefusals>>>,
}

/// Refusals that share an entry.
#[derive(Debug)]
struct CountedRefusals {
    draft: Draft,
    count: i64,
    since: Timestamp,
    last: Timestamp,
}

impl Refusals {
    /// Creates the refusals of a server. They are counted on this runtime.
    pub(crate) fn new(auditor: Auditor, runtime: Handle) -> Self {
        Self { auditor, runtime, windows: Arc::default() }
    }

    /// Audits a refusal with this outcome. The first `alone` of equal refusals within a minute get an entry each, the
    /// others one together at the end of the minute. When a tenant has too many different refusals, further ones of a
    /// workspace with the same outcome share an entry.
    pub(crate) async fn note(&self, draft: Draft, outcome: &str, alone: u32) {
        if self.is_alone(&draft, outcome, alone) {
            self.auditor.note(draft.outcome(outcome)).await;
        }
    }

    /// Counts a refusal; returns whether it gets an entry of its own.
    fn is_alone(&self, draft: &Draft, outcome: &str, alone: u32) -> bool {
        let mut windows = self.windows.lock();
        let key = windows.key(RefusalKey::from_draft(draft, outcome));
        let (window, is_new) = windows.get_or_insert(&key);
        if is_new {
            self.end_later(key.clone());
        }
        if !key.is_shared() && window.alone < alone {
            window.alone += 1;
            return true;
        }
        let now = Timestamp::now();
        match &mut window.counted {
            Some(counted) => (counted.count, counted.last) = (counted.count + 1, now),
            none => {
                let draft = if key.is_shared() { draft.for_several() } else { draft.clone() };
                *none = Some(CountedRefusals { draft, count: 1, since: now, last: now });
            }
        }
        false
    }

    fn end_later(&self, key: RefusalKey) {
        let refusals = self.clone();
        self.runtime.spawn(async move {
            tokio::time::sleep(WINDOW).await;
            let window = refusals.windows.lock().remove(&key);
            refusals.end_window(&key, window).await;
        });
    }

    async fn end_window(&self, key: &RefusalKey, window: Option<RefusalWindow<CountedRefusals>>) {
        if let Some(CountedRefusals { draft, count, since, last }) =
            window.and_then(|it| it.counted)
        {
            let outcome = &key.outcome;
            tracing::warn!(count, outcome, "calls were refused");
            self.auditor.note(draft.repeated_entry(outcome, count, since, last)).await;
        }
    }

    /// Ends all windows now.
    pub(crate) async fn flush(&self) {
        let windows = self.windows.lock().take_all();
        for (key, window) in windows {
            self.end_window(&key, Some(window)).await;
        }
    }
}
