//! Coolify's databases as our entities, and their noun in the journal.

use covibe_coolify::{Database, RunState};
use covibe_domain::Revealed;
use covibe_domain::entities;

use super::public_port::Exposure;
use crate::resource_state::Sight;

/// The kind of a database in the journal of creations.
pub(super) const KIND: &str = "database";

/// Returns a database without its URLs, or `None` if its flavor is unknown.
pub(super) fn database(from: &Database) -> Option<entities::Database> {
    Some(entities::Database {
        uuid: from.uuid.clone(),
        name: from.name.clone(),
        flavor: from.flavor?,
        kind: None,
        status: from.status.state.to_string(),
        status_as_of: None,
        health: None,
        restarts: None,
        exit_code: None,
        is_public: from.is_public,
        public_port: from.public_port,
        image: from.image.clone(),
        internal_url: None,
        external_url: None,
        deployment: None,
        listening: None,
        hint: None,
    })
}

/// Returns a database with its URLs, or `None` if its flavor is unknown.
pub(super) fn with_urls(from: &Database) -> Option<entities::Database> {
    let internal_url = from.internal_url.clone().map(Revealed::new);
    let external_url = from.external_url.clone().map(Revealed::new);
    let status_as_of = from.last_online_at();
    Some(entities::Database { internal_url, external_url, status_as_of, ..database(from)? })
}

/// Returns a database with what is known of its public port.
pub(super) fn with_exposure(from: entities::Database, exposure: Exposure) -> entities::Database {
    let is_down = from.status == RunState::Exited.to_string();
    let exposure =
        if exposure == Exposure::Missing && is_down { Exposure::AtStart } else { exposure };
    let is_closed = exposure == Exposure::Closed;
    entities::Database {
        listening: exposure.is_listening(),
        hint: exposure.advice(from.public_port),
        is_public: from.is_public && !is_closed,
        external_url: from.external_url.filter(|_| !is_closed),
        ..from
    }
}

/// Returns a database with the state that was seen.
pub(super) fn as_seen(from: entities::Database, sight: &Sight) -> entities::Database {
    entities::Database {
        status: sight.status.state.to_string(),
        health: sight.health(),
        restarts: sight.restarts.filter(|count| *count > 0),
        exit_code: sight.exit_code,
        status_as_of: sight.as_of,
        ..from
    }
}
