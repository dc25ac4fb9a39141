//! Orders: their states, and ending those that are held.

use covibe_domain::{Timestamp, boxed};

use super::attributes;
use super::domain_details::optional;
use super::register::{OrderOutcome, read_outcome};
use crate::client::{Client, Command};
use crate::domain_and_order_names;
use crate::error::Error;
use crate::reply::text_of;
use crate::response_codes::CommandKind;
use crate::xml::Ops;
use covibe_domain::Money;

static ORDER: Command = Command {
    name: "get_order_info",
    action: "GET_ORDER_INFO",
    object: "DOMAIN",
    kind: CommandKind::Read,
};

static ORDERS: Command = Command {
    name: "get_orders_by_domain",
    action: "GET_ORDERS_BY_DOMAIN",
    object: "DOMAIN",
    kind: CommandKind::Read,
};

static PENDING: Command = Command {
    name: "process_pending",
    action: "PROCESS_PENDING",
    object: "DOMAIN",
    kind: CommandKind::Write,
};

static CANCEL: Command = Command {
    name: "cancel_pending_orders",
    action: "CANCEL_PENDING_ORDERS",
    object: "ORDER",
    kind: CommandKind::Write,
};

static REVOKE: Command =
    Command { name: "revoke", action: "REVOKE", object: "DOMAIN", kind: CommandKind::Write };

/// The number of orders on a page.
const PAGE: usize = 40;

const DAY_MILLIS: i64 = 24 * 3_600 * 1_000;

/// The state of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderStatus {
    /// Done.
    Completed,
    /// Saved or held; nothing was bought yet.
    Pending,
    /// Refused by the registry.
    Declined,
    /// Ended by the reseller.
    Cancelled,
    /// Removed.
    Deleted,
    /// The registry has it.
    Waiting,
    /// Waits for a document.
    PendingFax,
    /// Waits for the owner of a `.ca` domain.
    OwnerApproval,
    /// Not in OpenSRS' documentation.
    Other,
}

impl OrderStatus {
    fn from_word(text: &str) -> Self {
        match text {
            "completed" => Self::Completed,
            "pending" => Self::Pending,
            "declined" => Self::Declined,
            "cancelled" => Self::Cancelled,
            "deleted" => Self::Deleted,
            "waiting" => Self::Waiting,
            "pending_fax" => Self::PendingFax,
            "ca_owner_approval" => Self::OwnerApproval,
            _ => Self::Other,
        }
    }
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The domain.
    pub domain: String,
    /// Its state.
    pub status: OrderStatus,
    /// True if it is for a new registration.
    pub is_new: bool,
    /// Its cost to the account.
    pub cost: Option<Money>,
    /// The term in years.
    pub years: Option<u8>,
    /// When it was placed.
    pub placed: Option<Timestamp>,
}

/// An order in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderLine {
    /// Its id.
    pub id: String,
    /// Its state.
    pub status: OrderStatus,
}

impl Client {
    /// Returns an order; `None` if the account has none with this id.
    #[boxed]
    pub async fn order(&self, order: &str) -> Result<Option<Order>, Error> {
        let asked = attributes([("order_id", check_order_id(order)?.into())]);
        let read = self.ask(&ORDER, asked, |_, reply| {
            let fields = reply.attributes.get("field_hash").and_then(Ops::assoc)?;
            Some(Order {
                domain: domain_and_order_names::domain(text_of(fields, "domain")?).ok()?,
                status: OrderStatus::from_word(text_of(fields, "status")?),
                is_new: text_of(fields, "reg_type")? == "new",
                cost: text_of(fields, "cost").and_then(Money::parse),
                years: text_of(fields, "period").and_then(|years| years.parse().ok()),
                placed: text_of(fields, "order_date").and_then(moment),
            })
        });
        optional(read.await)
    }

    /// Returns the registrations of a domain that were ordered then or later, whether they
    /// succeeded or not: 40 for each page, the first of which is 1. Orders of up to two days before
    /// may be among them; see [`Order::placed`].
    #[boxed]
    pub async fn orders_of(
        &self,
        domain: &str,
        since: Timestamp,
        page: u32,
    ) -> Result<Vec<OrderLine>, Error> {
        let asked = attributes([
            ("domain", domain_and_order_names::domain(domain)?.into()),
            ("type", "new".into()),
            ("order_from", day_before(since).into()),
            ("page", page.max(1).to_string().into()),
            ("limit", PAGE.to_string().into()),
        ]);
        let read = self.ask(&ORDERS, asked, |_, reply| {
            let one = |item: &Ops| {
                let item = item.assoc()?;
                let status = OrderStatus::from_word(text_of(item, "status")?);
                Some(OrderLine { id: domain_and_order_names::order(text_of(item, "id")?)?, status })
            };
            reply.list("orders")?.iter().map(one).collect()
        });
        Ok(optional(read.await)?.unwrap_or_default())
    }

    /// Executes a held order now, which costs its price, and returns its standing: it may be held
    /// again.
    #[boxed]
    pub async fn process(&self, order: &str) -> Result<OrderOutcome, Error> {
        let asked = attributes([("order_id", check_order_id(order)?.into())]);
        let (ending, reply) = self.run(&PENDING, asked).await?;
        read_outcome(&PENDING, ending, &reply)
    }

    /// Ends a held order, so that it never costs anything.
    #[boxed]
    pub async fn cancel(&self, order: &str) -> Result<(), Error> {
        let asked =
            attributes([("order_id", check_order_id(order)?.into()), ("command", "cancel".into())]);
        self.ask(&PENDING, asked, |_, _| Some(())).await
    }

    /// Ends all held orders from before a moment, in seconds since the Unix epoch.
    #[boxed]
    pub async fn cancel_held_before(&self, moment: u64) -> Result<(), Error> {
        let asked = attributes([("to_date", moment.to_string().into())]);
        self.ask(&CANCEL, asked, |_, _| Some(())).await
    }

    /// Gives a domain back. Within the registry's grace period, whose length is not published, its price
    /// is refunded. The domain is lost.
    #[boxed]
    pub async fn revoke(&self, domain: &str) -> Result<(), Error> {
        let given = attributes([
            ("domain", domain_and_order_names::domain(domain)?.into()),
            ("reseller", self.username().into()),
        ]);
        self.ask(&REVOKE, given, |_, _| Some(())).await
    }
}

fn check_order_id(order: &str) -> Result<String, Error> {
    domain_and_order_names::order(order)
        .ok_or_else(|| Error::invalid_value("order", "must be an order's id: digits"))
}

/// Returns the day before, as `YYYY-MM-DD`. Where OpenSRS is, an order may be placed on the day before
/// that of UTC. One that is missed might be made again.
fn day_before(moment: Timestamp) -> String {
    let before = Timestamp::from_millis(moment.as_millis().saturating_sub(DAY_MILLIS));
    before.to_string().get(..10).unwrap_or_default().to_owned()
}

/// Reads seconds since the Unix epoch.
fn moment(text: &str) -> Option<Timestamp> {
    text.parse::<i64>().ok()?.checked_mul(1_000).map(Timestamp::from_millis)
}
