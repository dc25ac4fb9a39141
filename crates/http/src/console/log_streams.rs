//! The streams that follow logs of deployments: one count for the whole server, fair to people and tenants.
//!
//! A stream holds its connection for minutes, so that all streams together may take only a part of the connections. If
//! there are too many, the oldest one of the person who has the most gives way to a new one. Its browser connects again.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::{Actor, Failure, Kind, SessionId, TenantId};
use covibe_policy::Principal;
use parking_lot::Mutex;
use tokio::sync::oneshot;

/// All streams together have at most an eighth of a server's connections.
const CONNECTIONS_PER_STREAM: usize = 8;

/// A tenant has at most a quarter of all streams.
const STREAMS_PER_STREAM_OF_TENANT: usize = 4;

/// The maximum number of streams of a person, in all of their browsers.
const MOST_OF_PERSON: usize = 8;

/// The streams of a server. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct LogStreams(Arc<Registry>);

#[derive(Debug)]
struct Registry {
    /// The maximum number of all streams.
    most: usize,
    open: Mutex<OpenStreams>,
}

#[derive(Debug, Default)]
struct OpenStreams {
    next: u64,
    /// The streams by number, so that the oldest is the first.
    by_number: BTreeMap<u64, OpenStream>,
}

#[derive(Debug)]
struct OpenStream {
    tenant: TenantId,
    person: Actor,
    session: Option<SessionId>,
    deployment: String,
    ending: oneshot::Sender<EarlyEnd>,
}

/// The reason why a stream has to end early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EarlyEnd {
    /// The same session follows the log on another page.
    Replaced,
    /// There were too many streams.
    GaveWay,
}

/// A stream, which counts until it is dropped.
#[derive(Debug)]
pub(super) struct LogStream {
    registry: Arc<Registry>,
    number: u64,
    ending: oneshot::Receiver<EarlyEnd>,
}

impl LogStreams {
    /// Returns the streams of a server with this maximum number of connections.
    pub(crate) fn of_server(connections: usize) -> Self {
        let most = (connections / CONNECTIONS_PER_STREAM).max(1);
        Self(Arc::new(Registry { most, open: Mutex::default() }))
    }

    /// Begins a stream, which replaces an earlier one of the same log in the same session.
    ///
    /// # Errors
    ///
    /// Limited if the person follows too many other logs.
    pub(super) fn begin(&self, by: &Principal, deployment: &str) -> Result<LogStream, Failure> {
        let most_of_tenant = (self.0.most / STREAMS_PER_STREAM_OF_TENANT).max(1);
        let is_of_person = |it: &OpenStream| it.person == by.actor;
        let is_of_tenant = |it: &OpenStream| it.tenant == by.tenant;
        let is_same = |it: &OpenStream| {
            is_of_person(it) && it.session == by.session && it.deployment == deployment
        };
        let mut open = self.0.open.lock();
        let same = open.find_oldest(is_same);
        open.end_early(same, EarlyEnd::Replaced);
        if open.count(is_of_person) >= most_of_tenant.min(MOST_OF_PERSON) {
            return Err(too_many_logs());
        }
        if open.count(is_of_tenant) >= most_of_tenant {
            let oldest = open.find_oldest_of_largest(is_of_tenant);
            open.end_early(oldest, EarlyEnd::GaveWay);
        } else if open.by_number.len() >= self.0.most {
            let oldest = open.find_oldest_of_largest(|_| true);
            open.end_early(oldest, EarlyEnd::GaveWay);
        }
        let (ending, receiver) = oneshot::channel();
        let number = open.insert(OpenStream {
            tenant: by.tenant.clone(),
            person: by.actor.clone(),
            session: by.session.clone(),
            deployment: deployment.to_owned(),
            ending,
        });
        Ok(LogStream { registry: Arc::clone(&self.0), number, ending: receiver })
    }
}

impl OpenStreams {
    fn insert(&mut self, stream: OpenStream) -> u64 {
        self.next += 1;
        self.by_number.insert(self.next, stream);
        self.next
    }

