//! Creating, showing and changing databases.

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::body::{self, Field, Object, Rule};
use super::errors::{self, Errors};
use super::fields::PLACE;
use super::flavors::{self, COMMON, CREATE, Flavor, Own, PATCH};
use super::resource::{Family, Kind, Resource};
use super::state::State;
use super::{Version, create};
use crate::random;
use crate::wire::{Answer, Reply, Request};

/// The connection URL; user and password percent-encoded.
fn url(one: &Resource, flavor: &Flavor, host: &str, port: &str) -> String {
    let mut url = flavor.url.replace("{host}", host).replace("{port}", port);
    for (field, _) in flavor.fields {
        let value = utf8_percent_encode(one.text(field), NON_ALPHANUMERIC).to_string();
        url = url.replace(&format!("{{{field}}}"), &value);
    }
    url
}

fn add_urls(body: &mut Value, one: &Resource, flavor: &Flavor) {
    body["internal_db_url"] = json!(url(one, flavor, &one.uuid, &flavor.port.to_string()));
    if body::is_on(&one.fields, "is_public") && !one.fields["public_port"].is_null() {
        let port = one.fields["public_port"].to_string();
        body["external_db_url"] = json!(url(one, flavor, "127.0.0.1", &port));
    }
}

/// A database as it is shown; a KeyDB without `database_type`.
pub(super) fn json(one: &Resource, flavor: &Flavor, now: Instant) -> Value {
    let mut body = one.json(now);
    if flavor.name != "keydb" {
        body["database_type"] = json!(flavor.kind);
    }
    body["external_db_url"] = Value::Null;
    add_urls(&mut body, one, flavor);
    body
}

/// Refuses fields: those of no kind as a plain array of their names (shape d: a mistake of
/// Coolify's own), those of another kind, and bad values of its own, as an object.
fn check_fields(
    body: &Object,
    flavor: &Flavor,
    common: &[&[Field]],
    version: Version,
) -> Result<(), Reply> {
    let is_common =
        |name: &str| common.iter().flat_map(|table| table.iter()).any(|field| field.0 == name);
    let is_of_any = |name: &str| {
        flavors::ALL.iter().flat_map(|one| one.fields).any(|(field, _)| *field == name)
    };
    let unknown: Vec<_> = body.keys().filter(|name| !is_common(name) && !is_of_any(name)).collect();
    if !unknown.is_empty() {
        return Err(errors::invalid(json!(unknown)));
    }
    let mut errors = Errors::default();
    for (name, value) in body.iter().filter(|(name, _)| !is_common(name)) {
        match flavor.fields.iter().find(|(field, _)| field == name) {
            None => errors.add(name, "This field is not allowed."),
            Some((_, own)) => {
                if let Some(text) = own.complaint(name, value, version) {
                    errors.add(name, &text);
                }
            }
        }
    }
    errors.check()
}

