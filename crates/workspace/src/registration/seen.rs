//! What the registrar's orders say of an attempt.

use std::time::Duration;

use covibe_domain::Timestamp;
use covibe_domain::entities::RegistrationState;
use covibe_registrar::{Error, Order, OrderStatus, Standing};
use covibe_store::DomainRecord;

use super::registrar::Registrar;

/// How far the registrar's clock may be behind ours. An order that was placed that much before an attempt may
/// be the attempt's.
const SKEW: Duration = Duration::from_mins(5);

/// What is seen of an attempt.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// Its order, and what the registrar says of it.
    Order(String, RegistrationState),
    /// No order that came to anything.
    Nothing,
    /// Something that may be its order, and does not tell.
    Unclear,
}

/// Looks at the order of an attempt, or for it.
pub(super) async fn look(registrar: &impl Registrar, record: &DomainRecord) -> Result<Seen, Error> {
    if let Some(id) = &record.order {
        let order = registrar.order(id).await?;
        return Ok(match order.and_then(|order| state_of(order.status)) {
            Some(state) => Seen::Order(id.clone(), state),
            None => Seen::Unclear,
        });
    }
    let mut seen = Seen::Nothing;
    for line in registrar.orders(&record.name, before(record.attempted_at)).await? {
        match registrar.order(&line.id).await? {
            Some(order) => seen = seen.or(judge(record, line.id, &order)),
            None => seen = seen.or(Seen::Unclear),
        }
    }
    Ok(seen)
}

/// Returns what an order says of an attempt that is not known to have one.
fn judge(record: &DomainRecord, id: String, order: &Order) -> Seen {
    if !order.is_new || order.domain != record.name.as_str() {
        return Seen::Nothing;
    }
    match (order.placed, state_of(order.status)) {
        (Some(placed), _) if placed < before(record.attempted_at) => Seen::Nothing,
        (_, Some(RegistrationState::Failed)) => Seen::Nothing,
        (Some(_), Some(state)) => Seen::Order(id, state),
        (None, _) | (_, None) => Seen::Unclear,
    }
}

impl Seen {
    /// Of two orders, the one that came further says what became of the attempt.
    fn or(self, other: Self) -> Self {
        if other.weight() > self.weight() { other } else { self }
    }

    fn weight(&self) -> u8 {
        match self {
            Self::Nothing => 0,
            Self::Unclear => 1,
            Self::Order(_, RegistrationState::Held) => 2,
            Self::Order(_, RegistrationState::Registered) => 4,
            Self::Order(..) => 3,
        }
    }
}

fn before(moment: Timestamp) -> Timestamp {
    let skew = i64::try_from(SKEW.as_millis()).unwrap_or_default();
    Timestamp::from_millis(moment.as_millis().saturating_sub(skew))
}

/// Returns what an order's status means for the domain; `None` if it does not tell.
fn state_of(status: OrderStatus) -> Option<RegistrationState> {
    match status {
        OrderStatus::Completed => Some(RegistrationState::Registered),
        OrderStatus::Waiting | OrderStatus::PendingFax | OrderStatus::OwnerApproval => {
            Some(RegistrationState::Pending)
        }
        OrderStatus::Pending => Some(RegistrationState::Held),
        OrderStatus::Declined | OrderStatus::Cancelled | OrderStatus::Deleted => {
            Some(RegistrationState::Failed)
        }
        OrderStatus::Other => None,
    }
}

/// Returns what the answer to an order means for the domain.
pub(super) const fn state_after(standing: Standing) -> RegistrationState {
    match standing {
        Standing::Active => RegistrationState::Registered,
        Standing::Waiting => RegistrationState::Pending,
        Standing::Held => RegistrationState::Held,
    }
}
