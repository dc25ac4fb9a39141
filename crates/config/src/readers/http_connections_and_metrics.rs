//! The settings of HTTP connections and of the listener for metrics, and the times for shutdown and for a database that
//! is not up yet.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use covibe_http::{ConnectionLimits, Proxies};

use super::Reader;

/// The bounds of the maximum number of connections. Fewer than the first number would refuse a busy
/// client.
const BOUNDS: RangeInclusive<u64> = 16..=1_000_000;

/// The bounds of the seconds for which a connection may be kept without a request.
const KEEP_ALIVE: RangeInclusive<u64> = 1..=3600;

/// The bounds of the seconds for which the server may answer on after a signal. Supervisors kill it
/// after 90 s or less.
const DRAIN: RangeInclusive<u64> = 0..=60;

/// The bounds of the seconds for which the server may wait for a database that is not up yet.
const DATABASE_WAIT: RangeInclusive<u64> = 0..=3600;

impl Reader<'_> {
    /// Reads the limits of connections.
    pub(crate) fn connections(&mut self) -> ConnectionLimits {
        let defaults = ConnectionLimits::default();
        let most = self.number("COVIBE_MAX_CONNECTIONS", BOUNDS);
        let of_address = self.number("COVIBE_MAX_CONNECTIONS_PER_ADDRESS", BOUNDS);
        let idle = self.number("COVIBE_KEEP_ALIVE_SECONDS", KEEP_ALIVE);
        ConnectionLimits {
            connections: most.unwrap_or(defaults.connections),
            per_address: of_address.unwrap_or(defaults.per_address),
            proxies: self.proxies(),
            idle: idle.map_or(defaults.idle, Duration::from_secs),
            ..defaults
        }
    }

    /// Reads the address at which metrics are served.
    pub(crate) fn metrics_bind(&mut self) -> Option<SocketAddr> {
        self.parse("COVIBE_METRICS_BIND", "an address like 127.0.0.1:9187")
    }

    /// Reads the names by which metrics are requested.
    pub(crate) fn metrics_hosts(&mut self) -> Vec<String> {
        const NAME: &str = "COVIBE_METRICS_HOSTS";
        let hosts = self.list(NAME);
        let is_name = |host: &String| covibe_domain::DomainName::from_written(host).is_ok();
        if !hosts.iter().all(is_name) {
            let expected = "names without a port, like metrics.example.com,covibe.internal";
            self.mistakes.push(format!("{NAME}: expected {expected}"));
        }
        hosts
    }

    /// Reads the time for which the server answers on after a signal.
    pub(crate) fn drain(&mut self) -> Duration {
        self.number("COVIBE_DRAIN_SECONDS", DRAIN).map(Duration::from_secs).unwrap_or_default()
    }

    /// Reads the time for which the server waits for a database that is not up yet.
    pub(crate) fn database_wait(&mut self) -> Duration {
        let seconds = self.number("COVIBE_DATABASE_WAIT_SECONDS", DATABASE_WAIT);
        Duration::from_secs(seconds.unwrap_or(60))
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
