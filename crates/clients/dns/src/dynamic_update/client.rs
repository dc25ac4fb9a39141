//! The client: one key on one server.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_domain::Secret;
use covibe_upstream::{CallStatistics, Cause, Effect, Error};
use hickory_proto::rr::TSigner;
use hickory_proto::rr::rdata::tsig::TsigAlgorithm;

use super::record_conversion;
use crate::dns_name::DnsName;

const NAME: &str = "DNS server";

/// The maximum difference of both clocks, in seconds, as RFC 8945 recommends.
const FUDGE: u16 = 300;

/// The shortest secret, in bytes.
const SHORTEST: usize = 16;

/// The minimum number of name servers of a zone: registries refuse fewer.
const NAMESERVERS: usize = 2;

/// The error for settings that can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidServer {
    /// The key can't sign.
    #[error("a TSIG key must have a name, and a secret of 16 bytes or more in base64")]
    Key,
    /// There are too few name servers.
    #[error("a zone must have at least two name servers")]
    Nameservers,
}

/// The settings of a client.
#[derive(Clone, Debug)]
pub struct UpdateConfig {
    /// The server's address and port, over TCP.
    pub server: SocketAddr,
    /// The name of the TSIG key, of the algorithm hmac-sha256. It must allow updates and transfers.
    pub key_name: DnsName,
    /// The key's secret, in base64.
    pub key_secret: Secret,
    /// The name servers that the registrar must name, two or more: the server itself may be hidden.
    pub nameservers: Vec<DnsName>,
    /// The timeout of connecting, and again of the exchange after that: a whole zone may be read in it.
    pub timeout: Duration,
}

/// A client; cheap to clone.
#[derive(Clone)]
pub struct UpdateServer {
    pub(super) server: SocketAddr,
    pub(super) signer: TSigner,
    pub(super) nameservers: Vec<DnsName>,
    pub(super) timeout: Duration,
    pub(super) observed: CallStatistics,
}

impl UpdateServer {
    /// Creates a client; it does not connect yet.
    pub fn new(config: UpdateConfig) -> Result<Self, InvalidServer> {
        let UpdateConfig { server, key_name, key_secret, nameservers, timeout } = config;
        if nameservers.len() < NAMESERVERS {
            return Err(InvalidServer::Nameservers);
        }
        let signer = signer(&key_name, &key_secret).ok_or(InvalidServer::Key)?;
        Ok(Self { server, signer, nameservers, timeout, observed: CallStatistics::default() })
    }

    /// Returns the statistics of the exchanges of all clones.
    pub fn statistics(&self) -> &CallStatistics {
        &self.observed
    }

    /// Returns an error of this upstream; `method` is `AXFR` or `UPDATE`.
    pub(super) fn error(method: &'static str, cause: Cause, effect: Effect) -> Error {
        Error { upstream: NAME, method, path: "{zone}", cause, effect }
    }
}

fn signer(name: &DnsName, secret: &Secret) -> Option<TSigner> {
    let secret = STANDARD.decode(secret.expose()).ok().filter(|key| key.len() >= SHORTEST)?;
    let name = record_conversion::name(name).ok()?;
    TSigner::new(secret, TsigAlgorithm::HmacSha256, name, FUDGE).ok()
}

impl fmt::Debug for UpdateServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdateServer").field("server", &self.server).finish_non_exhaustive()
    }
}
