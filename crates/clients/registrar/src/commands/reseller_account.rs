//! The reseller's account.

use super::attributes;
use crate::client::{Client, Command};
use crate::error::Error;
use crate::response_codes::CommandKind;
use covibe_domain::{Money, boxed};

static BALANCE: Command = Command {
    name: "get_balance",
    action: "GET_BALANCE",
    object: "BALANCE",
    kind: CommandKind::Read,
};

/// The balance of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// The amount that was paid in and not spent.
    pub total: Money,
    /// The part of it that is set aside for orders that wait.
    pub held: Money,
}

impl Balance {
    /// Returns the amount that can be spent.
    pub fn available(self) -> Money {
        Money { minor: self.total.minor.saturating_sub(self.held.minor), ..self.total }
    }
}

impl Client {
    /// Returns the account's balance. It is the cheapest way to see whether the key, the address of this
    /// server and the account are accepted.
    #[boxed]
    pub async fn balance(&self) -> Result<Balance, Error> {
        self.ask(&BALANCE, attributes([]), |_, reply| {
            Some(Balance { total: reply.money("balance")?, held: reply.money("hold_balance")? })
        })
        .await
    }
}
