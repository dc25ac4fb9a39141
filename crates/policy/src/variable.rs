//! Variables that an agent gives an app.

use covibe_domain::{Failure, variables};

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

/// Names by which a shell of the host would run what the workspace wants, besides those of docker,
/// docker compose and the dynamic loader.
const OF_HOST: [&str; 2] = ["BASH_ENV", "IFS"];

/// Whether a variable of this name would steer what Coolify runs on the host: docker compose reads
/// its own settings from the file of an app's variables, and bash sources those of a build.
fn steers(key: &str) -> bool {
    let name = key.to_ascii_uppercase();
    variables::configures_compose(&name)
        || variables::configures_loader(&name)
        || OF_HOST.contains(&name.as_str())
        || ["BASH_FUNC_", "BUILDKIT_", "BUILDX_"].iter().any(|start| name.starts_with(start))
}

/// Refuses a variable that no app of a workspace may have: 403 where its name steers the host, or
/// where Coolify would replace a part of its value by what other workspaces share, 400 where that
/// can't be a variable's at all.
pub fn app_variable(key: &str, value: &str) -> Result<(), Failure> {
    if steers(key) {
        return Err(Failure::forbidden(format!("{key} would steer docker on the host.")).hint(
            "Use a variable of another name; what the container needs can be in its image.",
        ));
    }
    if variables::refers_to_shared(value) {
        let message = format!("The value of {key} reads a variable shared between workspaces.");
        return Err(Failure::forbidden(message).hint("Pass the value itself, without {{…}}."));
    }
    if value.contains('\0') {
        return Err(Failure::invalid(format!("The value of {key} has a NUL character."))
            .hint("Pass text; encode anything else, such as in base64."));
    }
    if is_cut_json(value.trim()) {
        let message = format!("The value of {key} is JSON that would not reach the app whole.");
        return Err(Failure::invalid(message).hint(
            "Write it on one line without a # after a blank and without $, or encode it in base64.",
        ));
    }
    Ok(())
}

/// Whether a value is JSON of which docker compose would read something else: an object or array is
/// all that Coolify writes without any marks around it (4.0.0-beta.473 to 4.3.11), so that it ends at
/// the end of its line or before ` #`, and variables in it are replaced.
fn is_cut_json(value: &str) -> bool {
    value.starts_with(['{', '['])
        && (value.contains(['\n', '\r', '$']) || value.contains(" #"))
        && serde_json::from_str::<serde_json::Value>(value).is_ok()
}

/// Refuses a value, literal or of several lines, that would end before its end: Coolify writes it
/// between single marks as it is (4.3.11, `EnvironmentVariable::getResolvedValueWithServer`), and in
/// the rest docker compose would read variables of other names, on the same line too (compose-go,
/// `dotenv`).
pub fn quoted_variable(key: &str, value: &str) -> Result<(), Failure> {
    if !value.contains('\'') && !value.trim_end().ends_with('\\') {
        return Ok(());
    }
    let message = format!(
        "The value of {key} is literal or has several lines, and a ' in it or a \\ at its end."
    );
    Err(Failure::invalid(message).hint(
        "Encode it, such as in base64; or leave the ' out, which a key or certificate has none of; \
         or, for one line, pass isLiteral: false.",
    ))
}

/// Refuses a name whose variable is Coolify's to write and to remove.
pub fn own_variable(key: &str) -> Result<(), Failure> {
    if !is_generated(key) {
        return Ok(());
    }
    let message =
        format!("{key} is made by Coolify for the compose file: it can't be set or deleted.");
    Err(Failure::invalid(message).hint(if variables::is_domain_variable(key) {
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
    fn no_variable_of_an_app_steers_the_host() {
        for key in [
            "COMPOSE_FILE",
            "COMPOSE_PROJECT_NAME",
            "DOCKER_HOST",
            "DOCKER_CONFIG",
            "BASH_ENV",
            "BASH_FUNC_DOCKER",
            "IFS",
            "LD_PRELOAD",
            "BUILDKIT_HOST",
            "BUILDX_BUILDER",
        ] {
            assert_eq!(app_variable(key, "x").unwrap_err().kind.status(), 403, "{key}");
        }
        for key in ["DOCKER_TAG", "DOCKER_INFLUXDB_INIT_MODE", "PATH", "ENV", "LD_SDK_KEY"] {
            assert!(app_variable(key, "x").is_ok(), "{key}");
        }
    }

    #[test]
    fn json_reaches_the_app_whole_or_not_at_all() {
        for value in ["{\n\"a\": 1}", "[1,\r\n2]", " {\"a\": \"$B\"}\n", "[\"a #1\"]"] {
            assert_eq!(app_variable("A", value).unwrap_err().kind.status(), 400, "{value}");
        }
        for value in
            ["{\"a\": \"b\\nc#d\"}\n", "[1, 2]", "{a\nb}", "[$A]", "\"a $B\"", "a\nb", "x {} #1"]
        {
            assert!(app_variable("A", value).is_ok(), "{value}");
        }
    }

    #[test]
    fn a_value_between_marks_does_not_leave_them() {
        for value in [
            "x'\nCOMPOSE_FILE=/data/x\nB='",
            "x'\rB",
            "x' COMPOSE_FILE=/data/x B='y",
            "x\\",
            "x\\ \n",
        ] {
            assert_eq!(quoted_variable("A", value).unwrap_err().kind.status(), 400, "{value}");
        }
        for value in ["-----BEGIN\nx\n-----END", "a\\b", "\"$x\" `y`", ""] {
            assert!(quoted_variable("A", value).is_ok(), "{value}");
        }
    }
}
