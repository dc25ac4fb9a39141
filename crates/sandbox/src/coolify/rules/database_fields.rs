//! The fields of databases, and the two ways in which their controllers check them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::body::Rule::{self, Array, Bool, Number, Short, Text};
use super::body::{self, Field, field};
use super::resource_placement::LOCATION;
use crate::coolify::Version;
use crate::coolify::Version::{Beta473, V4_3};
use crate::coolify::errors::{self, Errors};
use crate::coolify::json_values::{Object, is_on, text};
use crate::coolify::model::{CoolifyState, FLAVORS, Family, FieldKind, Flavor};
use crate::core::request_types::Reply;

/// Accepted for every flavor, by a creation and a PATCH.
pub(crate) const COMMON: &[Field] = &[
    field("name", Short(255), Beta473),
    field("description", Text, Beta473),
    field("image", Text, Beta473),
    field("is_public", Bool, Beta473),
    field("public_port", Number, Beta473),
    field("public_port_timeout", Number, Beta473),
    field("instant_deploy", Bool, Beta473),
    field("limits_memory", Text, Beta473),
    field("limits_memory_swap", Text, Beta473),
    field("limits_memory_swappiness", Number, Beta473),
    field("limits_memory_reservation", Text, Beta473),
    field("limits_cpus", Text, Beta473),
    field("limits_cpuset", Text, Beta473),
    field("limits_cpu_shares", Number, Beta473),
];

/// Accepted by a creation only.
pub(crate) const CREATE: &[Field] = &[field("tags", Array, V4_3)];

/// Accepted by a PATCH only.
pub(crate) const PATCH: &[Field] = &[
    field("health_check_enabled", Bool, V4_3),
    field("health_check_interval", Number, V4_3),
    field("health_check_timeout", Number, V4_3),
    field("health_check_retries", Number, V4_3),
    field("health_check_start_period", Number, V4_3),
];

/// Refuses the fields of a creation: those of no flavor as a plain array of their names (shape d, a
/// mistake of Coolify's own); those of another flavor, and bad values of its own, as an object.
pub(crate) fn check_creation(
    body: &Object,
    flavor: &Flavor,
    version: Version,
) -> Result<(), Reply> {
    let is_common = |name: &str| {
        [LOCATION, COMMON, CREATE].into_iter().flatten().any(|field| field.name == name)
    };
    let is_of_any =
        |name: &str| FLAVORS.iter().flat_map(|one| one.fields).any(|(field, _)| *field == name);
    let unknown: Vec<_> = body.keys().filter(|name| !is_common(name) && !is_of_any(name)).collect();
    if !unknown.is_empty() {
        return Err(errors::invalid(json!(unknown)));
    }
    let mut errors = Errors::default();
    for (name, value) in body.iter().filter(|(name, _)| !is_common(name)) {
        match flavor.fields.iter().find(|(field, _)| field == name) {
            None => errors.add(name, "This field is not allowed."),
            Some((_, kind)) => {
                if let Some(text) = kind.complaint(name, value, version) {
                    errors.add(name, &text);
                }
            }
        }
    }
    errors.check()
}

impl FieldKind {
    fn complaint(self, name: &str, value: &Value, version: Version) -> Option<String> {
        let Some(text) = value.as_str() else { return Rule::Text.complaint(name, value) };
        let is_good = match self {
            Self::Identifier(_) => is_identifier(text),
            Self::Password => is_password(text),
            Self::File | Self::Other => true,
        };
        let is_checked = version >= Version::V4_3;
        (is_checked && !is_good)
            .then(|| format!("The {} field format is invalid.", name.replace('_', " ")))
    }
}

fn is_identifier(text: &str) -> bool {
    text.len() <= 63
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
}

fn is_password(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!@#%^*()_+-=[]{}:,.?/~".contains(&b))
}

/// Refuses files that are not base64 (shape b), and public ports that are out of range or taken.
pub(crate) fn check_values(
    state: &CoolifyState,
    body: &Object,
    flavor: &Flavor,
    except: Option<&str>,
) -> Result<(), Reply> {
    for (field, _) in flavor.fields.iter().filter(|(_, kind)| *kind == FieldKind::File) {
        if text(body, field).is_some_and(|text| STANDARD.decode(text).is_err()) {
            return Err(errors::invalid_field(
                field,
                &format!("The {field} should be base64 encoded."),
            ));
        }
    }
    let Some(port) = body.get("public_port").and_then(Value::as_i64) else { return Ok(()) };
    let mut others = state.family(Family::Database).filter(|one| Some(one.uuid.as_str()) != except);
    // Since 4.2 a PATCH does not look whether the port is taken.
    let is_checked = except.is_none() || state.version < V4_3;
    if is_checked
        && is_on(body, "is_public")
        && others.any(|one| one.fields["public_port"] == port && is_on(&one.fields, "is_public"))
    {
        return Err(errors::message(400, "Public port already used by another database."));
    }
    // A PATCH accepts any port.
    if except.is_none() && !(1024..=65_535).contains(&port) {
        let text = "The public port should be between 1024 and 65535.";
        return Err(errors::invalid_field("public_port", text));
    }
    Ok(())
}

/// Refuses the fields of a PATCH, all unknown ones alike, as an object (shape a).
pub(crate) fn check_update(body: &Object, flavor: &Flavor, version: Version) -> Result<(), Reply> {
    let mut errors = Errors::default();
    let own_field = |name: &str| flavor.fields.iter().find(|(field, _)| *field == name);
    let rest = body.iter().filter(|(name, _)| own_field(name).is_none());
    let rest: Object = rest.map(|(name, value)| (name.clone(), value.clone())).collect();
    body::check(&rest, &[COMMON, PATCH], version, &mut errors);
    for (name, value) in body {
        let own_field = own_field(name);
        if let Some(text) = own_field.and_then(|(_, kind)| kind.complaint(name, value, version)) {
            errors.add(name, &text);
        }
    }
    errors.check()
}

/// Returns whether the fields of every flavor have the types that their columns need.
pub(crate) fn has_common_types(body: &Object) -> bool {
    COMMON.iter().all(|field| {
        body.get(field.name).is_none_or(|value| field.rule.complaint(field.name, value).is_none())
    })
}

/// Returns the names of the columns of a flavor.
pub(crate) fn columns(flavor: &'static Flavor) -> impl Iterator<Item = &'static str> {
    let common = COMMON.iter().chain(PATCH).map(|field| field.name);
    let common = common.filter(|name| *name != "instant_deploy");
    common.chain(flavor.fields.iter().map(|(name, _)| *name))
}
