//! Variables of applications: production ones, and the preview twins that come with them.

use covibe_domain::Timestamp;
use serde_json::{Value, json};

use super::Version::{self, Beta473};
use super::body::{self, Field, Object, Rule};
use super::errors::{self, Errors};
use super::resource::{Family, Kind};
use super::state::State;
use crate::random;
use crate::wire::{Answer, Reply, Request};

const FIELDS: &[Field] = &[
    Field("key", Rule::Text, Beta473),
    Field("value", Rule::Text, Beta473),
    Field("is_preview", Rule::Bool, Beta473),
    Field("is_literal", Rule::Bool, Beta473),
    Field("is_multiline", Rule::Bool, Beta473),
    Field("is_shown_once", Rule::Bool, Beta473),
    Field("is_runtime", Rule::Bool, Beta473),
    Field("is_buildtime", Rule::Bool, Beta473),
    Field("comment", Rule::Short(256), Beta473),
];

/// The flags of a variable that a write resets when it leaves them out.
const RESET: [&str; 3] = ["is_literal", "is_multiline", "is_shown_once"];

#[derive(Clone)]
pub(super) struct Env {
    uuid: String,
    pub(super) key: String,
    is_preview: bool,
    /// Value, comment and the other flags, as answers have them.
    fields: Object,
    created: Timestamp,
    updated: Timestamp,
}

impl Env {
    fn new(item: &Object) -> Self {
        let now = random::now();
        let is_preview = body::is_on(item, "is_preview");
        let mut env = Self {
            uuid: random::uuid(),
            key: key(item),
            is_preview,
            fields: Object::new(),
            created: now,
            updated: now,
        };
        for (name, value) in
            [("is_runtime", json!(true)), ("is_buildtime", json!(true)), ("comment", Value::Null)]
        {
            env.fields.insert(name.to_owned(), value);
        }
        env.overwrite(item);
        env
    }

    /// A service's, of all that the body has of it.
    pub(super) fn of_service(item: &Object) -> Self {
        let mut env = Self::new(&Object::new());
        env.key = key(item);
        env.fill(item);
        env
    }

    /// One that Coolify makes of a compose file.
    pub(super) fn generated(key: &str, value: Option<&str>) -> Self {
        let mut env = Self::new(&Object::new());
        key.clone_into(&mut env.key);
        env.fields.insert("value".to_owned(), json!(value));
        env
    }

    /// Its value.
    #[cfg(test)]
    pub(super) fn value(&self) -> Option<&str> {
        body::text(&self.fields, "value")
    }

    /// Overwrites what the item has, and nothing else.
    pub(super) fn fill(&mut self, item: &Object) {
        for (name, value) in item {
            let is_flag = |field: &&Field| field.0 == name && field.1 == Rule::Bool;
            match name.as_str() {
                "is_preview" => self.is_preview = body::boolean(value).unwrap_or(false),
                "value" | "comment" => drop(self.fields.insert(name.clone(), value.clone())),
                _ if FIELDS.iter().any(|field| is_flag(&field)) => {
                    let flag = body::boolean(value).unwrap_or(false);
                    self.fields.insert(name.clone(), json!(flag));
                }
                _ => {}
            }
        }
        self.updated = random::now();
    }

    /// The twin does not inherit "shown once": the value stays readable there.
    fn twin(&self) -> Self {
        let mut twin = Self { uuid: random::uuid(), is_preview: true, ..self.clone() };
        twin.fields.insert("is_shown_once".to_owned(), json!(false));
        twin
    }

    /// Overwrites value and three flags even where the item leaves them out; keeps the others.
    fn overwrite(&mut self, item: &Object) {
        let mut set = |name: &str, value: Value| self.fields.insert(name.to_owned(), value);
        set("value", item.get("value").cloned().unwrap_or_default());
        for name in RESET {
            set(name, json!(body::is_on(item, name)));
        }
        for name in ["is_runtime", "is_buildtime"] {
            if let Some(flag) = item.get(name).and_then(body::boolean) {
                set(name, json!(flag));
            }
        }
        if let Some(comment) = item.get("comment") {
            set("comment", comment.clone());
        }
        self.updated = random::now();
    }

    /// The answer; since 4.2 what is shown once has no value in it, whoever asks.
    pub(super) fn json(&self, version: Version) -> Value {
        let mut body = json!({
            "uuid": self.uuid, "key": self.key, "is_preview": self.is_preview, "is_shared": false,
            "is_really_required": false, "is_coolify": false, "order": null, "version": version.text(),
            "created_at": self.created, "updated_at": self.updated,
        });
        let control = if version >= Version::V4_3 { "is_buildpack_control" } else { "is_nixpacks" };
        body[control] = json!(false);
        let is_hidden = version >= Version::V4_3 && body::is_on(&self.fields, "is_shown_once");
        for (name, value) in self.fields.iter().filter(|(name, _)| !(is_hidden && *name == "value"))
        {
            body[name] = value.clone();
        }
        if !is_hidden {
            body["real_value"] = body["value"].clone();
        }
        body
    }
}

