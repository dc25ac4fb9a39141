//! Authoritative DNS: zones and record sets at a provider, without any notion of tenants.
//!
//! A [`Provider`] keeps zones, and replaces whole record sets: all records of one name and type at once.
//! Its input is checked before it is sent ([`Changes`]). Zones are marked with their [`Owner`], and
//! no zone without that mark is taken over, changed or deleted.

mod cloud;
mod dns_name;
mod dynamic_update;
mod provider;
mod record_set;
mod record_set_changes;

pub use cloud::{CloudDns, Config, Quota};
pub use covibe_upstream::{
    Cause, ConfigError, Conflict, Effect, Error, InvalidOwner, Owner, Share,
};
pub use dns_name::{DnsName, NameError};
pub use dynamic_update::{InvalidServer, KeyTrial, UpdateConfig, UpdateServer};
pub use provider::{ChangeOutcome, Provider, Zone};
pub use record_set::{RecordKind, RecordSet};
pub use record_set_changes::{Changes, InvalidChange, MAX_CHANGES, RecordChange};
