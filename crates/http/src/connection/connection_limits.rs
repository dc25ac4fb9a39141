//! The limits of the number of connections, and of the time that each may make no progress.

use std::time::Duration;

use covibe_dispatch::CallRate;

use super::proxies::Proxies;

/// The limits of connections. The defaults are those of a server.
#[derive(Clone, Debug)]
pub struct ConnectionLimits {
    /// The maximum number of connections; each takes about 30 KB. A server also needs descriptors for other
    /// purposes, see [`Self::within`].
    pub connections: usize,
    /// The maximum number of connections of one address, and of concurrent requests of an address behind a
    /// trusted proxy.
    pub per_address: usize,
    /// The proxies whose `X-Forwarded-For` is trusted.
    pub proxies: Proxies,
    /// The time that receiving the head of a request may take, from its first byte on, and that a new
    /// connection may stay without one.
    pub head: Duration,
    /// The time that a connection may stay open after an answer without a further request.
    pub idle: Duration,
    /// The time that an answer may wait without its client receiving anything.
    pub stall: Duration,
    /// The time for which bytes are received and ignored before a connection is closed whose request was not
    /// read to its end, so that the client gets the answer.
    pub linger: Duration,
    /// The number of bytes of answers that may wait for their clients. Above, [`Self::HURRIED`] replaces
    /// `stall`.
    pub waiting_bytes: usize,
    /// The rate of requests without a valid key from one address, checks of the server excepted. Its site, a /24 of
    /// IPv4 or a /48 of IPv6, has four times as many.
    pub keyless: CallRate,
    /// The rate of requests of one person in all of their sessions, beside the rates of their calls.
    pub person: CallRate,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            connections: 2048,
            per_address: 512,
            proxies: Proxies::default(),
            head: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            stall: Duration::from_secs(30),
            linger: Duration::from_secs(2),
            waiting_bytes: 64 * 1024 * 1024,
            keyless: CallRate { per_second: 50, burst: 500 },
            person: CallRate { per_second: 50, burst: 500 },
        }
    }
}

impl ConnectionLimits {
    /// The limit in place of `stall` while too many bytes wait, or the server stops.
    pub const HURRIED: Duration = Duration::from_secs(2);

    /// The time for which an answer whose client receives nothing keeps its connection from being closed for
    /// another one.
    pub(super) const GRACE: Duration = Duration::from_millis(100);

    /// The longest head of a request, in bytes: together, unfinished ones take as much memory.
    pub(super) const HEAD: usize = 32 * 1024;

    /// The number of connections beyond the others, for the health check only.
    pub(super) const RESERVE: usize = 32;

    /// The number of connections of the reserve that one address may have.
    pub(super) const RESERVE_PER_ADDRESS: usize = 8;

    /// The number of descriptors that are kept for the database, the upstreams, files and the reserve.
    const OTHER_DESCRIPTORS: usize = 256;

    /// The maximum number of connections beyond the places that may be open because they were closed for others and
    /// their worker has not noticed yet.
    const CLOSING: usize = 64;

    /// Returns the number of connections that each of so many workers may have. Without a limit, they would
    /// be accepted faster than they are counted, until no descriptors are left.
    pub(crate) fn per_worker(&self, workers: usize) -> usize {
        let closing = Self::CLOSING.min(self.connections / 8);
        (self.connections + Self::RESERVE + closing).div_ceil(workers.max(1))
    }

    /// Lowers the number of connections to the number that this many descriptors allow.
    #[must_use]
    pub fn within(mut self, descriptors: usize) -> Self {
        let others = Self::OTHER_DESCRIPTORS.min(descriptors / 2);
        self.connections = self.connections.min(descriptors - others);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_limits_keep_file_descriptors_for_other_purposes() {
        let within = |descriptors| ConnectionLimits::default().within(descriptors).connections;
        assert_eq!((within(1024), within(100), within(1 << 20)), (768, 50, 2048));
    }

    #[test]
    fn workers_accept_fewer_connections_than_there_are_descriptors() {
        for descriptors in [1024, 4096] {
            let limits = ConnectionLimits::default().within(descriptors);
            for workers in [1, 2, 7] {
                let all = limits.per_worker(workers) * workers;
                assert!(all >= limits.connections + ConnectionLimits::RESERVE);
                assert!(all + 128 <= descriptors, "{all} of {descriptors}");
            }
        }
    }
}
