//! Creating databases.

use serde_json::{Value, json};

use super::volumes;
use crate::coolify::json_values::{Object, object, text};
use crate::coolify::model::{CoolifyState, Family, FieldKind, Flavor, Kind, Placement, Variable};
use crate::coolify::rules::database_fields;
use crate::core::random;

/// Creates a database and returns its uuid. The body's columns replace Coolify's defaults.
pub(crate) fn create(
    state: &mut CoolifyState,
    place: Placement,
    flavor: &'static Flavor,
    body: &Object,
) -> String {
    let mut fields = default_columns(flavor);
    let is_column = |name: &str| database_fields::columns(flavor).any(|column| column == name);
    for (name, value) in body.iter().filter(|(name, _)| is_column(name)) {
        fields.insert(name.clone(), value.clone());
    }
    let variables = variables(flavor, &fields);
    let uuid = state.add(place, fields, Kind::Database(flavor, variables));
    volumes::create_for_database(state, &uuid, flavor);
    if let Ok(one) = state.find_mut(Family::Database, &uuid)
        && one.name().is_empty()
    {
        one.set("name", format!("{}-database-{uuid}", flavor.name));
    }
    uuid
}

/// Returns the variables of a new database: only Redis keeps its user and password in variables.
fn variables(flavor: &Flavor, fields: &Object) -> Vec<Variable> {
    let Some(password) = text(fields, "redis_password").filter(|_| flavor.name == "redis") else {
        return Vec::new();
    };
    vec![
        Variable::generated("REDIS_PASSWORD", Some(password)),
        Variable::generated("REDIS_USERNAME", Some("default")),
    ]
}

fn default_columns(flavor: &Flavor) -> Object {
    let mut columns = Object::new();
    for (name, kind) in flavor.fields {
        let value = match kind {
            FieldKind::Identifier(default) => json!(default),
            FieldKind::Password => json!(random::alphanumeric(64)),
            FieldKind::File | FieldKind::Other => Value::Null,
        };
        columns.insert((*name).to_owned(), value);
    }
    columns.extend(object(json!({
        "description": null, "image": flavor.image, "is_public": false, "public_port": null,
        "limits_memory": "0", "limits_memory_swap": "0", "limits_memory_swappiness": 60,
        "limits_memory_reservation": "0", "limits_cpus": "0", "limits_cpuset": null,
        "limits_cpu_shares": 1024, "enable_ssl": false, "is_log_drain_enabled": false,
        "destination_type": "App\\Models\\StandaloneDocker",
    })));
    columns
}
