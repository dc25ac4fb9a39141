//! The commands.

mod account;
mod change;
mod domain;
mod lookup;
mod order;
mod register;

pub use account::Balance;
pub use domain::{Details, Owned, Renewal, Status};
pub use lookup::{Availability, Lookup, Price, Purchase};
pub use order::{Order, OrderLine, OrderStatus};
pub use register::{Credentials, OrderOutcome, Registered, Registration};

use crate::xml::{Assoc, Ops};

/// Returns the attributes of a command.
fn attributes<const N: usize>(members: [(&str, Ops); N]) -> Assoc {
    members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
