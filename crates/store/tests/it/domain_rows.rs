//! Rows of domains, their events and the ledger.

use covibe_domain::entities::{DomainEventKind, RegistrationState};
use covibe_domain::{DomainName, Money};
use covibe_store::{Debit, DomainEvent, NewRegistration, Settlement};

use crate::ids::{at, workspace};

pub(crate) fn domain_name(text: &str) -> DomainName {
    DomainName::from_written(text).unwrap()
}

pub(crate) fn registration(of: &str, domain: &str, attempt: &str) -> NewRegistration {
    NewRegistration {
        workspace: workspace(of),
        name: domain_name(domain),
        registrar: "opensrs".to_owned(),
        attempt: attempt.to_owned(),
        years: 2,
        price: Money::usd(2_900),
        is_private: true,
    }
}

pub(crate) const fn not_bought() -> Settlement {
    Settlement { state: RegistrationState::Failed, order: None }
}

pub(crate) fn domain_event(of: &str, domain: &str, number: i64) -> DomainEvent {
    DomainEvent {
        id: format!("evt_{of}_{number}"),
        workspace: workspace(of),
        domain: domain_name(domain),
        kind: DomainEventKind::RegisterAttempt,
        at: at(number / 2),
        detail: (number % 2 == 0).then(|| "x".to_owned()),
    }
}

pub(crate) fn debit(of: &str, order: &str) -> Debit {
    Debit {
        id: format!("led_{order}_{of}"),
        workspace: workspace(of),
        source: "opensrs".to_owned(),
        reference: order.to_owned(),
        amount: Money::usd(2_900),
        subject: "a.test".to_owned(),
        at: at(order.parse().unwrap_or_default()),
    }
}
