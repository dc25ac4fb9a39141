//! The bytes of bodies in memory, counted for all requests of the server together.
//!
//! A body counts from its first byte until it is dropped. The bytes of one sender are limited, and those of all senders
//! of a kind together, so that strangers take no memory from callers, and a tenant little from the others.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::{Failure, Kind, TenantId};
use parking_lot::Mutex;

const MEBIBYTE: usize = 1024 * 1024;

/// The bytes of a tenant's body for which there is always room, if the tenant has room.
const SMALL_BODY: usize = 64 * 1024;

/// The bytes of a stranger's body for which there is always room, if the address has room: a form of sign-in or a request
/// of a device has a few hundred. All connections of a server together hold a few MiB of such bodies.
const SMALL_FORM: usize = 4 * 1024;

/// The sender of a body.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BodySender {
    /// Somebody who has not shown who they are, by what counts as their address.
    Stranger(IpAddr),
    /// A hook of Gitea's, by the id of its secret.
    Hook(String),
    /// A caller or a person of a tenant.
    Tenant(TenantId),
}

/// The number of bytes that one sender of a kind may hold, and all of the kind together.
struct Bounds {
    each: usize,
    all: usize,
}

impl BodySender {
    fn bounds(&self) -> Bounds {
        match self {
            Self::Stranger(_) => Bounds { each: MEBIBYTE, all: 8 * MEBIBYTE },
            Self::Hook(_) => Bounds { each: 2 * MEBIBYTE, all: 4 * MEBIBYTE },
            Self::Tenant(_) => Bounds { each: 8 * MEBIBYTE, all: 24 * MEBIBYTE },
        }
    }

    /// Returns the bytes of a body that are accepted whatever others of the kind hold.
    fn reserved(&self) -> usize {
        match self {
            Self::Stranger(_) => SMALL_FORM,
            Self::Hook(_) => 0,
            Self::Tenant(_) => SMALL_BODY,
        }
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::Stranger(_) | Self::Hook(_) => "Nothing was changed. Retry in a moment.",
            Self::Tenant(_) => "Make fewer calls with long bodies at the same time.",
        }
    }
}

/// The bytes of all bodies that are in memory.
#[derive(Debug, Default)]
pub(crate) struct Bodies(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    strangers: usize,
    hooks: usize,
    tenants: usize,
    senders: HashMap<BodySender, usize>,
}

impl Counts {
    fn all_like(&mut self, sender: &BodySender) -> &mut usize {
        match sender {
            BodySender::Stranger(_) => &mut self.strangers,
            BodySender::Hook(_) => &mut self.hooks,
            BodySender::Tenant(_) => &mut self.tenants,
        }
    }

    fn held_by(&self, sender: &BodySender) -> usize {
        self.senders.get(sender).copied().unwrap_or_default()
    }

    fn add(&mut self, sender: &BodySender, bytes: usize) {
        *self.all_like(sender) += bytes;
        match self.senders.get_mut(sender) {
            Some(held) => *held += bytes,
            None => drop(self.senders.insert(sender.clone(), bytes)),
        }
    }

    fn remove(&mut self, sender: &BodySender, bytes: usize) {
        *self.all_like(sender) -= bytes;
        let Some(held) = self.senders.get_mut(sender) else { return };
        *held -= bytes;
        if *held == 0 {
            self.senders.remove(sender);
        }
    }
}

/// The bytes of one body. They count until it is dropped.
#[derive(Debug)]
pub struct HeldBody {
    bodies: Arc<Bodies>,
    sender: BodySender,
    bytes: usize,
}

impl Bodies {
    /// Returns an empty body of a request of this sender.
    pub(crate) fn begin(self: &Arc<Self>, sender: BodySender) -> HeldBody {
        HeldBody { bodies: Arc::clone(self), sender, bytes: 0 }
    }
}

