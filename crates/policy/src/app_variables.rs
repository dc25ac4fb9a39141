//! Variables that an agent sets for an app.

use covibe_domain::{Failure, interpreted_variables};

/// The kinds of variables that Coolify generates when a compose file refers to one as
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

/// Returns whether Coolify generates the variable of this name for a compose file that refers to it.
pub fn is_generated(key: &str) -> bool {
    let kind = key.strip_prefix("SERVICE_").and_then(|rest| rest.split_once('_'));
    kind.is_some_and(|(kind, _)| GENERATED.contains(&kind))
}

/// Names on which a shell of the host acts, besides those of Docker, Docker Compose and the dynamic
/// loader.
const OF_SHELL: [&str; 2] = ["BASH_ENV", "IFS"];

/// The variable by which nixpacks reads its plan from another file than `nixpacks.toml` and
/// `nixpacks.json`, which alone are judged (nixpacks 1.39, `read_file_plan`).
const OTHER_PLAN: &str = "NIXPACKS_CONFIG_FILE";

/// Returns whether a variable of this name would configure what Coolify runs on the host: Docker Compose
/// reads its settings from the file of an app's variables, and bash sources those of a build.
fn configures_host(key: &str) -> bool {
    let name = key.to_ascii_uppercase();
    interpreted_variables::configures_compose(&name)
        || interpreted_variables::configures_loader(&name)
        || OF_SHELL.contains(&name.as_str())
        || ["BASH_FUNC_", "BUILDKIT_", "BUILDX_"].iter().any(|start| name.starts_with(start))
}

/// Checks a variable that an app should get.
///
/// # Errors
/// 422 if its name configures the host or names a file of settings for the build that is not judged, or
/// its value refers to a variable shared between workspaces or would not reach the app unchanged; 400
/// if the value contains a NUL character.
pub fn app_variable(key: &str, value: &str) -> Result<(), Failure> {
    if configures_host(key) {
        return Err(Failure::rejected(format!("{key} would configure Docker on the host."))
            .hint("Use a variable with another name, or set it in the image."));
    }
    if key == OTHER_PLAN {
        let message = format!("{key} would name a build plan that Co-Vibe does not check.");
        return Err(Failure::rejected(message)
            .hint("Name the plan nixpacks.toml, in the folder that is built."));
    }
    if interpreted_variables::refers_to_shared(value) {
        let message =
            format!("The value of {key} refers to a variable that is shared between workspaces.");
        return Err(Failure::rejected(message).hint(
            "Pass the value itself, without {{…}}. If it means something else, encode it in base64 and \
             decode it in the app.",
        ));
    }
    if value.contains('\0') {
        return Err(Failure::invalid(format!("The value of {key} contains a NUL character."))
            .hint("Pass text; encode binary data, for example in base64."));
    }
    if is_truncated_json(value.trim()) {
        let message = format!("The value of {key} is JSON that would not reach the app unchanged.");
        return Err(Failure::rejected(message).hint(
            "Write it on one line, without $ and without # after a space, or encode it in base64 and decode \
             it in the app.",
        ));
    }
    Ok(())
}

/// Returns whether a value is JSON that Docker Compose would read differently. Coolify writes objects and
/// arrays without quotes (4.0.0-beta.473 to 4.3.11), so that they end with the line or before ` #`, and
/// variables in them are replaced.
fn is_truncated_json(value: &str) -> bool {
    (value.contains(['\n', '\r', '$']) || value.contains(" #"))
        && interpreted_variables::is_json(value)
}

/// Checks a literal or multi-line value.
///
/// Coolify writes it between single quotes without escaping (4.3.11,
/// `EnvironmentVariable::getResolvedValueWithServer`). If the value ends the quotation, Docker Compose
/// reads the rest as other variables, even on the same line (compose-go, `dotenv`).
///
/// # Errors
/// 422 if the value contains `'` or ends with `\\`.
pub fn quoted_variable(key: &str, value: &str) -> Result<(), Failure> {
    if !value.contains('\'') && !value.trim_end().ends_with('\\') {
        return Ok(());
    }
    let message = format!(
        "The value of {key} contains ' or ends with \\. A literal or multiline value can't have these."
    );
    Err(Failure::rejected(message).hint(if is_plain(value) {
        "Encode it in base64 and decode it in the app; or pass `isLiteral: false` and \
         `isMultiline: false`: the app then gets a backslash before each ' \" and \\."
    } else {
        "Encode it in base64 and decode it in the app."
    }))
}

