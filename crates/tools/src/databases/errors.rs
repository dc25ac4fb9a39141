//! Failures of the database operations.

use covibe_domain::entities::Flavor;
use covibe_domain::{DatabaseUuid, Failure};

/// 404: Coolify has the database, but this release does not know its type.
pub(super) fn unknown_database(uuid: &DatabaseUuid) -> Failure {
    Failure::not_found(format!("Database {uuid} was not found."))
        .hint("Use databases.list to find the right uuid.")
}

/// 400: a patch without members.
pub(super) fn empty_patch() -> Failure {
    Failure::invalid("`patch` is empty.")
        .hint("Pass `name`, `description`, `isPublic`, `publicPort`, `image` or `limits`.")
}

/// 422: an image of another major version than wrote the data.
pub(super) fn other_major(writer: &str, image: &str) -> Failure {
    Failure::rejected(format!("{writer} wrote the data, and {image} can't read it."))
        .hint(
            "Nothing was changed. Create another database with databases.create and the new image, copy the \
             data with apps.exec (a dump of the old one, restored into the new one), and pass the new \
             `internalUrl` to the apps with apps.envs.upsert.",
        )
        .detail("writtenBy", writer)
}

/// 400: the flavor has no such credential.
pub(super) fn unsupported_credential(flavor: Flavor, field: &str) -> Failure {
    Failure::invalid(format!("{flavor} does not support credentials.{field}."))
        .hint("Leave it out.")
}

/// 400: the flavor's image creates `root` itself.
pub(super) fn reserved_user(flavor: Flavor) -> Failure {
    Failure::invalid(format!("{flavor} reserves the user root."))
        .hint("Pass another credentials.user, or leave it out.")
}

/// 409: the name belongs to a database of another type.
pub(super) fn database_of_another_type(name: &str) -> Failure {
    Failure::conflict(format!("A database named {name} of another type already exists."))
        .hint("Pass another name.")
}

/// 409: an earlier call created the database with other values. `differs` names the parameters,
/// `credentials` those among them that are credentials.
pub(super) fn different_values(
    name: &str,
    uuid: &DatabaseUuid,
    differs: Vec<&'static str>,
    credentials: &[&str],
) -> Failure {
    let message = format!(
        "An earlier call created the database {name} with other values: {}.",
        differs.join(", ")
    );
    let hint = if credentials.is_empty() {
        "Repeat the call without these values to get the database as it is, then change it with \
         databases.update. Or pass another name."
    } else {
        "Credentials can't be changed. Repeat the call without these values to get the database as \
         it is. Or delete it with databases.delete and repeat the call, or pass another name."
    };
    Failure::conflict(message).hint(hint).detail("uuid", uuid.as_str()).detail("differs", differs)
}
