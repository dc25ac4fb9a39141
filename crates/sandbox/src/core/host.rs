//! What the server's thread and the owner of a simulator share.

use std::time::Duration;

use parking_lot::Mutex;

use super::clock::Clock;
use super::faults::Armed;
use super::hold::Holds;
use super::record::Log;
use super::vendor::{Protocol, Vendor};

/// A simulator's parts, each behind its own lock.
pub(crate) struct Host {
    pub(crate) vendor: Mutex<Box<dyn Vendor>>,
    pub(crate) protocol: Protocol,
    pub(crate) clock: Clock,
    pub(crate) faults: Mutex<Armed>,
    pub(crate) holds: Holds,
    pub(crate) log: Mutex<Log>,
    /// How long each request waits before it is served.
    pub(crate) latency: Mutex<Duration>,
}

impl Host {
    pub(crate) fn new(vendor: Box<dyn Vendor>, protocol: Protocol, clock: Clock) -> Self {
        Self {
            vendor: Mutex::new(vendor),
            protocol,
            clock,
            faults: Mutex::default(),
            holds: Holds::default(),
            log: Mutex::default(),
            latency: Mutex::default(),
        }
    }
}
