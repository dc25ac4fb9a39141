//! The state of an attempt according to the registrar's orders.

use std::time::Duration;

use covibe_domain::Timestamp;
use covibe_domain::entities::RegistrationState;
use covibe_registrar::{Error, Order, OrderOutcome, OrderStatus};
use covibe_store::DomainRecord;

use super::registrar_operations::Registrar;

/// The maximum time by which the registrar's clock may be behind ours. An order that was placed that much before an
/// attempt may be the attempt's.
const SKEW: Duration = Duration::from_mins(5);

/// The state of an attempt at the registrar.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum AttemptState {
    /// Its order, with the state that it has at the registrar.
    Order(String, RegistrationState),
    /// No order, except failed ones.
    Nothing,
    /// Something that may be its order, with an unclear state.
    Unclear,
}

/// Reads the order of an attempt, or searches for it.
pub(super) async fn read_attempt(
    registrar: &impl Registrar,
    record: &DomainRecord,
) -> Result<AttemptState, Error> {
    if let Some(id) = &record.order {
        // An answer about another domain settles nothing.
        let order = registrar.order(id).await?.filter(|order| order.domain == record.name.as_str());
        return Ok(match order.and_then(|order| state_of(order.status)) {
            Some(state) => AttemptState::Order(id.clone(), state),
            None => AttemptState::Unclear,
        });
    }
    let mut seen = AttemptState::Nothing;
    for line in registrar.orders(&record.name, with_skew(record.attempted_at)).await? {
        match registrar.order(&line.id).await? {
            Some(order) => seen = seen.more_advanced(judge(record, line.id, &order)),
            None => seen = seen.more_advanced(AttemptState::Unclear),
        }
    }
    Ok(seen)
}

/// Returns the state of an attempt according to an order that may be its own.
fn judge(record: &DomainRecord, id: String, order: &Order) -> AttemptState {
    if !order.is_new || order.domain != record.name.as_str() {
        return AttemptState::Nothing;
    }
    match (order.placed, state_of(order.status)) {
        (Some(placed), _) if placed < with_skew(record.attempted_at) => AttemptState::Nothing,
        (_, Some(RegistrationState::Failed)) => AttemptState::Nothing,
        (Some(_), Some(state)) => AttemptState::Order(id, state),
        (None, _) | (_, None) => AttemptState::Unclear,
    }
}

impl AttemptState {
    /// Returns the more advanced of two states.
    fn more_advanced(self, other: Self) -> Self {
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

fn with_skew(moment: Timestamp) -> Timestamp {
    let skew = i64::try_from(SKEW.as_millis()).unwrap_or_default();
    Timestamp::from_millis(moment.as_millis().saturating_sub(skew))
}

/// Returns the state of a domain for an order's status; `None` if it is unclear.
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

/// Returns the state of a domain for the answer to its order.
pub(super) const fn state_after(standing: OrderOutcome) -> RegistrationState {
    match standing {
        OrderOutcome::Active => RegistrationState::Registered,
        OrderOutcome::Waiting => RegistrationState::Pending,
        OrderOutcome::Held => RegistrationState::Held,
    }
}
