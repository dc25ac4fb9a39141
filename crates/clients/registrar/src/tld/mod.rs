//! The terms and requirements of each top-level domain.

mod ca;
mod table;

pub use ca::{Ca, CaFields, LEGAL_TYPES, ca_fields};
pub use table::{Extra, Tld, tld_of};
