//! The credentials that a caller asks for.

use std::collections::BTreeMap;

use covibe_domain::entities::Flavor;
use covibe_domain::{Failure, Secret};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many random bytes a password has that is made here.
const PASSWORD_BYTES: usize = 24;

/// Which credentials there are depends on the flavor.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
pub(super) struct Credentials {
    #[serde(default)]
    #[schemars(regex(pattern = r"^[A-Za-z_][A-Za-z0-9_]{0,62}$"))]
    user: Option<String>,
    // Without parentheses: compose reads no command that has them outside of quotes, and Coolify
    // (beta.473 to 4.3.11) puts a Redis's password into one. Without braces: it replaces
    // `{{team.NAME}}` there by a variable that is shared between workspaces.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[\w!@#%^*+=\[\]:,.?/~-]{1,128}$"))]
    password: Option<String>,
    #[serde(default)]
    #[schemars(regex(pattern = r"^[A-Za-z_][A-Za-z0-9_]{0,62}$"))]
    database: Option<String>,
}

/// Coolify's field → value for a flavor. Those that are not given are made by Coolify, but for
/// Dragonfly's password: without knowing it, there is no URL to answer.
pub(super) fn fields(
    given: Option<&Credentials>,
    flavor: Flavor,
) -> Result<BTreeMap<String, Secret>, Failure> {
    let (user, password, database) = match given.cloned() {
        Some(Credentials { user, password, database }) => (user, password, database),
        None => (None, None, None),
    };
    refuse_superuser(user.as_deref(), flavor)?;
    let password = password.map(Secret::new).or_else(|| made(flavor));
    let credentials = covibe_coolify::Credentials { user, password, database };
    credentials.for_flavor(flavor).map_err(|no_such| {
        Failure::invalid(format!("{flavor} has no credentials.{}.", no_such.0))
            .hint("Leave it out.")
    })
}

/// Those that are given and are others than the database's.
pub(super) fn others(
    given: Option<&Credentials>,
    present: &covibe_coolify::Credentials,
) -> Vec<&'static str> {
    let Some(given) = given else { return Vec::new() };
    let password = present.password.as_ref().map(Secret::expose);
    let compared = [
        ("credentials.user", given.user.as_deref(), present.user.as_deref()),
        ("credentials.password", given.password.as_deref(), password),
        ("credentials.database", given.database.as_deref(), present.database.as_deref()),
    ];
    let differs = |given: Option<&str>, present: Option<&str>| {
        given.is_some() && present.is_some() && given != present
    };
    let others = compared.into_iter().filter(|(_, given, present)| differs(*given, *present));
    others.map(|(field, ..)| field).collect()
}

/// The images of MySQL and MariaDB do not start when the user for apps is `root`.
fn refuse_superuser(user: Option<&str>, flavor: Flavor) -> Result<(), Failure> {
    let is_root = user.is_some_and(|user| user.eq_ignore_ascii_case("root"));
    if is_root && matches!(flavor, Flavor::Mysql | Flavor::Mariadb) {
        return Err(Failure::invalid(format!("{flavor} has a user root of its own."))
            .hint("Pass another credentials.user, or leave it out."));
    }
    Ok(())
}

fn made(flavor: Flavor) -> Option<Secret> {
    let random = || hex::encode(covibe_crypto::random::<PASSWORD_BYTES>());
    (flavor == Flavor::Dragonfly).then(|| Secret::new(random()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(user: &str) -> Credentials {
        Credentials { user: Some(user.to_owned()), password: None, database: None }
    }

    #[test]
    fn only_what_the_flavor_has() {
        assert!(fields(Some(&given("app")), Flavor::Postgresql).is_ok());
        assert!(fields(Some(&given("root")), Flavor::Mongodb).is_ok());
        for (user, flavor) in
            [("app", Flavor::Redis), ("root", Flavor::Mysql), ("Root", Flavor::Mariadb)]
        {
            assert_eq!(fields(Some(&given(user)), flavor).unwrap_err().kind.status(), 400);
        }
    }

    #[test]
    fn dragonfly_gets_a_password_of_ours() {
        let made = fields(None, Flavor::Dragonfly).unwrap();
        assert_eq!(made["dragonfly_password"].expose().len(), 2 * PASSWORD_BYTES);
        assert!(fields(None, Flavor::Keydb).unwrap().is_empty());
    }
}