    fn count(&self, is_counted: impl Fn(&OpenStream) -> bool) -> usize {
        self.by_number.values().filter(|it| is_counted(it)).count()
    }

    fn find_oldest(&self, is_wanted: impl Fn(&OpenStream) -> bool) -> Option<u64> {
        self.by_number.iter().find(|(_, it)| is_wanted(it)).map(|(number, _)| *number)
    }

    /// Returns the oldest of these streams that is of the tenant with the most streams, and there of the person with the
    /// most.
    fn find_oldest_of_largest(&self, is_wanted: impl Fn(&OpenStream) -> bool) -> Option<u64> {
        let (mut tenants, mut people) = (HashMap::new(), HashMap::new());
        for it in self.by_number.values() {
            *tenants.entry(&it.tenant).or_insert(0_usize) += 1;
            *people.entry((&it.tenant, &it.person)).or_insert(0_usize) += 1;
        }
        let wanted = self.by_number.iter().filter(|(_, it)| is_wanted(it));
        let sized = wanted.map(|(number, it)| {
            let size = (tenants.get(&it.tenant), people.get(&(&it.tenant, &it.person)));
            (size, *number)
        });
        sized.min_by_key(|(size, number)| (Reverse(*size), *number)).map(|(_, number)| number)
    }

    fn end_early(&mut self, number: Option<u64>, why: EarlyEnd) {
        if let Some(stream) = number.and_then(|number| self.by_number.remove(&number)) {
            // A stream that ends at this moment by itself needs no reason.
            let _unneeded = stream.ending.send(why);
        }
    }
}

impl LogStream {
    /// Waits for this time, or until the stream has to end early, which it returns.
    pub(super) async fn wait(&mut self, time: Duration) -> Option<EarlyEnd> {
        tokio::time::timeout(time, &mut self.ending)
            .await
            .ok()
            .map(|why| why.unwrap_or(EarlyEnd::GaveWay))
    }
}

impl Drop for LogStream {
    fn drop(&mut self) {
        self.registry.open.lock().by_number.remove(&self.number);
    }
}

fn too_many_logs() -> Failure {
    Failure::new(Kind::Limited, "You follow too many logs at once.")
        .hint("Close another page that follows one, then reload this page.")
}

#[cfg(test)]
mod tests {
    use covibe_domain::entities::{KeyAccess, KeyScope};

    use super::*;

    /// Returns a person of a tenant, in the first of their sessions.
    fn person(tenant: &str, name: &str) -> Principal {
        Principal {
            tenant: format!("ten_{tenant}").parse().unwrap(),
            workspace: "ws_mark".parse().unwrap(),
            slug: "mark".parse().unwrap(),
            actor: Actor::Person(format!("usr_{name}").parse().unwrap()),
            session: Some(format!("ses_{name}").parse().unwrap()),
            scope: KeyScope::Workspace,
            granted: KeyAccess::Full,
            narrowed: false,
        }
    }

    fn in_session(by: &Principal, session: &str) -> Principal {
        Principal { session: Some(session.parse().unwrap()), ..by.clone() }
    }

    /// Returns the reasons why streams have to end.
    fn ends(streams: &mut [LogStream]) -> Vec<Option<EarlyEnd>> {
        streams.iter_mut().map(|stream| stream.ending.try_recv().ok()).collect()
    }

    /// Begins streams of a person until one is refused, at most so many.
    fn begin(streams: &LogStreams, by: &Principal, most: usize) -> Vec<LogStream> {
        let begun = (0..most).map_while(|number| streams.begin(by, &number.to_string()).ok());
        begun.collect()
    }

