//! Credentials that a caller chooses.

use std::collections::BTreeMap;

use covibe_domain::entities::Flavor;
use covibe_domain::{Failure, Secret};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::errors::{reserved_user, unsupported_credential};

/// The random bytes of a generated password.
const PASSWORD_BYTES: usize = 24;

/// The pattern of names in words.
const IDENTIFIER_RULE: &str =
    "1 to 63 letters, digits and _, beginning with a letter or _, like shop";

/// The supported fields depend on the type.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
#[schemars(rename = "DatabaseCredentials")]
pub(super) struct Credentials {
    /// The name of the user.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[A-Za-z_]\w{0,62}$"), extend("x-rule" = IDENTIFIER_RULE))]
    #[schemars(example = &"shop")]
    user: Option<String>,
    // No parentheses: Coolify (beta.473 to 4.3.11) puts a Redis password into a command, and compose
    // rejects commands that have them outside quotes. No braces: Coolify replaces `{{team.NAME}}`
    // there with a variable that workspaces share.
    /// The user's password.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[\w!@#%^*+=\[\]:,.?/~-]{1,128}$"))]
    #[schemars(extend("x-rule" = "1 to 128 letters, digits and _ ! @ # % ^ * + = [ ] : , . ? / ~ -"))]
    #[schemars(example = &"correct-horse-battery-staple")]
    password: Option<String>,
    /// The name of the database that is created on the server.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[A-Za-z_]\w{0,62}$"), extend("x-rule" = IDENTIFIER_RULE))]
    #[schemars(example = &"shop")]
    database: Option<String>,
}

/// Returns Coolify's fields with their values. Coolify generates absent ones, but Dragonfly's
/// password is generated here: without it, the connection URL would be unknown.
pub(super) fn fields(
    given: Option<&Credentials>,
    flavor: Flavor,
) -> Result<BTreeMap<String, Secret>, Failure> {
    let (user, password, database) = match given.cloned() {
        Some(Credentials { user, password, database }) => (user, password, database),
        None => (None, None, None),
    };
    check_user(user.as_deref(), flavor)?;
    let password = password.map(Secret::new).or_else(|| generated_password(flavor));
    let credentials = covibe_coolify::Credentials { user, password, database };
    credentials
        .for_flavor(flavor)
        .map_err(|unsupported| unsupported_credential(flavor, unsupported.0))
}

/// Returns the names of the given credentials that differ from the database's.
pub(super) fn differing_fields(
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
    let differing = compared.into_iter().filter(|(_, given, present)| differs(*given, *present));
    differing.map(|(field, ..)| field).collect()
}

/// Rejects the user `root` for MySQL and MariaDB: their images do not start with it.
fn check_user(user: Option<&str>, flavor: Flavor) -> Result<(), Failure> {
    let is_root = user.is_some_and(|user| user.eq_ignore_ascii_case("root"));
    if is_root && matches!(flavor, Flavor::Mysql | Flavor::Mariadb) {
        return Err(reserved_user(flavor));
    }
    Ok(())
}

fn generated_password(flavor: Flavor) -> Option<Secret> {
    let random = || hex::encode(covibe_crypto::random::<PASSWORD_BYTES>());
    (flavor == Flavor::Dragonfly).then(|| Secret::new(random()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials_of(user: &str) -> Credentials {
        Credentials { user: Some(user.to_owned()), password: None, database: None }
    }

    #[test]
    fn rejects_credentials_that_the_type_does_not_support() {
        assert!(fields(Some(&credentials_of("app")), Flavor::Postgresql).is_ok());
        assert!(fields(Some(&credentials_of("root")), Flavor::Mongodb).is_ok());
        for (user, flavor) in
            [("app", Flavor::Redis), ("root", Flavor::Mysql), ("Root", Flavor::Mariadb)]
        {
            assert_eq!(fields(Some(&credentials_of(user)), flavor).unwrap_err().kind.status(), 400);
        }
    }

    #[test]
    fn generates_a_password_for_dragonfly() {
        let fields_of_dragonfly = fields(None, Flavor::Dragonfly).unwrap();
        assert_eq!(fields_of_dragonfly["dragonfly_password"].expose().len(), 2 * PASSWORD_BYTES);
        assert!(fields(None, Flavor::Keydb).unwrap().is_empty());
    }
}
