//! A trial of the key, before anything depends on it.

use std::ops::ControlFlow;

use covibe_domain::boxed;
use covibe_upstream::{Cause, Effect, Error};

use super::client::UpdateServer;
use super::response_codes;
use super::tsig_exchange::exchange;
use super::zone_transfer::request;
use crate::dns_name::DnsName;

/// The maximum number of zones of each kind that are asked for.
const MOST: usize = 20;

/// A zone that no server has: `.invalid` is reserved (RFC 6761).
const NO_ZONE: &str = "covibe-check.invalid";

/// The outcome of a trial of the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyTrial {
    /// The key may transfer this zone.
    Accepted(DnsName),
    /// The server refuses the key for this zone, and accepts it for no other.
    Refused(DnsName),
    /// The server has none of the zones, which need not say anything about the key: BIND looks at each signature, but
    /// Knot (3.2) only at those of requests for zones that it has.
    NoZone,
}

impl UpdateServer {
    /// Tries the key by asking for zones, until it may transfer one.
    ///
    /// `own` are zones that the key has to open if the server has them. The key may rightly not open `others`: only
    /// what is wrong with the signature is an error there.
    ///
    /// # Errors
    ///
    /// It can't be reached or speaks no DNS; or it says that it does not know the key or its secret, or that the clocks
    /// differ.
    #[boxed]
    pub async fn try_key(&self, own: &[DnsName], others: &[DnsName]) -> Result<KeyTrial, Error> {
        let unnamed = |_| Self::error("AXFR", Cause::Malformed, Effect::None);
        let none = DnsName::parse(NO_ZONE).map_err(unnamed)?;
        let own = own.iter().take(MOST).map(|zone| (zone, true));
        let others = others.iter().take(MOST).map(|zone| (zone, false));
        let mut refused = None;
        for (zone, is_own) in own.chain(others).chain([(&none, true)]) {
            match opened(self, zone).await {
                Ok(()) => return Ok(KeyTrial::Accepted(zone.clone())),
                Err(error) if response_codes::is_unknown_zone(&error.cause) => {}
                Err(error) if !is_own && response_codes::is_refused_key(&error.cause) => {
                    refused.get_or_insert_with(|| zone.clone());
                }
                Err(error) if !is_own && !response_codes::is_about_signature(&error.cause) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(refused.map_or(KeyTrial::NoZone, KeyTrial::Refused))
    }
}

/// Begins to transfer a zone.
async fn opened(client: &UpdateServer, zone: &DnsName) -> Result<(), Error> {
    exchange(client, "AXFR", request(zone)?, |_| ControlFlow::Break(())).await
}
