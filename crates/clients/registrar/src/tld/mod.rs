//! What each top-level domain allows and requires.

mod ca;
mod table;

pub use ca::{Ca, CaFields, LEGAL_TYPES, ca_fields};
pub use table::{Extra, Tld, tld_of};
