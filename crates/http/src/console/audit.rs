//! The audit.

use covibe_console::pages::audit::{Audit, audit};
use serde_json::json;

use super::workspace_and_rights::Workplace;
use crate::people::{PageResult, page};

/// Shows a page of the list. The chain is the company's, so only its admins see the check.
pub(super) async fn show(at: &Workplace) -> PageResult {
    let next = at.query("next");
    let is_first = next.is_empty();
    let params = if is_first { json!({}) } else { json!({ "next": next }) };
    let chain = async {
        if at.frame.is_admin && is_first {
            Some(at.load("audit.verify", json!({})).await)
        } else {
            None
        }
    };
    let (entries, chain) = tokio::join!(at.load("audit.list", params), chain);
    Ok(page(200, audit(&at.frame, &Audit { entries, chain, is_first })))
}