impl Own {
    fn complaint(self, name: &str, value: &Value, version: Version) -> Option<String> {
        let Some(text) = value.as_str() else { return Rule::Text.complaint(name, value) };
        let good = match self {
            Self::Identifier(_) => is_identifier(text),
            Self::Password => is_password(text),
            Self::File | Self::Other => true,
        };
        let is_checked = version >= Version::V4_3;
        (is_checked && !good)
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

/// Refuses files that are not base64 (shape b) and ports that are out of range or taken.
fn check_values(
    state: &State,
    body: &Object,
    flavor: &Flavor,
    except: Option<&str>,
) -> Result<(), Reply> {
    for (field, _) in flavor.fields.iter().filter(|(_, own)| *own == Own::File) {
        if body::text(body, field).is_some_and(|text| STANDARD.decode(text).is_err()) {
            return Err(errors::invalid_field(
                field,
                &format!("The {field} should be base64 encoded."),
            ));
        }
    }
    let Some(port) = body.get("public_port").and_then(Value::as_i64) else { return Ok(()) };
    let mut others = state.family(Family::Database).filter(|one| Some(one.uuid.as_str()) != except);
    if body::is_on(body, "is_public")
        && others
            .any(|one| one.fields["public_port"] == port && body::is_on(&one.fields, "is_public"))
    {
        return Err(errors::message(400, "Public port already used by another database."));
    }
    // A PATCH takes any.
    if except.is_none() && !(1024..=65_535).contains(&port) {
        let text = "The public port should be between 1024 and 65535.";
        return Err(errors::invalid_field("public_port", text));
    }
    Ok(())
}

/// `POST /databases/{flavor}`.
pub(super) fn create(state: &mut State, request: &Request, flavor: &str) -> Answer {
    let flavor = flavors::named(flavor).ok_or_else(errors::no_route)?;
    let mut body = body::object(request)?;
    let tables = [PLACE, COMMON, CREATE];
    let known = check_fields(&body, flavor, &tables, state.version);
    // The unknown ones are refused before the environment is looked up, the others after.
    known?;
    let unknown = "You need to provide a valid environment_name or environment_uuid.";
    let environment = create::place(state, &body, errors::message(422, unknown))?;
    if body::is_on(&body, "is_public") && body.get("public_port").is_none_or(Value::is_null) {
        body.insert("is_public".to_owned(), json!(false));
    }
    check_values(state, &body, flavor, None)?;
    // The check of common types asks the validator before it ran; the database then refuses.
    let is_typed = |field: &&Field| {
        body.get(field.0).is_none_or(|value| field.1.complaint(field.0, value).is_none())
    };
    if !COMMON.iter().all(|field| is_typed(&field)) {
        return Err(errors::server_error());
    }
    let uuid = state.add_database(environment, flavor, &body);
    if body::is_on(&body, "instant_deploy") {
        state.bring_up(Family::Database, &uuid)?;
    }
    let mut answer = json!({ "uuid": uuid });
    if flavor.name != "dragonfly" {
        add_urls(&mut answer, state.find(Family::Database, &uuid)?, flavor);
    }
    Ok(Reply::json(201, answer))
}

impl State {
    /// Makes a database; what the body leaves out is as Coolify has it, passwords made up.
    pub(super) fn add_database(
        &mut self,
        environment: i64,
        flavor: &'static Flavor,
        body: &Object,
    ) -> String {
        let mut fields = columns(flavor);
        let is_column = |name: &str| fields_of(flavor).any(|field| field == name);
        for (name, value) in body.iter().filter(|(name, _)| is_column(name)) {
            fields.insert(name.clone(), value.clone());
        }
        let uuid = self.add(environment, fields, Kind::Database(flavor));
        self.add_volumes(Family::Database, &uuid);
        if let Ok(one) = self.find_mut(Family::Database, &uuid)
            && one.name().is_empty()
        {
            one.set("name", format!("{}-database-{uuid}", flavor.name));
        }
        uuid
    }
}

/// Everything that is a column of a database of this kind.
fn fields_of(flavor: &'static Flavor) -> impl Iterator<Item = &'static str> {
    let common =
        COMMON.iter().chain(PATCH).map(|field| field.0).filter(|name| *name != "instant_deploy");
    common.chain(flavor.fields.iter().map(|(name, _)| *name))
}

fn columns(flavor: &Flavor) -> Object {
    let mut columns = Object::new();
    for (name, own) in flavor.fields {
        let value = match own {
            Own::Identifier(default) => json!(default),
            Own::Password => json!(random::password(64)),
            Own::File | Own::Other => Value::Null,
        };
        columns.insert((*name).to_owned(), value);
    }
    let common = json!({
        "description": null, "image": flavor.image, "is_public": false, "public_port": null,
        "limits_memory": "0", "limits_memory_swap": "0", "limits_memory_swappiness": 60,
        "limits_memory_reservation": "0", "limits_cpus": "0", "limits_cpuset": null,
        "limits_cpu_shares": 1024, "enable_ssl": false, "is_log_drain_enabled": false,
        "destination_type": "App\\Models\\StandaloneDocker",
    });
    if let Value::Object(common) = common {
        columns.extend(common);
    }
    columns
}

/// `PATCH /databases/{uuid}`: answers a message without the uuid. `is_public` without a port is
/// written down here, though it opens nothing.
pub(super) fn update(state: &mut State, request: &Request, uuid: &str) -> Answer {
    let body = body::object(request)?;
    let Kind::Database(flavor) = state.find(Family::Database, uuid)?.kind else {
        return Err(errors::not_found("Database"));
    };
    check_update(&body, flavor, state.version)?;
    check_values(state, &body, flavor, Some(uuid))?;
    let one = state.find_mut(Family::Database, uuid)?;
    // Not a column: Redis keeps its password in a variable that this does not touch.
    let written =
        |name: &str| name != "redis_password" && fields_of(flavor).any(|field| field == name);
    for (name, value) in body.iter().filter(|(name, _)| written(name)) {
        one.set(name, value.clone());
    }
    Ok(errors::message(200, "Database updated."))
}

/// Here every unknown field is refused alike, as an object (shape a).
fn check_update(body: &Object, flavor: &Flavor, version: Version) -> Result<(), Reply> {
    let mut errors = Errors::default();
    let own = |name: &str| flavor.fields.iter().find(|(field, _)| *field == name);
    let rest = body.iter().filter(|(name, _)| own(name).is_none());
    let rest: Object = rest.map(|(name, value)| (name.clone(), value.clone())).collect();
    body::check(&rest, &[COMMON, PATCH], version, &mut errors);
    for (name, value) in body {
        if let Some(text) = own(name).and_then(|(_, own)| own.complaint(name, value, version)) {
            errors.add(name, &text);
        }
    }
    errors.check()
}