/// Returns whether nothing but escaping happens to a value that is neither literal nor multi-line.
fn is_plain(value: &str) -> bool {
    !value.contains(['\n', '\r', '$']) && !value.contains(" #")
}

/// Returns whether Coolify makes the proxy's rules of the value of this variable, for some images in
/// compose files (4.3.11, `generateServiceSpecificFqdns`).
pub fn routes(key: &str) -> bool {
    const ROUTES: [&str; 7] = [
        "MINIO_SERVER_URL",
        "MINIO_BROWSER_REDIRECT_URL",
        "LOGTO_ENDPOINT",
        "LOGTO_ADMIN_ENDPOINT",
        "GARAGE_S3_API_URL",
        "GARAGE_WEB_URL",
        "GARAGE_ADMIN_URL",
    ];
    ROUTES.contains(&key)
}

/// Checks that Coolify does not generate the variable of this name.
///
/// # Errors
/// 422 if it does.
pub fn own_variable(key: &str) -> Result<(), Failure> {
    if !is_generated(key) {
        return Ok(());
    }
    let message =
        format!("Coolify generates {key} for the compose file: it can't be set or deleted.");
    Err(Failure::rejected(message).hint(if interpreted_variables::is_domain_variable(key) {
        "It follows the app's domains: use apps.domains.set."
    } else {
        "To choose the value, use a variable with another name in the compose file."
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognizes_generated_variables_by_their_kind() {
        for key in ["SERVICE_FQDN_WEB", "SERVICE_URL_WEB_3000", "SERVICE_PASSWORD_64_DB"] {
            assert!(is_generated(key), "{key}");
            assert_eq!(own_variable(key).unwrap_err().kind.status(), 422);
        }
        for key in ["SERVICE_ACCOUNT_JSON", "SERVICE_FQDN", "SERVICE_", "MY_SERVICE_URL_X", "URL"] {
            assert!(own_variable(key).is_ok(), "{key}");
        }
    }

    #[test]
    fn rejects_references_to_shared_variables() {
        for value in ["{{team.KEY}}", "a {{ server.X }} b", "{{{Project.x}}"] {
            assert_eq!(app_variable("A", value).unwrap_err().kind.status(), 422, "{value}");
        }
        for value in ["", "{{user.name}}", "{{ .Values.team }}", "team.KEY", "a\nb"] {
            assert!(app_variable("A", value).is_ok(), "{value}");
        }
        assert_eq!(app_variable("A", "a\0").unwrap_err().kind.status(), 400);
    }

    #[test]
    fn rejects_variables_that_configure_the_host() {
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
            assert_eq!(app_variable(key, "x").unwrap_err().kind.status(), 422, "{key}");
        }
        assert_eq!(app_variable(OTHER_PLAN, "x").unwrap_err().kind.status(), 422);
        for key in ["DOCKER_TAG", "DOCKER_INFLUXDB_INIT_MODE", "PATH", "ENV", "LD_SDK_KEY"] {
            assert!(app_variable(key, "x").is_ok(), "{key}");
        }
    }

    #[test]
    fn rejects_json_that_would_be_truncated() {
        let deep = format!("{}\"$A\"{}", "[".repeat(300), "]".repeat(300));
        assert_eq!(app_variable("A", &deep).unwrap_err().kind.status(), 422);
        for value in ["{\n\"a\": 1}", "[1,\r\n2]", " {\"a\": \"$B\"}\n", "[\"a #1\"]"] {
            assert_eq!(app_variable("A", value).unwrap_err().kind.status(), 422, "{value}");
        }
        for value in
            ["{\"a\": \"b\\nc#d\"}\n", "[1, 2]", "{a\nb}", "[$A]", "\"a $B\"", "a\nb", "x {} #1"]
        {
            assert!(app_variable("A", value).is_ok(), "{value}");
        }
    }

    #[test]
    fn rejects_values_that_end_their_quotation() {
        for value in [
            "x'\nCOMPOSE_FILE=/data/x\nB='",
            "x'\rB",
            "x' COMPOSE_FILE=/data/x B='y",
            "x\\",
            "x\\ \n",
        ] {
            assert_eq!(quoted_variable("A", value).unwrap_err().kind.status(), 422, "{value}");
        }
        for value in ["-----BEGIN\nx\n-----END", "a\\b", "\"$x\" `y`", ""] {
            assert!(quoted_variable("A", value).is_ok(), "{value}");
        }
    }
}
