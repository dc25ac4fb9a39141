//! Refused calls in the audit: many equal ones share an entry, so that no caller can fill the audit.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::{Actor, Timestamp};
use covibe_workspace::{Auditor, Draft};
use parking_lot::Mutex;
use tokio::runtime::Handle;

/// How long equal refusals are counted.
const WINDOW: Duration = Duration::from_mins(1);

/// The maximum number of windows; refusals beyond it leave an entry each.
const CAPACITY: usize = 10_000;

/// Who was refused what, and why.
type Key = (Option<Actor>, String, String);

/// The refusals of the last minute.
#[derive(Clone, Debug)]
pub(crate) struct Refusals {
    auditor: Auditor,
    runtime: Handle,
    windows: Arc<Mutex<HashMap<Key, Window>>>,
}

/// Equal refusals.
#[derive(Debug, Default)]
struct Window {
    /// How many left an entry of their own.
    alone: u32,
    /// The others.
    counted: Option<Counted>,
}

#[derive(Debug)]
struct Counted {
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

    /// Audits a refusal with this outcome. Of equal ones within a minute, the first `alone` leave an entry
    /// each, and the others one together at the end of the minute.
    pub(crate) async fn note(&self, draft: Draft, outcome: &str, alone: u32) {
        if self.is_alone(&draft, outcome, alone) {
            self.auditor.note(draft.outcome(outcome)).await;
        }
    }

    /// Counts a refusal; returns whether it leaves an entry of its own.
    fn is_alone(&self, draft: &Draft, outcome: &str, alone: u32) -> bool {
        let (actor, tool) = draft.of();
        let key = (actor.cloned(), tool.to_owned(), outcome.to_owned());
        let mut windows = self.windows.lock();
        let Some(window) = windows.get_mut(&key) else {
            if windows.len() < CAPACITY {
                windows.insert(key.clone(), Window { alone: 1, counted: None });
                self.end_later(key);
            }
            return true;
        };
        if window.alone < alone {
            window.alone += 1;
            return true;
        }
        let now = Timestamp::now();
        match &mut window.counted {
            Some(counted) => (counted.count, counted.last) = (counted.count + 1, now),
            none => {
                *none = Some(Counted { draft: draft.clone(), count: 1, since: now, last: now });
            }
        }
        false
    }

    fn end_later(&self, key: Key) {
        let refusals = self.clone();
        self.runtime.spawn(async move {
            tokio::time::sleep(WINDOW).await;
            let window = refusals.windows.lock().remove(&key);
            refusals.end(&key.2, window).await;
        });
    }

    async fn end(&self, outcome: &str, window: Option<Window>) {
        if let Some(Counted { draft, count, since, last }) = window.and_then(|it| it.counted) {
            tracing::warn!(count, outcome, "calls were refused");
            self.auditor.note(draft.repeated(outcome, count, since, last)).await;
        }
    }

    /// Ends all windows now.
    pub(crate) async fn flush(&self) {
        let windows = std::mem::take(&mut *self.windows.lock());
        for (key, window) in windows {
            self.end(&key.2, Some(window)).await;
        }
    }
}
