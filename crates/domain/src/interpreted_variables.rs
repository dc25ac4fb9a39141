//! Environment variables on which Docker Compose, Coolify or the dynamic loader act.

/// Names that Docker Compose itself reads from the file of variables that Coolify writes beside the
/// compose file (Coolify 4.3.11, `Service::saveComposeConfigs`).
const DOCKER: [&str; 14] = [
    "DOCKER_API_VERSION",
    "DOCKER_AUTH_CONFIG",
    "DOCKER_BUILDKIT",
    "DOCKER_CERT_PATH",
    "DOCKER_CONFIG",
    "DOCKER_CONTENT_TRUST",
    "DOCKER_CONTENT_TRUST_SERVER",
    "DOCKER_CONTEXT",
    "DOCKER_CUSTOM_HEADERS",
    "DOCKER_DEFAULT_PLATFORM",
    "DOCKER_HOST",
    "DOCKER_TLS",
    "DOCKER_TLS_VERIFY",
    "DOCKER_TMPDIR",
];

/// Names by which the dynamic loader runs or writes files of the caller's choice (ld.so(8)).
const LOADER: [&str; 7] = [
    "LD_AUDIT",
    "LD_DEBUG_OUTPUT",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "LD_PROFILE",
    "LD_PROFILE_OUTPUT",
    "LD_TRACE_LOADED_OBJECTS",
];

/// Coolify replaces `{{team.NAME}}` by a variable that is shared by everybody on the server
/// (4.3.11, `SHARED_VARIABLE_TYPES`).
const SHARED: [&str; 4] = ["team", "project", "environment", "server"];

/// Returns whether a variable of this name configures Docker Compose; case is ignored.
pub fn configures_compose(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    DOCKER.contains(&name.as_str())
        || ["COMPOSE_", "DOCKER_CLI_"].iter().any(|start| name.starts_with(start))
}

/// Returns whether a variable of exactly this name configures the dynamic loader.
pub fn configures_loader(name: &str) -> bool {
    LOADER.contains(&name)
}

/// Returns whether Coolify sets a variable of this name from a service's domains; case is ignored.
pub fn is_domain_variable(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["SERVICE_FQDN_", "SERVICE_URL_"].iter().any(|start| name.starts_with(start))
}

/// Returns whether Coolify finds a reference to a shared variable in the text, with any padding. Takes time
/// proportional to the length of the text.
pub fn refers_to_shared(text: &str) -> bool {
    let Some((before, _)) = text.rsplit_once('.') else { return false };
    before.split('.').any(|segment| SHARED.iter().any(|word| ends_with_opened(segment, word)))
}

/// Returns whether a text ends with this word after `{{`. Characters other than ASCII letters and digits may stand
/// between them and between the letters.
fn ends_with_opened(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric();
    let mut rest = text;
    for expected in word.chars().rev() {
        let Some((before, last)) = rest.rfind(is_part).map(|at| rest.split_at(at)) else {
            return false;
        };
        if !last.starts_with(|c: char| c.eq_ignore_ascii_case(&expected)) {
            return false;
        }
        rest = before;
    }
    let gap = rest.rfind(is_part).map_or(0, |at| at + 1);
    rest[gap..].contains("{{")
}

/// Returns whether a text is an object or an array in JSON, at any depth. Coolify writes such a value
/// without quotes into the file of variables (4.0.0-beta.473 to 4.3.11).
pub fn is_json(text: &str) -> bool {
    text.starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_to_shared_variables_are_found_however_padded() {
        for text in [
            "{{team.A}}",
            "x{{ server.A }}",
            "{{{project.A}}}",
            "{{\u{200b}Environment.A}}",
            "{{a}}{{team.A}}",
            "${A:-{{team.B}}}",
            "{{x{{-te am-.A.b",
        ] {
            assert!(refers_to_shared(text), "{text}");
        }
        for text in [
            "{{.Name}}",
            "{{ json . }}",
            "team.A",
            "{{teams.A}}",
            "{{ team }}",
            "{{",
            "te{{am.A",
            "{{a.team.B",
        ] {
            assert!(!refers_to_shared(text), "{text}");
        }
    }

    #[test]
    fn only_objects_and_arrays_count_as_json_at_any_depth() {
        let deep = format!("{}\"$A\"{}", "[".repeat(400), "]".repeat(400));
        for text in [deep.as_str(), "{}", "[1e999, \"\\ud800\"]", "{\"a\": [1]}\n"] {
            assert!(is_json(text), "{text}");
        }
        for text in ["", "1", "\"a\"", "{a}", "[1,]", "{} x"] {
            assert!(!is_json(text), "{text}");
        }
    }

    #[test]
    fn compares_names_of_compose_and_domains_without_case() {
        assert!(configures_compose("compose_file") && configures_compose("DOCKER_HOST"));
        assert!(!configures_compose("DOCKER_TAG"));
        assert!(is_domain_variable("service_url_web") && !is_domain_variable("SERVICE_NAME_WEB"));
        assert!(configures_loader("LD_PRELOAD") && !configures_loader("LD_SDK_KEY"));
    }
}
