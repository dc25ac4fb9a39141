//! The repositories.

use covibe_console::pages::gitea_repositories::code;
use serde_json::json;

use super::workspace_and_rights::Workplace;
use crate::people::{PageResult, page};

/// Shows a page of the list.
pub(super) async fn show(at: &Workplace) -> PageResult {
    let next = at.query("next");
    let is_first = next.is_empty();
    let params = if is_first { json!({}) } else { json!({ "next": next }) };
    let list = at.load("repos.list", params).await;
    Ok(page(200, code(&at.frame, &list, is_first)))
}
