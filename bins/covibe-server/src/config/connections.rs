//! The limits of connections.

use std::ops::RangeInclusive;

use covibe_http::{ConnectionLimits, Proxies};

use super::reader::Reader;

/// How many connections may be allowed. Fewer than the first number would refuse a busy client.
const BOUNDS: RangeInclusive<usize> = 16..=1_000_000;

impl Reader<'_> {
    /// Reads the limits of connections.
    pub(super) fn connections(&mut self) -> ConnectionLimits {
        let defaults = ConnectionLimits::default();
        let most = self.count("COVIBE_MAX_CONNECTIONS");
        let of_address = self.count("COVIBE_MAX_CONNECTIONS_PER_ADDRESS");
        ConnectionLimits {
            connections: most.unwrap_or(defaults.connections),
            per_address: of_address.unwrap_or(defaults.per_address),
            proxies: self.proxies(),
            ..defaults
        }
    }

    fn count(&mut self, name: &str) -> Option<usize> {
        const EXPECTED: &str = "a number from 16 to 1000000";
        let number = self.parsed(name, EXPECTED)?;
        if !BOUNDS.contains(&number) {
            self.mistakes.push(format!("{name}: expected {EXPECTED}"));
        }
        Some(number)
    }

    fn proxies(&mut self) -> Proxies {
        const NAME: &str = "COVIBE_TRUSTED_PROXIES";
        let proxies = self.list(NAME);
        Proxies::new(proxies.iter().map(String::as_str)).unwrap_or_else(|_| {
            let expected = "addresses and networks, like 10.0.0.7,192.168.0.0/16";
            self.mistakes.push(format!("{NAME}: expected {expected}"));
            Proxies::default()
        })
    }
}