pub(super) fn key(item: &Object) -> String {
    body::text(item, "key").unwrap_or_default().trim().replace(' ', "_")
}

/// Since 4.2 `^[A-Za-z_][A-Za-z0-9_.]*$` of at most 255; before, any text.
pub(super) fn is_key(text: &str, version: Version) -> bool {
    if version < Version::V4_3 {
        return true;
    }
    let mut letters = text.bytes();
    text.len() <= 255
        && letters.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && letters.all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')
}

fn check(item: &Object, version: Version) -> Result<(), Reply> {
    let mut errors = Errors::default();
    body::check(item, &[FIELDS], version, &mut errors);
    body::require(item, &["key"], &mut errors);
    key_complaint(item, version, &mut errors);
    errors.check()
}

/// Complains of a key that is there and none.
pub(super) fn key_complaint(item: &Object, version: Version, errors: &mut Errors) {
    if body::text(item, "key").is_some_and(|text| !text.is_empty() && !is_key(&key(item), version))
    {
        errors.add("key", "The key field format is invalid.");
    }
}

fn envs<'a>(state: &'a mut State, uuid: &str) -> Result<&'a mut Vec<Env>, Reply> {
    match &mut state.find_mut(Family::Application, uuid)?.kind {
        Kind::Application(envs) => Ok(envs),
        _ => Err(errors::not_found("Application")),
    }
}

fn find<'a>(envs: &'a mut [Env], item: &Object) -> Option<&'a mut Env> {
    let (key, is_preview) = (key(item), body::is_on(item, "is_preview"));
    envs.iter_mut().find(|env| env.key == key && env.is_preview == is_preview)
}

/// Adds a variable and, for a production one, its preview twin where there is none.
fn add(envs: &mut Vec<Env>, item: &Object) -> Env {
    let env = Env::new(item);
    envs.push(env.clone());
    let has_twin = envs.iter().any(|other| other.is_preview && other.key == env.key);
    if !env.is_preview && !has_twin {
        envs.push(env.twin());
    }
    env
}

/// `GET …/envs`: production, then preview.
pub(super) fn list(state: &mut State, uuid: &str) -> Answer {
    let version = state.version;
    let mut sorted = envs(state, uuid)?.clone();
    sorted.sort_by_key(|env| env.is_preview);
    Ok(Reply::json(200, sorted.iter().map(|env| env.json(version)).collect()))
}

/// `POST …/envs`.
pub(super) fn create(state: &mut State, request: &Request, uuid: &str) -> Answer {
    let body = body::object(request)?;
    check(&body, state.version)?;
    let envs = envs(state, uuid)?;
    if find(envs, &body).is_some() {
        return Err(errors::refusal(409));
    }
    Ok(Reply::json(201, json!({ "uuid": add(envs, &body).uuid })))
}

/// `PATCH …/envs`: by key and `is_preview`; 201 with the value.
pub(super) fn update(state: &mut State, request: &Request, uuid: &str) -> Answer {
    let body = body::object(request)?;
    let version = state.version;
    check(&body, version)?;
    let env = find(envs(state, uuid)?, &body);
    let env = env.ok_or_else(|| errors::not_found("Environment variable"))?;
    env.overwrite(&body);
    Ok(Reply::json(201, env.json(version)))
}

/// The items of a bulk write.
pub(super) fn items(body: &Object) -> Result<&Vec<Value>, Reply> {
    let items = body.get("data").and_then(Value::as_array).filter(|items| !items.is_empty());
    items.ok_or_else(|| errors::message(400, "Bulk data is required."))
}

/// `PATCH …/envs/bulk`: an upsert; unknown members are dropped, and what is before a bad item stays.
pub(super) fn bulk(state: &mut State, request: &Request, uuid: &str) -> Answer {
    let body = body::object(request)?;
    let version = state.version;
    let envs = envs(state, uuid)?;
    let mut written = Vec::new();
    for item in items(&body)? {
        let mut item = item.as_object().cloned().unwrap_or_default();
        item.retain(|name, _| FIELDS.iter().any(|field| field.0 == name));
        check(&item, version)?;
        let env = match find(envs, &item) {
            Some(env) => {
                env.overwrite(&item);
                env.clone()
            }
            None => add(envs, &item),
        };
        written.push(env.json(version));
    }
    Ok(Reply::json(201, Value::Array(written)))
}

/// `DELETE …/envs/{uuid}`: that one alone, its twin stays.
pub(super) fn delete(state: &mut State, uuid: &str, env: &str) -> Answer {
    remove(envs(state, uuid)?, env)
}

/// Removes the one of that uuid.
pub(super) fn remove(envs: &mut Vec<Env>, env: &str) -> Answer {
    let at = envs.iter().position(|one| one.uuid == env);
    envs.remove(at.ok_or_else(|| errors::not_found("Environment variable"))?);
    Ok(errors::message(200, "Environment variable deleted."))
}
