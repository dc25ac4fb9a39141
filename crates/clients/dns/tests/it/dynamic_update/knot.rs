//! A throwaway Knot, with a client.

use std::net::SocketAddr;
use std::ops::Deref;
use std::time::Duration;

use covibe_dns::{
    ChangeOutcome, Changes, Error, Owner, Provider as _, RecordChange, UpdateConfig, UpdateServer,
    Zone,
};
use covibe_domain::Secret;
use covibe_testkit_knot::{KEY, NAMESERVERS};
use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType;

use crate::simulated_google_cloud::{ask, name};

pub(crate) use covibe_testkit_knot::SECRET;

/// A running server, and the owner of its zones.
pub(crate) struct Knot {
    server: covibe_testkit_knot::Knot,
    pub(crate) owner: Owner,
}

impl Deref for Knot {
    type Target = covibe_testkit_knot::Knot;

    fn deref(&self) -> &Self::Target {
        &self.server
    }
}

impl Knot {
    /// Starts a server with an empty `example.ca`; prints a message and returns `None` where no
    /// Knot is installed.
    pub(crate) fn start() -> Option<Self> {
        Self::with_zones(&[("example.ca", "")])
    }

    /// Starts a server with zones, each with its records beside NS and SOA.
    pub(crate) fn with_zones(zones: &[(&str, &str)]) -> Option<Self> {
        let server = covibe_testkit_knot::Knot::with(zones)?;
        Some(Self { server, owner: Owner::new("ws_1").unwrap() })
    }

    /// A client with the key that may do everything.
    pub(crate) fn client(&self) -> UpdateServer {
        UpdateServer::new(config(self.address)).unwrap()
    }

    /// The zone of `example.ca`.
    pub(crate) async fn zone(&self) -> Zone {
        self.client().ensure_zone(&name("example.ca"), &self.owner).await.unwrap()
    }

    pub(crate) async fn change(
        &self,
        zone: &Zone,
        changes: Vec<RecordChange>,
    ) -> Result<ChangeOutcome, Error> {
        change(&self.client(), zone, changes).await
    }

    pub(crate) async fn ask(
        &self,
        name: &str,
        kind: RecordType,
    ) -> Result<Vec<String>, ResponseCode> {
        ask(self.address, name, kind).await
    }
}

/// Makes changes in a zone.
pub(crate) async fn change(
    client: &UpdateServer,
    zone: &Zone,
    changes: Vec<RecordChange>,
) -> Result<ChangeOutcome, Error> {
    let changes = Changes::new(&zone.domain, changes).unwrap();
    client.replace(zone, &changes).await
}

/// The settings of a client with the key that may do everything.
pub(crate) fn config(server: SocketAddr) -> UpdateConfig {
    UpdateConfig {
        server,
        key_name: name(KEY),
        key_secret: Secret::new(SECRET),
        nameservers: NAMESERVERS.map(name).to_vec(),
        timeout: Duration::from_mins(1),
    }
}
