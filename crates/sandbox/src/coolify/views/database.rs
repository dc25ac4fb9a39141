//! Databases and their connection URLs.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::resource;
use crate::coolify::model::Resource;
use crate::coolify::model::flavors::Flavor;
use crate::coolify::values::is_on;

/// Shows a database; a KeyDB without `database_type`.
pub(crate) fn show(one: &Resource, flavor: &Flavor) -> Value {
    let mut body = resource::show(one);
    if flavor.name != "keydb" {
        body["database_type"] = json!(flavor.kind);
    }
    body["external_db_url"] = Value::Null;
    add_urls(&mut body, one, flavor);
    body
}

/// Adds the internal connection URL, and the external one of a public database.
pub(crate) fn add_urls(body: &mut Value, one: &Resource, flavor: &Flavor) {
    body["internal_db_url"] = json!(url(one, flavor, &one.uuid, &flavor.port.to_string()));
    if is_on(&one.fields, "is_public") && !one.fields["public_port"].is_null() {
        let port = one.fields["public_port"].to_string();
        body["external_db_url"] = json!(url(one, flavor, "127.0.0.1", &port));
    }
}

/// Returns a connection URL, with the user and password percent-encoded.
fn url(one: &Resource, flavor: &Flavor, host: &str, port: &str) -> String {
    let mut url = flavor.url.replace("{host}", host).replace("{port}", port);
    for (field, _) in flavor.fields {
        let value = utf8_percent_encode(one.text(field), NON_ALPHANUMERIC).to_string();
        url = url.replace(&format!("{{{field}}}"), &value);
    }
    url
}
