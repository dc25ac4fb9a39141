//! Calls of tools that run, so that their clients can cancel them.

use std::collections::HashMap;
use std::sync::Arc;

use covibe_dispatch::{Call, Dispatcher};
use covibe_domain::{Actor, Failure, Kind};
use covibe_operation::JsonAnswer;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::Notify;

/// The calls that run, by who makes them and the ids of their requests. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Running(Arc<Mutex<HashMap<RequestKey, Vec<Arc<Notify>>>>>);

/// The actor who made a request, and its id as JSON.
type RequestKey = (Actor, String);

/// The entry of one call, which is removed when this is dropped.
struct Entry<'a> {
    all: &'a Running,
    named: RequestKey,
    cancelled: Arc<Notify>,
}

impl Running {
    /// Runs the call of the request with this id until it ends, or its client cancels it: `None`. Then a command of it
    /// is ended, and a wait given up; any other change goes on.
    pub(super) async fn call(
        &self,
        dispatcher: &Arc<Dispatcher>,
        id: &Value,
        call: Call,
    ) -> Option<Result<JsonAnswer, Failure>> {
        let entry = self.enter((call.caller.principal.actor.clone(), id.to_string()));
        tokio::select! {
            answer = dispatcher.call(call) => Some(answer),
            () = entry.cancelled.notified() => None,
        }
    }

    /// Cancels the call of the request that a notification of this actor names. Clients with the same key may use the
    /// same ids: if calls of several run, none is cancelled, because nothing says which of them is meant.
    pub(super) fn cancel(&self, actor: &Actor, params: Option<&Value>) {
        let Some(id) = params.and_then(|params| params.get("requestId")) else { return };
        let all = self.0.lock();
        let named = all.get(&(actor.clone(), id.to_string()));
        if let Some([only]) = named.map(Vec::as_slice) {
            only.notify_one();
        }
    }

    fn enter(&self, named: RequestKey) -> Entry<'_> {
        let cancelled = Arc::<Notify>::default();
        self.0.lock().entry(named.clone()).or_default().push(Arc::clone(&cancelled));
        Entry { all: self, named, cancelled }
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        let mut all = self.all.0.lock();
        let Some(named) = all.get_mut(&self.named) else { return };
        named.retain(|one| !Arc::ptr_eq(one, &self.cancelled));
        if named.is_empty() {
            all.remove(&self.named);
        }
    }
}

/// The failure of a call that its client has cancelled.
pub(super) fn cancelled_call() -> Failure {
    Failure::new(Kind::Timeout, "The client cancelled the call.")
        .hint("The server ended any command that the call ran; other changes continue. Check before you repeat the call.")
        .in_doubt()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn a_cancellation_ends_only_a_call_that_it_identifies_unambiguously() {
        let running = Running::default();
        let actor = |name: &str| Actor::Key(name.parse().unwrap());
        let named = |key: &str, id: Value| (actor(key), id.to_string());
        let meant = running.enter(named("key_aaaa", json!(1)));
        let others = [named("key_bbbb", json!(1)), named("key_aaaa", json!("1"))];
        let others = others.map(|named| running.enter(named));
        for params in [None, Some(json!({})), Some(json!({ "requestId": 2 }))] {
            running.cancel(&actor("key_aaaa"), params.as_ref());
        }
        let one = json!({ "requestId": 1 });
        let second = running.enter(named("key_aaaa", json!(1)));
        running.cancel(&actor("key_aaaa"), Some(&one));
        let is_cancelled = async |entry: &Entry<'_>| {
            tokio::select! {
                biased;
                () = entry.cancelled.notified() => true,
                () = std::future::ready(()) => false,
            }
        };
        for entry in others.iter().chain([&meant, &second]) {
            assert!(!is_cancelled(entry).await);
        }
        drop(second);
        running.cancel(&actor("key_aaaa"), Some(&one));
        assert!(is_cancelled(&meant).await);
        drop((meant, others));
        assert!(running.0.lock().is_empty());
    }
}
