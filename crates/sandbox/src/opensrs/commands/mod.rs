//! The commands: from a request to its answer.

mod availability_and_price;
mod domain;
mod nameservers;
mod orders;
mod register;

use serde_json::json;

use super::envelope::{Command, CommandAnswer, CommandOutcome, bytes, is_signed};
use super::model::OpenSrsState;
use super::options::TroubleKind;
use super::tlds_prices_and_names::dollars;
use crate::core::request_types::{Reply, Request};

/// Answers a request.
pub(super) fn answer(state: &mut OpenSrsState, request: &Request) -> Reply {
    state.settle();
    if request.method != "POST" {
        return bytes(405, "text/html", b"Method Not Allowed".to_vec());
    }
    if !is_signed(request, &state.username, &state.key) {
        return bytes(401, "text/html", b"Authentication Error.".to_vec());
    }
    let Some(command) = Command::read(&request.body) else {
        return CommandAnswer::code(400, "Unable to parse the request").reply("");
    };
    if !state.settings.address_allowed {
        return CommandAnswer::code(400, "Access denied: invalid IP address")
            .reply(&command.object);
    }
    let trouble = state.trouble(&command.action);
    match &trouble {
        Some(TroubleKind::Code(code, text)) => {
            return CommandAnswer::code(*code, text).reply(&command.object);
        }
        Some(TroubleKind::Bytes(body)) => return bytes(200, "text/xml", body.clone()),
        _ => {}
    }
    let done = serve(state, &command, request.breaks_off, trouble.as_ref());
    let answer = done.unwrap_or_else(|refusal| refusal);
    match trouble {
        Some(TroubleKind::CodeAfter(code)) => CommandAnswer::code(code, "").reply(&command.object),
        Some(TroubleKind::Contradiction) => {
            CommandAnswer { is_success: false, ..answer }.reply(&command.object)
        }
        _ => answer.reply(&command.object),
    }
}

fn serve(
    state: &mut OpenSrsState,
    command: &Command,
    breaks_off: bool,
    trouble: Option<&TroubleKind>,
) -> CommandOutcome {
    match (command.action.as_str(), command.object.as_str()) {
        ("lookup", "domain") => availability_and_price::lookup(state, command),
        ("get_price", "domain") => availability_and_price::price(state, command),
        ("name_suggest", "domain") => availability_and_price::suggest(state, command),
        ("sw_register", "domain") => register::register(state, command, breaks_off, trouble),
        ("get", "domain") => domain::get(state, command),
        ("belongs_to_rsp", "domain") => domain::belongs(state, command),
        ("modify", "domain") => domain::modify(state, command),
        ("revoke", "domain") => domain::revoke(state, command),
        ("advanced_update_nameservers", "domain") => nameservers::update(state, command),
        ("get_order_info", "domain") => orders::info(state, command),
        ("get_orders_by_domain", "domain") => orders::list_for_domain(state, command),
        ("process_pending", "domain") => orders::process(state, command),
        ("cancel_pending_orders", "order") => orders::cancel_before(state, command),
        ("get_balance", "balance") => Ok(balance(state)),
        _ => Err(CommandAnswer::code(430, "Invalid command")),
    }
}

fn balance(state: &OpenSrsState) -> CommandAnswer {
    let (balance, held) = (dollars(state.balance), dollars(state.reserved_balance()));
    CommandAnswer::ok(json!({ "balance": balance, "hold_balance": held }))
}
