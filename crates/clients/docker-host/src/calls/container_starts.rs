//! Waiting for a container to start.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use covibe_domain::boxed;
use serde::Deserialize;
use tokio::time::timeout;

use crate::engine_http::{Call, Query};
use crate::error::{Error, Result};
use crate::host::DockerHost;
use crate::link::Slot;

/// The longest wait of one call.
const LONGEST: Duration = Duration::from_mins(1);

/// The filter of the engine's events.
const STARTS: &str = r#"{"type":["container"],"event":["start"]}"#;

/// The result of a wait for a container to start: whether one has, and the moment from which the
/// next wait looks.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct StartWait {
    /// True if one may have started.
    #[serde(rename = "started")]
    pub is_seen: bool,
    /// The moment from which the next wait looks, by the host's clock.
    pub at: Moment,
}

/// A moment of a host's clock: seconds since 1970, with a fraction.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Moment(String);

impl DockerHost {
    /// Waits until a container has started since a moment, at most for `within` (whole seconds) and
    /// a minute. No start is missed between two waits if the second one looks from the moment that
    /// the first one returned. Without a moment, it returns at once that one may have started.
    ///
    /// It gives its place up, and returns that none was seen, as soon as another call of the
    /// background or an urgent one waits for a place.
    ///
    /// # Errors
    /// [`Error::Refused`] where starts can't be seen: by a gate that does not know the call, and
    /// without a gate on another host, whose clock is not known.
    #[boxed]
    pub async fn await_start(&self, since: Option<&Moment>, within: Duration) -> Result<StartWait> {
        let within = within.min(LONGEST);
        let mut slot = self.slot().await?;
        let waiting = async {
            match (self.link().ssh().is_some(), self.is_gated().await?, since) {
                (true, true, _) => by_gate(&mut slot, since, within).await,
                (true, false, _) => Err(Error::Refused),
                (false, _, Some(since)) => {
                    let asked = by_engine(&mut slot, since, within);
                    let longest = within + self.link().call_timeout();
                    timeout(longest, asked).await.unwrap_or(Err(Error::TimedOut))
                }
                (false, _, None) => {
                    Ok(StartWait { is_seen: true, at: Moment::from_time(SystemTime::now()) })
                }
            }
        };
        let wanted = async {
            self.link().background_is_wanted().await;
            since.cloned()
        };
        tokio::select! {
            starts = waiting => starts,
            Some(at) = wanted => Ok(StartWait { is_seen: false, at }),
        }
    }
}

impl Moment {
    fn from_time(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Self(format!("{}.{:09}", since.as_secs(), since.subsec_nanos()))
    }
}

async fn by_gate(slot: &mut Slot, since: Option<&Moment>, within: Duration) -> Result<StartWait> {
    let query = Query::default().with("within", &within.as_secs().to_string());
    let query = match since {
        Some(Moment(since)) => query.with("since", since),
        None => query,
    };
    slot.call(Call::get("/covibe/starts", &query).longer(within)).await?.json()
}

/// Asks the engine of this machine.
async fn by_engine(slot: &mut Slot, Moment(since): &Moment, within: Duration) -> Result<StartWait> {
    let until = Moment::from_time(SystemTime::now() + within);
    let query = Query::default().with("since", since).with("until", &until.0);
    let call = Call::get("/events", &query.with("filters", STARTS)).longer(within);
    let mut open = slot.open(&call).await?;
    if open.status >= 300 {
        return Err(open.read_whole(call.limit).await?.0.error());
    }
    // Every event is a start. The engine ends its answer when the time is over.
    match open.next().await? {
        Some(_) => Ok(StartWait { is_seen: true, at: Moment::from_time(SystemTime::now()) }),
        None => Ok(StartWait { is_seen: false, at: until }),
    }
}
