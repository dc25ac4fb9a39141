//! `/databases/{uuid}/backups`.

use serde_json::json;

use super::route::{Route, route};
use super::tasks::is_frequency;
use crate::coolify::Version::Beta473;
use crate::coolify::answer_json;
use crate::coolify::errors::{self, Errors};
use crate::coolify::json_values::{Object, object, random_uuid, text};
use crate::coolify::model::{Backup, CoolifyState, Family, Kind, Resource};
use crate::coolify::rules::body::{self, Field, Rule, field};
use crate::core::clock::timestamp;
use crate::core::request_types::{Reply, ReplyResult, Request};

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/databases/{uuid}/backups", |state, _, at| list(state, at[0])),
    route("POST", "/databases/{uuid}/backups", |state, request, at| create(state, request, at[0])),
    route("DELETE", "/databases/{uuid}/backups/{backup}", |state, _, at| {
        delete(state, at[0], at[1])
    }),
];

const FIELDS: &[Field] = &[
    field("frequency", Rule::Text, Beta473),
    field("enabled", Rule::Bool, Beta473),
    field("save_s3", Rule::Bool, Beta473),
    field("s3_storage_uuid", Rule::Text, Beta473),
    field("databases_to_backup", Rule::Text, Beta473),
    field("dump_all", Rule::Bool, Beta473),
    field("backup_now", Rule::Bool, Beta473),
    field("timeout", Rule::Number, Beta473),
    field("database_backup_retention_amount_locally", Rule::Number, Beta473),
    field("database_backup_retention_days_locally", Rule::Number, Beta473),
];

/// The flavors that can be backed up.
const SUPPORTED: [&str; 4] = ["postgresql", "mysql", "mariadb", "mongodb"];

/// Returns the number of a database, which counts for each type by itself.
fn number(state: &CoolifyState, one: &Resource) -> usize {
    let same = state.family(Family::Database).filter(|other| other.class() == one.class());
    same.filter(|other| other.id <= one.id).count()
}

/// `GET …/backups`: found by the database's number alone, so that it shows the backups of a database
/// of another type too (4.3.11).
fn list(state: &CoolifyState, uuid: &str) -> ReplyResult {
    let number = number(state, state.find(Family::Database, uuid)?);
    let found = state.attached.backups.iter().filter(|one| one.database_number == number);
    Ok(Reply::json(200, found.map(answer_json::storage::backup).collect()))
}

/// `POST …/backups`.
fn create(state: &mut CoolifyState, request: &Request, uuid: &str) -> ReplyResult {
    let body = body::object(request)?;
    let one = state.find(Family::Database, uuid)?;
    let is_supported =
        matches!(&one.kind, Kind::Database(flavor, _) if SUPPORTED.contains(&flavor.name));
    if !is_supported {
        let text = "Scheduled backups are not supported for this database type.";
        return Err(errors::message(422, text));
    }
    check(&body, state)?;
    let (class, database_number) = (one.class(), number(state, one));
    let mut fields = defaults(one);
    fields.extend(body.into_iter().filter(|(name, _)| name != "backup_now"));
    let (id, backup_uuid) = (state.next_id(), random_uuid());
    state.attached.backups.push(Backup {
        id,
        uuid: backup_uuid.clone(),
        database_number,
        owner: uuid.to_owned(),
        class,
        fields,
        created: timestamp(),
    });
    let text = "Backup configuration created successfully.";
    Ok(Reply::json(201, json!({ "uuid": backup_uuid, "message": text })))
}

fn check(body: &Object, state: &CoolifyState) -> Result<(), Reply> {
    let mut errors = Errors::default();
    body::check(body, &[FIELDS], state.version, &mut errors);
    body::require(body, &["frequency"], &mut errors);
    if text(body, "frequency").is_some_and(|frequency| !is_frequency(frequency)) {
        errors.add("frequency", "Invalid cron expression or frequency format.");
    }
    errors.check()
}

fn defaults(one: &Resource) -> Object {
    object(json!({
        "description": null, "enabled": true, "save_s3": true, "s3_storage_id": null,
        "databases_to_backup": one.fields.get("postgres_db"), "dump_all": false,
        "database_backup_retention_amount_locally": 0, "database_backup_retention_days_locally": 0,
        "timeout": 3600, "disable_local_backup": false,
    }))
}

/// `DELETE …/backups/{backup}`.
fn delete(state: &mut CoolifyState, uuid: &str, backup: &str) -> ReplyResult {
    state.find(Family::Database, uuid)?;
    let is_it = |one: &Backup| one.owner == uuid && one.uuid == backup;
    if !state.attached.backups.iter().any(is_it) {
        return Err(errors::not_found("Backup configuration"));
    }
    state.attached.backups.retain(|one| !is_it(one));
    Ok(errors::message(200, "Backup configuration and all executions deleted."))
}
