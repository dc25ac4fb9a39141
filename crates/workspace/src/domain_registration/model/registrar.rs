//! The model of the registrar. Unlike a registry, it sells a domain twice to the same buyer, so that an order
//! too many can't hide.

use covibe_domain::{DomainName, Timestamp, WorkspaceId};
use covibe_registrar::{
    Effect, Error, Order, OrderLine, OrderOutcome, OrderStatus, Reason, Registered, Registration,
};

use super::{LATEST, ModelWorld, Shared, turn};
use crate::domain_registration::registrar_operations::Registrar;

/// An order that the registrar has, or is going to have.
#[derive(Debug)]
pub(super) struct PlacedOrder {
    pub(super) id: String,
    pub(super) by: WorkspaceId,
    pub(super) domain: DomainName,
    pub(super) status: OrderStatus,
    /// When it is placed; the registrar tells of it from then on.
    at: i64,
}

impl PlacedOrder {
    pub(super) fn has_failed(&self) -> bool {
        self.status == OrderStatus::Declined
    }

    /// Ends an order that waits, with some luck.
    pub(super) fn age(&mut self, now: i64, lot: u64) {
        if self.status == OrderStatus::Waiting && now > self.at + 60_000 {
            let is_declined = lot == 0;
            self.status = if is_declined { OrderStatus::Declined } else { OrderStatus::Completed };
        }
    }
}

pub(super) struct ModelRegistrar(pub(super) Shared);

fn answered_error(effect: Effect) -> Error {
    Error::Answered { command: "sw_register", code: 0, reason: Reason::Unclear, effect }
}

impl ModelWorld {
    fn is_sold(&self, domain: &DomainName, but_to: &WorkspaceId) -> bool {
        let is_live = |order: &&PlacedOrder| !order.has_failed() && order.domain == *domain;
        self.orders.iter().filter(is_live).any(|order| order.by != *but_to)
    }

    fn add(&mut self, registration: &Registration, status: OrderStatus, at: i64) -> String {
        let id = (self.orders.len() + 1).to_string();
        let by: WorkspaceId = registration.credentials.username.parse().unwrap();
        let domain = DomainName::from_written(&registration.domain).unwrap();
        self.orders.push(PlacedOrder { id: id.clone(), by, domain, status, at });
        id
    }

    /// Does what an order asks for, and returns the answer if it arrives.
    fn place(&mut self, registration: &Registration) -> Result<Registered, Error> {
        let by: WorkspaceId = registration.credentials.username.parse().unwrap();
        let domain = DomainName::from_written(&registration.domain).unwrap();
        if self.is_sold(&domain, &by) {
            return Err(answered_error(Effect::None));
        }
        let now = self.now;
        let (status, standing) = match self.random_below(8) {
            0 => return Err(answered_error(Effect::None)),
            1 => return Err(answered_error(Effect::Possible)),
            2 => {
                let delay = i64::try_from(self.random_below(LATEST.unsigned_abs())).unwrap();
                self.add(registration, OrderStatus::Completed, now + delay);
                return Err(answered_error(Effect::Possible));
            }
            3 => (OrderStatus::Waiting, OrderOutcome::Waiting),
            4 => (OrderStatus::Pending, OrderOutcome::Held),
            _ => (OrderStatus::Completed, OrderOutcome::Active),
        };
        let order = self.add(registration, status, now);
        if self.random_below(3) == 0 {
            return Err(answered_error(Effect::Possible));
        }
        Ok(Registered { order, standing })
    }

    fn find(&self, id: &str) -> Option<&PlacedOrder> {
        self.orders.iter().find(|order| order.id == id && order.at <= self.now)
    }
}

impl Registrar for ModelRegistrar {
    async fn place(&self, registration: &Registration) -> Result<Registered, Error> {
        turn().await;
        let answer = self.0.lock().place(registration);
        turn().await;
        answer
    }

    async fn process(&self, order: &str) -> Result<OrderOutcome, Error> {
        turn().await;
        let answer = {
            let mut world = self.0.lock();
            let fate = world.random_below(4);
            world.released += 1;
            let found = world.orders.iter_mut().find(|one| one.id == order);
            let found = found.ok_or_else(|| answered_error(Effect::None))?;
            match (found.status, fate) {
                (OrderStatus::Completed, _) => Err(answered_error(Effect::None)),
                (_, 0) => Ok(OrderOutcome::Held),
                (_, fate) => {
                    found.status = OrderStatus::Completed;
                    if fate == 1 {
                        Err(answered_error(Effect::Possible))
                    } else {
                        Ok(OrderOutcome::Active)
                    }
                }
            }
        };
        turn().await;
        answer
    }

    async fn order(&self, id: &str) -> Result<Option<Order>, Error> {
        turn().await;
        let mut world = self.0.lock();
        if world.random_below(10) == 0 {
            return Err(answered_error(Effect::None));
        }
        // A cache in front of it may answer about another order.
        let is_mistaken = world.random_below(20) == 0;
        Ok(world.find(id).map(|found| Order {
            domain: if is_mistaken {
                "another.example".to_owned()
            } else {
                found.domain.to_string()
            },
            status: if is_mistaken { OrderStatus::Declined } else { found.status },
            is_new: true,
            cost: None,
            years: Some(1),
            placed: Some(Timestamp::from_millis(found.at)),
        }))
    }

    async fn orders(&self, name: &DomainName, _: Timestamp) -> Result<Vec<OrderLine>, Error> {
        turn().await;
        let mut world = self.0.lock();
        if world.random_below(10) == 0 {
            return Err(answered_error(Effect::None));
        }
        let now = world.now;
        let found = world.orders.iter().filter(|order| order.domain == *name && order.at <= now);
        Ok(found.map(|order| OrderLine { id: order.id.clone(), status: order.status }).collect())
    }

    async fn has(&self, name: &DomainName) -> Result<bool, Error> {
        turn().await;
        let world = self.0.lock();
        Ok(world.orders.iter().any(|order| {
            order.domain == *name && order.status == OrderStatus::Completed && order.at <= world.now
        }))
    }

    async fn expiry(&self, _: &DomainName) -> Result<Option<Timestamp>, Error> {
        turn().await;
        Ok(None)
    }
}