impl HeldBody {
    /// Adds bytes that have arrived.
    ///
    /// # Errors
    ///
    /// Limited if the bodies of the sender, or of all senders of its kind, take too much memory.
    pub fn hold(&mut self, bytes: usize) -> Result<(), Failure> {
        let Bounds { each, all } = self.sender.bounds();
        let mut counts = self.bodies.0.lock();
        let is_full = *counts.all_like(&self.sender) + bytes > all
            && self.bytes + bytes > self.sender.reserved();
        if is_full || counts.held_by(&self.sender) + bytes > each {
            let message = "The bodies of concurrent requests take too much memory.";
            return Err(Failure::new(Kind::Limited, message)
                .hint(self.sender.hint())
                .retry_after(Duration::from_secs(1)));
        }
        if bytes > 0 {
            counts.add(&self.sender, bytes);
            self.bytes += bytes;
        }
        Ok(())
    }
}

impl Drop for HeldBody {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.bodies.0.lock().remove(&self.sender, self.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn tenant(name: &str) -> BodySender {
        BodySender::Tenant(name.parse().unwrap())
    }

    fn stranger(last: u8) -> BodySender {
        BodySender::Stranger(Ipv4Addr::new(192, 0, 2, last).into())
    }

    /// Holds bodies of this size until one is refused.
    fn fill(bodies: &Arc<Bodies>, sender: &BodySender, size: usize) -> Vec<HeldBody> {
        let body = || {
            let mut body = bodies.begin(sender.clone());
            body.hold(size).ok().map(|()| body)
        };
        std::iter::from_fn(body).collect()
    }

    #[test]
    fn a_small_body_has_room_whatever_other_tenants_hold() {
        let bodies = Arc::<Bodies>::default();
        let full = ["ten_alfa", "ten_bravo", "ten_charlie"]
            .map(|name| fill(&bodies, &tenant(name), MEBIBYTE));
        let mut other = bodies.begin(tenant("ten_delta"));
        assert!(other.hold(SMALL_BODY).is_ok() && other.hold(1).is_err());
        drop(full);
        assert!(other.hold(1).is_ok());
    }

    #[test]
    fn a_small_form_has_room_whatever_strangers_of_other_addresses_hold() {
        let bodies = Arc::<Bodies>::default();
        let full: Vec<_> = (1..=8).map(|last| fill(&bodies, &stranger(last), 16 * 1024)).collect();
        let mut form = bodies.begin(stranger(9));
        assert!(form.hold(SMALL_FORM).is_ok() && form.hold(1).is_err());
        let mut same = bodies.begin(stranger(1));
        assert!(same.hold(1).is_err(), "an address holds more than its share");
        drop(full);
        assert!(form.hold(1).is_ok() && same.hold(1).is_ok());
    }

    #[test]
    fn body_bytes_are_limited_per_tenant_and_in_total_and_released() {
        let bodies = Arc::<Bodies>::default();
        let mut held = Vec::new();
        for (name, count) in
            [("ten_alfa", 8), ("ten_bravo", 8), ("ten_charlie", 8), ("ten_delta", 0)]
        {
            let own = fill(&bodies, &tenant(name), MEBIBYTE);
            assert_eq!(own.len(), count, "{name}");
            held.push(own);
        }
        drop(held);
        let counts = bodies.0.lock();
        assert_eq!((counts.tenants, counts.senders.len()), (0, 0));
    }

    #[test]
    fn bodies_of_strangers_are_limited_apart_from_tenants_and_per_address() {
        let bodies = Arc::<Bodies>::default();
        let size = 16 * 1024;
        let own = fill(&bodies, &stranger(1), size);
        assert_eq!(own.len() * size, MEBIBYTE);
        let others: Vec<_> = (2..=20).map(|last| fill(&bodies, &stranger(last), size)).collect();
        let together: usize = others.iter().map(|held| held.len() * size).sum();
        assert_eq!(together, 7 * MEBIBYTE);
        assert!(bodies.begin(tenant("ten_alfa")).hold(MEBIBYTE).is_ok());
        assert!(bodies.begin(BodySender::Hook("0f".to_owned())).hold(MEBIBYTE).is_ok());
        drop(own);
        assert!(bodies.begin(stranger(30)).hold(size).is_ok());
    }
}
