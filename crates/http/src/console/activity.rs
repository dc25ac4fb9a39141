//! What agents did.

use covibe_console::pages::activity::{Filter, activity};
use serde_json::{Map, Value};

use super::workplace::Workplace;
use crate::people::{Answer, page};

/// Shows a page of the list.
pub(super) async fn show(at: &Workplace) -> Answer {
    let filter = Filter {
        agent: at.query("agent"),
        tool: at.query("tool"),
        outcome: at.query("outcome"),
        next: at.query("next"),
    };
    let given = [
        ("agentType", &filter.agent),
        ("tool", &filter.tool),
        ("outcome", &filter.outcome),
        ("next", &filter.next),
    ];
    let given = given.into_iter().filter(|(_, value)| !value.is_empty());
    let mut params: Map<_, _> =
        given.map(|(name, value)| (name.to_owned(), Value::from(value.as_str()))).collect();
    params.insert("ended".to_owned(), Value::Bool(true));
    let list = at.load("audit.list", Value::Object(params)).await;
    Ok(page(200, activity(&at.frame, &filter, &list)))
}
