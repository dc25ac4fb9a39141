//! Variables that an agent gives an app beside its compose file.

use covibe_domain::Failure;

use super::checks::{interpolation, scalars};

/// The kinds of variables that Coolify makes by itself where a compose file refers to one as
/// `SERVICE_KIND_NAME` (4.3.11, `generateEnvValue` and `serviceParser`).
const GENERATED: [&str; 12] = [
    "FQDN",
    "URL",
    "NAME",
    "USER",
    "LOWERCASEUSER",
    "PASSWORD",
    "PASSWORDWITHSYMBOLS",
    "BASE64",
    "REALBASE64",
    "HEX",
    "SUPABASEANON",
    "SUPABASESERVICE",
];

/// Whether Coolify makes the variable of this name for a compose file that refers to it.
pub fn is_generated(key: &str) -> bool {
    let kind = key.strip_prefix("SERVICE_").and_then(|rest| rest.split_once('_'));
    kind.is_some_and(|(kind, _)| GENERATED.contains(&kind))
}

/// Refuses a value that no app of a workspace may have: 403 where Coolify would replace a part of it
/// by what other workspaces share, 400 where it can't be a variable's at all.
pub fn app_variable(key: &str, value: &str) -> Result<(), Failure> {
    if scalars::is_shared(value) {
        let message = format!("The value of {key} reads a variable shared between workspaces.");
        return Err(Failure::forbidden(message).hint("Pass the value itself, without {{…}}."));
    }
    if value.contains('\0') {
        return Err(Failure::invalid(format!("The value of {key} has a NUL character."))
            .hint("Pass text; encode anything else, such as in base64."));
    }
    Ok(())
}

/// Refuses what would reach past the variables of an app of compose services: Coolify writes them
/// into a file beside the compose file, and docker compose reads its own settings from there too.
pub fn compose_variable(key: &str, value: &str) -> Result<(), Failure> {
    own_variable(key)?;
    if interpolation::steers(key) {
        return Err(Failure::forbidden(format!("{key} would steer docker compose on the host."))
            .hint("Use a variable of another name, and refer to it in the compose file."));
    }
    // Several lines stand in the file between single marks, and one of those ends them.
    if value.contains(['\n', '\r']) && value.contains('\'') {
        let message = format!("The value of {key} has several lines and a ' in them.");
        return Err(Failure::invalid(message).hint(
            "Encode it, such as in base64, or leave the ' out; a key or certificate has none.",
        ));
    }
    Ok(())
}

/// Refuses a name whose variable is Coolify's to write and to remove.
pub fn own_variable(key: &str) -> Result<(), Failure> {
    if !is_generated(key) {
        return Ok(());
    }
    let message =
        format!("{key} is made by Coolify for the compose file: it can't be set or deleted.");
    Err(Failure::invalid(message).hint(if interpolation::is_of_domains(key) {
        "It follows the app's domains: use apps.domains.set."
    } else {
        "Use a variable of another name in the compose file to give it a value of your own."
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_coolify_makes_is_known_by_its_kind() {
        for key in ["SERVICE_FQDN_WEB", "SERVICE_URL_WEB_3000", "SERVICE_PASSWORD_64_DB"] {
            assert!(is_generated(key), "{key}");
            assert_eq!(own_variable(key).unwrap_err().kind.status(), 400);
        }
        for key in ["SERVICE_ACCOUNT_JSON", "SERVICE_FQDN", "SERVICE_", "MY_SERVICE_URL_X", "URL"] {
            assert!(own_variable(key).is_ok(), "{key}");
        }
    }

    #[test]
    fn no_value_reads_what_is_shared() {
        for value in ["{{team.KEY}}", "a {{ server.X }} b", "{{{Project.x}}"] {
            assert_eq!(app_variable("A", value).unwrap_err().kind.status(), 403, "{value}");
        }
        for value in ["", "{{user.name}}", "{{ .Values.team }}", "team.KEY", "a\nb"] {
            assert!(app_variable("A", value).is_ok(), "{value}");
        }
        assert_eq!(app_variable("A", "a\0").unwrap_err().kind.status(), 400);
    }

    #[test]
    fn no_variable_of_a_compose_app_steers_docker() {
        for (key, value, status) in [
            ("COMPOSE_FILE", "/data/x", 403),
            ("COMPOSE_PROJECT_NAME", "x", 403),
            ("DOCKER_HOST", "tcp://x", 403),
            ("SERVICE_FQDN_WEB", "evil.com", 400),
            ("A", "x'\nCOMPOSE_FILE=/data/x\nB='", 400),
            ("A", "x'\rB", 400),
        ] {
            assert_eq!(compose_variable(key, value).unwrap_err().kind.status(), status, "{key}");
        }
        for (key, value) in [("A", "it's"), ("A", "-----BEGIN\nx\n-----END"), ("DOCKER_TAG", "1")] {
            assert!(compose_variable(key, value).is_ok(), "{key}");
        }
    }
}
