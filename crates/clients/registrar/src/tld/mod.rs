//! The terms and requirements of each top-level domain.

mod dot_ca;
mod tld_table;

pub use dot_ca::{Ca, CaFields, LEGAL_TYPES, ca_fields};
pub use tld_table::{Extra, Tld, tld_of};
