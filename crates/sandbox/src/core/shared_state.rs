//! The state that the server's thread and the owner of a simulator share.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::clock::Clock;
use super::control_token::ControlToken;
use super::faults::Armed;
use super::held_requests::Holds;
use super::request_log::Log;
use super::request_types::Request;
use super::vendor_interface::{Protocol, Vendor};
use super::wrong_object_answers::Confusion;

/// A simulator's parts, each behind its own lock.
pub(crate) struct Host {
    pub(crate) vendor: Mutex<Box<dyn Vendor>>,
    pub(crate) protocol: Protocol,
    pub(crate) clock: Clock,
    pub(crate) control_token: ControlToken,
    pub(crate) faults: Mutex<Armed>,
    pub(crate) holds: Holds,
    pub(crate) confusion: Confusion,
    pub(crate) log: Mutex<Log>,
    /// The time that each request waits before it is served.
    pub(crate) latency: Mutex<Duration>,
    /// Requests that take effect later, with the moment when they do.
    late: Mutex<Vec<(Instant, Request)>>,
}

impl Host {
    pub(crate) fn new(
        vendor: Box<dyn Vendor>,
        protocol: Protocol,
        clock: Clock,
        control_token: ControlToken,
    ) -> Self {
        Self {
            vendor: Mutex::new(vendor),
            protocol,
            clock,
            control_token,
            faults: Mutex::default(),
            holds: Holds::default(),
            confusion: Confusion::default(),
            log: Mutex::default(),
            latency: Mutex::default(),
            late: Mutex::default(),
        }
    }

    /// Keeps a request that takes effect after that time by the simulator's clock.
    pub(crate) fn postpone(&self, request: Request, by: Duration) {
        self.late.lock().push((self.clock.now() + by, request));
    }

    /// Serves the postponed requests whose moment has come.
    pub(crate) fn serve_late(&self) {
        let now = self.clock.now();
        let due: Vec<_> = self.late.lock().extract_if(.., |(at, _)| *at <= now).collect();
        for (_, request) in due {
            let reply = self.vendor.lock().answer(&request);
            drop(reply.finish());
        }
    }
}
