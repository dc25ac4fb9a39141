//! The state: domains, orders, the balance.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use covibe_domain::Timestamp;

use super::options::{Options, Settings, Trouble, TroubleKind};
use crate::core::clock::Clock;
use crate::core::random;

/// The time that the registry takes for an order that waits for it.
const REGISTRY: Duration = Duration::from_mins(1);

/// A registered domain.
#[expect(clippy::struct_excessive_bools, reason = "a domain's switches are independent")]
#[derive(Clone)]
pub(super) struct Domain {
    /// True if it is the reseller's, not a stranger's.
    pub(super) is_ours: bool,
    pub(super) created: Timestamp,
    pub(super) years: u8,
    pub(super) nameservers: Vec<String>,
    pub(super) is_locked: bool,
    pub(super) has_privacy: bool,
    pub(super) auto_renew: bool,
    pub(super) let_expire: bool,
    pub(super) auth_code: String,
}

/// The order of a registration.
#[derive(Clone)]
pub(super) struct Order {
    pub(super) id: u64,
    pub(super) domain: String,
    pub(super) status: &'static str,
    /// In cents.
    pub(super) cost: i64,
    pub(super) is_paid: bool,
    pub(super) placed: Timestamp,
    /// The moment when the registry is finished with it, if it waits for the registry.
    pub(super) due: Option<Instant>,
    /// The domain that it registers.
    pub(super) result: Domain,
}

pub(super) struct OpenSrsState {
    pub(super) username: String,
    pub(super) key: String,
    pub(super) settings: Settings,
    pub(super) troubles: Vec<Trouble>,
    /// In cents.
    pub(super) balance: i64,
    pub(super) domains: BTreeMap<String, Domain>,
    pub(super) orders: Vec<Order>,
    pub(super) clock: Clock,
}

impl OpenSrsState {
    pub(super) fn new(options: Options, key: String, clock: Clock) -> Self {
        let Options { username, balance, settings, .. } = options;
        let (troubles, domains, orders) = (Vec::new(), BTreeMap::new(), Vec::new());
        Self { username, key, settings, troubles, balance, domains, orders, clock }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.timestamp_at(self.clock.now())
    }

    /// Returns the trouble for a command, and counts it as used once.
    pub(super) fn trouble(&mut self, action: &str) -> Option<TroubleKind> {
        self.troubles.retain(|trouble| trouble.times > 0);
        let trouble = self.troubles.iter_mut().find(|trouble| trouble.action == action)?;
        trouble.times -= 1;
        Some(trouble.kind.clone())
    }

    /// Registers a domain for another reseller's customer, unless it is taken.
    pub(super) fn sell_to_rival(&mut self, name: &str) {
        let rivals = Domain { is_ours: false, ..self.domain(1, Vec::new()) };
        self.domains.entry(name.to_owned()).or_insert(rivals);
    }

    /// Returns a domain that is registered now, as the account's defaults make it.
    pub(super) fn domain(&self, years: u8, nameservers: Vec<String>) -> Domain {
        Domain {
            is_ours: true,
            created: self.now(),
            years,
            nameservers,
            is_locked: true,
            has_privacy: false,
            auto_renew: true,
            let_expire: false,
            auth_code: random::alphanumeric(16),
        }
    }

    /// Returns the reseller's domain of that name.
    pub(super) fn reseller_domain(&mut self, name: &str) -> Option<&mut Domain> {
        self.domains.get_mut(name).filter(|domain| domain.is_ours)
    }

    pub(super) fn is_in_process(&self, name: &str) -> bool {
        self.in_process().any(|order| order.domain == name)
    }

    fn in_process(&self) -> impl Iterator<Item = &Order> {
        let waits = |status: &str| matches!(status, "waiting" | "ca_owner_approval");
        self.orders.iter().filter(move |order| waits(order.status))
    }

    /// Returns the part of the balance that is set aside for orders in process, in cents.
    pub(super) fn reserved_balance(&self) -> i64 {
        self.in_process().map(|order| order.cost).sum()
    }

    /// Returns the part of the balance that can be spent, in cents.
    pub(super) fn available_balance(&self) -> i64 {
        self.balance - self.reserved_balance()
    }

    /// Approves the order of a `.ca` domain in the name of its owner.
    pub(super) fn approve(&mut self, name: &str) {
        let asked = |order: &&Order| order.domain == name && order.status == "ca_owner_approval";
        if let Some(id) = self.orders.iter().find(asked).map(|order| order.id) {
            self.complete(id);
        }
    }

    /// Adds an order and returns its id.
    pub(super) fn place(
        &mut self,
        domain: &str,
        status: &'static str,
        cost: i64,
        result: Domain,
    ) -> u64 {
        let id = 3_735_283 + self.orders.len() as u64;
        let due = (status == "waiting").then(|| self.clock.now() + REGISTRY);
        let (domain, placed) = (domain.to_owned(), self.now());
        self.orders.push(Order { id, domain, status, cost, is_paid: false, placed, due, result });
        id
    }

    /// Pays an order and registers its domain, unless it was sold meanwhile.
    pub(super) fn complete(&mut self, id: u64) {
        let Some(order) = self.orders.iter_mut().find(|order| order.id == id) else { return };
        order.due = None;
        if self.domains.contains_key(&order.domain) || self.balance < order.cost {
            order.status = "declined";
            return;
        }
        (order.status, order.is_paid) = ("completed", true);
        self.balance -= order.cost;
        self.domains.insert(order.domain.clone(), order.result.clone());
    }

    /// Completes the orders that the registry is finished with.
    pub(super) fn settle(&mut self) {
        let now = self.clock.now();
        let due = self.orders.iter().filter(|order| order.due.is_some_and(|due| due <= now));
        for id in due.map(|order| order.id).collect::<Vec<_>>() {
            self.complete(id);
        }
    }
}
