//! Domains as agents see them.

use covibe_domain::entities::{DnsProvider, DomainEventKind, RegistrationState};
use covibe_domain::{DomainName, Money, Timestamp};
use covibe_workspace::{DomainEvent, DomainRecord};
use schemars::JsonSchema;
use serde::Serialize;

/// A domain of the workspace.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Domain {
    /// The domain.
    #[serde(rename = "domain")]
    pub(super) name: DomainName,
    /// The domain in its own script, if that is not ASCII.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"bücher.example")]
    unicode: Option<String>,
    /// The state of its registration.
    status: RegistrationState,
    /// The term in years.
    period: u8,
    /// The price of the term.
    price: Money,
    /// True if the owner is hidden in WHOIS.
    whois_privacy: bool,
    /// The registrar's id of the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"3735281")]
    order_id: Option<String>,
    /// Its DNS provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    dns_provider: Option<DnsProvider>,
    /// Its zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"7340612734589")]
    zone: Option<String>,
    /// The time at which it was registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    registered_at: Option<Timestamp>,
    /// The time at which its term ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
}

impl From<DomainRecord> for Domain {
    fn from(record: DomainRecord) -> Self {
        Self {
            unicode: record.name.unicode(),
            name: record.name,
            status: record.state,
            period: record.years,
            price: record.price,
            whois_privacy: record.is_private,
            order_id: record.order,
            dns_provider: record.attachment.provider,
            zone: record.attachment.zone,
            registered_at: record.registered_at,
            expires_at: record.expires_at,
        }
    }
}

/// Something that happened to a domain.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    /// The kind of the event.
    kind: DomainEventKind,
    /// The time of the event.
    at: Timestamp,
    /// Details of the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"ordered")]
    detail: Option<String>,
}

impl From<DomainEvent> for Event {
    fn from(event: DomainEvent) -> Self {
        Self { kind: event.kind, at: event.at, detail: event.detail }
    }
}
