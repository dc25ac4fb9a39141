//! The commands.

mod availability_and_price;
mod domain_changes;
mod domain_details;
mod order;
mod register;
mod reseller_account;

pub use availability_and_price::{Availability, Lookup, Price, Purchase};
pub use domain_details::{Details, Owned, Renewal, Status};
pub use order::{Order, OrderLine, OrderStatus};
pub use register::{Credentials, OrderOutcome, Registered, Registration};
pub use reseller_account::Balance;

use crate::xml::{Assoc, Ops};

/// Returns the attributes of a command.
fn attributes<const N: usize>(members: [(&str, Ops); N]) -> Assoc {
    members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
