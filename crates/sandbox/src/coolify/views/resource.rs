//! The JSON that all resources share.

use covibe_domain::Timestamp;
use serde_json::{Value, json};

use crate::coolify::model::{Family, Resource};

/// Shows a resource without its numeric id, as most answers do.
pub(crate) fn show(one: &Resource) -> Value {
    let mut body = one.fields.clone();
    body.insert("uuid".to_owned(), json!(one.uuid));
    body.insert("environment_id".to_owned(), json!(one.environment_id));
    body.insert("status".to_owned(), json!(one.status()));
    if one.family() != Family::Service {
        body.insert("last_online_at".to_owned(), json!(database_text(one.sight.at)));
    }
    body.insert("destination_id".to_owned(), json!(one.destination_id));
    body.insert("created_at".to_owned(), json!(one.created));
    body.insert("updated_at".to_owned(), json!(one.updated));
    Value::Object(body)
}

/// Shows a resource with its numeric id, as only nested and short lists do.
pub(crate) fn show_with_id(one: &Resource) -> Value {
    let mut body = show(one);
    body["id"] = json!(one.id);
    body
}

/// Returns a time as the database writes it, which Coolify shows for a column without a cast.
pub(super) fn database_text(at: Timestamp) -> String {
    let text = at.to_string().replacen('T', " ", 1);
    text.split('.').next().unwrap_or_default().trim_end_matches('Z').to_owned()
}
