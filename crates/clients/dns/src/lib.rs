//! Authoritative DNS: zones and record sets at a provider, without any notion of tenants.
//!
//! A [`Provider`] keeps zones, and replaces whole record sets: all records of one name and type at once.
//! Its input is checked before it is sent ([`Changes`]). Zones are marked with their [`Owner`], and
//! no zone without that mark is taken over, changed or deleted.

mod changes;
mod cloud;
mod name;
mod provider;
mod record;
mod update;

pub use changes::{Changes, InvalidChange, MAX_CHANGES, RecordChange};
pub use cloud::{CloudDns, Config, Quota};
pub use covibe_upstream::{Cause, ConfigError, Conflict, Effect, Error, InvalidOwner, Owner};
pub use name::{DnsName, NameError};
pub use provider::{ChangeOutcome, Provider, Zone};
pub use record::{RecordKind, RecordSet};
pub use update::{InvalidServer, KeyTrial, UpdateConfig, UpdateServer};