    #[test]
    fn a_second_stream_of_a_log_replaces_the_sessions_first() {
        let (streams, ada) = (LogStreams::of_server(2048), person("acme", "alice"));
        let mut first = [streams.begin(&ada, "a").unwrap()];
        let mut others = [
            streams.begin(&ada, "b").unwrap(),
            streams.begin(&in_session(&ada, "ses_other"), "a").unwrap(),
            streams.begin(&person("acme", "bobby"), "a").unwrap(),
        ];
        let mut second = [streams.begin(&ada, "a").unwrap()];
        assert_eq!(ends(&mut first), [Some(EarlyEnd::Replaced)]);
        assert_eq!((ends(&mut others), ends(&mut second)), (vec![None; 3], vec![None]));
    }

    #[test]
    fn a_person_follows_a_bounded_number_of_logs_in_all_sessions_together() {
        let (streams, ada) = (LogStreams::of_server(2048), person("acme", "alice"));
        let sessions = (0..20).map(|number| in_session(&ada, &format!("ses_alice{number}")));
        let mut held: Vec<_> = sessions.map_while(|by| streams.begin(&by, "a").ok()).collect();
        assert_eq!(held.len(), MOST_OF_PERSON);
        assert_eq!(streams.begin(&ada, "b").unwrap_err().kind, Kind::Limited);
        streams.begin(&person("acme", "bobby"), "b").unwrap();
        held.pop();
        streams.begin(&ada, "b").unwrap();
        drop(held);
        assert_eq!(streams.0.open.lock().by_number.len(), 0);
    }

    #[test]
    fn the_person_with_the_most_streams_gives_way_within_their_tenant() {
        let streams = LogStreams::of_server(64 * CONNECTIONS_PER_STREAM);
        let mut held: Vec<_> = ["alice", "bobby"]
            .into_iter()
            .flat_map(|name| begin(&streams, &person("acme", name), MOST_OF_PERSON))
            .collect();
        assert_eq!(held.len(), 16, "all that the tenant may have");
        let mut others = begin(&streams, &person("beta", "evelyn"), 3);
        let mut joe = begin(&streams, &person("acme", "joseph"), 1);
        assert_eq!(ends(&mut held[..2]), [Some(EarlyEnd::GaveWay), None]);
        joe.extend(begin(&streams, &in_session(&person("acme", "joseph"), "ses_other"), 1));
        assert_eq!(ends(&mut held[8..10]), [Some(EarlyEnd::GaveWay), None]);
        assert_eq!((ends(&mut others), ends(&mut joe)), (vec![None; 3], vec![None; 2]));
    }

    #[test]
    fn the_tenant_with_the_most_streams_gives_way_to_others() {
        let streams = LogStreams::of_server(16 * CONNECTIONS_PER_STREAM);
        let mut small = begin(&streams, &person("small", "joseph"), 1);
        let mut held = Vec::new();
        for tenant in ["acme", "beta", "charlie", "delta"] {
            held.extend(begin(&streams, &person(tenant, tenant), MOST_OF_PERSON));
        }
        assert_eq!(held.len(), 16);
        assert_eq!(streams.0.open.lock().by_number.len(), 16, "all that the server has");
        assert_eq!(ends(&mut small), [None], "it has the fewest");
        let mut new = begin(&streams, &person("fresh", "evelyn"), 1);
        assert_eq!((ends(&mut small), ends(&mut new)), (vec![None], vec![None]));
        let ended = ends(&mut held).into_iter().flatten();
        assert_eq!(ended.collect::<Vec<_>>(), [EarlyEnd::GaveWay; 2]);
    }

    #[test]
    fn a_server_with_few_connections_has_a_stream_for_one_person_of_each_tenant() {
        let streams = LogStreams::of_server(16);
        let mut ada = begin(&streams, &person("acme", "alice"), 5);
        assert_eq!(ada.len(), 1);
        let mut eve = begin(&streams, &person("beta", "evelyn"), 5);
        assert_eq!((ends(&mut ada), ends(&mut eve), eve.len()), (vec![None], vec![None], 1));
        let mut bob = begin(&streams, &person("acme", "bobby"), 5);
        assert_eq!(ends(&mut ada), [Some(EarlyEnd::GaveWay)]);
        assert_eq!((ends(&mut eve), ends(&mut bob)), (vec![None], vec![None]));
    }
}
