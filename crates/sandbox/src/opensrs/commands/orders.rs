//! Commands for orders: their state, and the end of held ones.

use covibe_domain::Timestamp;
use serde_json::json;

use crate::opensrs::envelope::{Command, CommandAnswer, CommandOutcome};
use crate::opensrs::model::{OpenSrsState, Order};
use crate::opensrs::tlds_prices_and_names::dollars;

/// The time by which the clocks of OpenSRS, in Toronto, are behind UTC.
const BEHIND_MILLIS: i64 = 5 * 3_600 * 1_000;

fn unknown_order() -> CommandAnswer {
    CommandAnswer::code(480, "Order not found")
}

/// Returns the day on which an order was placed, by OpenSRS' clocks.
fn day(order: &Order) -> String {
    let placed = Timestamp::from_millis(order.placed.as_millis() - BEHIND_MILLIS);
    placed.to_string().get(..10).unwrap_or_default().to_owned()
}

fn order<'a>(
    state: &'a mut OpenSrsState,
    command: &Command,
) -> Result<&'a mut Order, CommandAnswer> {
    let id = command.required("order_id")?;
    let found = state.orders.iter_mut().find(|order| order.id.to_string() == id);
    found.ok_or_else(unknown_order)
}

pub(super) fn info(state: &mut OpenSrsState, command: &Command) -> CommandOutcome {
    let order = order(state, command)?;
    Ok(CommandAnswer::ok(json!({ "field_hash": {
        "domain": order.domain,
        "reg_type": "new",
        "cost": dollars(order.cost),
        "order_date": (order.placed.as_millis() / 1_000).to_string(),
        "status": order.status,
        "f_lock_domain": if order.result.is_locked { "Y" } else { "N" },
        "f_auto_renew": if order.result.auto_renew { "Y" } else { "N" },
        "period": order.result.years.to_string(),
    } })))
}

pub(super) fn list_for_domain(state: &OpenSrsState, command: &Command) -> CommandOutcome {
    let name = command.required("domain")?.to_ascii_lowercase();
    let from = command.text("order_from").unwrap_or_default();
    let number =
        |name: &str, or: usize| command.text(name).and_then(|n| n.parse().ok()).unwrap_or(or);
    let (page, limit) = (number("page", 1), number("limit", 40).clamp(1, 40));
    let is_new = command.text("type").is_none_or(|kind| kind == "new");
    let matching =
        state.orders.iter().filter(|order| is_new && order.domain == name && *from <= *day(order));
    let shown = |order: &Order| json!({ "id": order.id, "order_date": day(order), "status": order.status, "type": "new" });
    let page = matching.skip(page.saturating_sub(1) * limit).take(limit);
    let orders: Vec<_> = page.map(shown).collect();
    Ok(CommandAnswer::ok(json!({ "orders": orders, "page_size": limit })))
}

pub(super) fn process(state: &mut OpenSrsState, command: &Command) -> CommandOutcome {
    let available = state.available_balance();
    let order = order(state, command)?;
    let (id, cost) = (order.id, order.cost);
    if order.status != "pending" {
        return Err(CommandAnswer::code(465, "The order is not pending"));
    }
    if command.text("command") == Some("cancel") {
        order.status = "cancelled";
        return Ok(CommandAnswer::code(200, "Order cancelled"));
    }
    if available < cost {
        return Ok(CommandAnswer::ok(json!({ "id": id, "forced_pending": id })));
    }
    if state.domains.contains_key(&order_domain(state, id)) {
        return Err(CommandAnswer::code(485, "Domain taken"));
    }
    state.complete(id);
    Ok(CommandAnswer::ok(json!({ "id": id, "registration_code": 200 })))
}

fn order_domain(state: &OpenSrsState, id: u64) -> String {
    let order = state.orders.iter().find(|order| order.id == id);
    order.map(|order| order.domain.clone()).unwrap_or_default()
}

pub(super) fn cancel_before(state: &mut OpenSrsState, command: &Command) -> CommandOutcome {
    let until: i64 = command
        .required("to_date")?
        .parse()
        .map_err(|_| CommandAnswer::code(465, "Invalid date"))?;
    let held = state.orders.iter_mut().filter(|order| {
        order.status == "pending" && order.placed.as_millis() < until.saturating_mul(1_000)
    });
    let cancelled = held.map(|order| order.status = "cancelled").count();
    Ok(CommandAnswer::ok(json!({ "total": cancelled.to_string() })))
}
