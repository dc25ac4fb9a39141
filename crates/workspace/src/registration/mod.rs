//! Buying domains: an intent becomes one order, whatever dies in between.
//!
//! The registrar knows no idempotency key, and an order that was sent may have happened although no answer
//! came. So an attempt is written down and committed before its order is sent, no order is sent twice, and an
//! attempt without an answer is settled by what the registrar tells of its orders. A domain, its event and its
//! debit are written in one transaction.
//!
//! | module | what it contains |
//! |---|---|
//! | `protocol` | the order of steps, over a registrar and a book |
//! | `registrar` | what the protocol needs of a registrar |
//! | `book` | what it needs of the database |
//! | `domains` | what operations use |
//! | `seen` | what the registrar's orders say of an attempt |
//! | `errors` | how it fails |
//! | `reconciler` | what is done without a call |

mod book;
mod domains;
mod errors;
mod protocol;
mod reconciler;
mod registrar;
mod seen;

#[cfg(test)]
mod model;

pub use domains::{Domains, Wanted};
pub use reconciler::{DomainWatch, Reconciled};
