//! Buys domains: an intent becomes one order, even if a process dies in between.
//!
//! The registrar has no idempotency key, and an order that was sent may have happened although no answer came. So an
//! attempt is recorded and committed before its order is sent, no order is sent twice, and an attempt without an answer
//! is settled by the registrar's list of orders. A domain, its event and its debit are written in one transaction.
//!
//! | module | what it contains |
//! |---|---|
//! | `purchase_protocol` | the order of steps, over a registrar and a book |
//! | `registrar_operations` | what the protocol needs of a registrar |
//! | `registration_store` | what it needs of the database |
//! | `workspace_domains` | what operations use |
//! | `attempt_state` | what the registrar's orders say of an attempt |
//! | `errors` | how it fails |
//! | `purchase_reconciler` | what is done without a call |
//!
//! A model of the registrar and the book runs the protocol in 12,000 random schedules of rivals, faults and kills.
//! An attempt is given up only when no order of it can still appear. Of all workspaces, one can have an attempt
//! or a domain of a name: a unique index says so, beyond the tenants. On PostgreSQL, the reconciler gets the ids of
//! the domains to look at by a function of the tables' owner.

mod attempt_state;
mod errors;
mod purchase_protocol;
mod purchase_reconciler;
mod registrar_operations;
mod registration_store;
mod workspace_domains;

#[cfg(test)]
mod model;

pub use purchase_reconciler::{DomainWatch, Reconciled};
pub use workspace_domains::{Domains, WantedDomain};
