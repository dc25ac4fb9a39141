//! Holding a request against the list.

use covibe_upstream::{Fields, Outgoing};
use serde_json::Value;

use super::calls::CALLS;
use super::patterns::{self, ID};
use super::rule::{Field, Rule, UNLISTED};

/// Returns the fields that the list refuses, each with the reason; empty where the request may be
/// sent.
pub fn vet(request: &Outgoing<'_>) -> Fields {
    let mut fields = Fields::default();
    let call = CALLS.iter().find(|it| it.method == request.method && it.path == request.path);
    if !request.segments.iter().all(|id| patterns::matches(ID, id)) {
        fields.add("uuid", "This is not an id.");
    }
    for (name, value) in request.query {
        let rule = call.and_then(|call| rule_of(call.query.iter(), name));
        complain(&mut fields, name, rule, &Value::from(value.as_str()));
    }
    match request.body {
        None => {}
        Some(Value::Object(members)) => members.iter().for_each(|(name, value)| {
            let rule = call.and_then(|call| rule_of(call.members(), name));
            complain(&mut fields, name, rule, value);
        }),
        Some(_) => fields.add("body", UNLISTED),
    }
    fields
}

fn rule_of<'a>(fields: impl Iterator<Item = &'a Field>, name: &str) -> Option<&'a Rule> {
    fields.into_iter().find(|field| field.0 == name).map(|field| &field.1)
}

/// Adds the complaints about one field.
fn complain(fields: &mut Fields, name: &str, rule: Option<&Rule>, value: &Value) {
    // A name that can't be shown is refused as well.
    let shown = if Fields::is_name(name) { name } else { "body" };
    match rule {
        Some(rule) => rule.check(shown, value, fields),
        None => fields.add(shown, UNLISTED),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn complaints(method: &'static str, path: &'static str, body: &Value) -> Vec<String> {
        let segments = ["zg4cwgc44ogc08804000gggo".to_owned()];
        let request = Outgoing { method, path, segments: &segments, query: &[], body: Some(body) };
        vet(&request).into_map().into_keys().collect()
    }

    #[test]
    fn listed_fields_are_accepted_but_variable_names_that_configure_the_host_are_not() {
        let app = json!({ "name": "web", "git_branch": "feature/x", "ports_exposes": "3000,80,65535",
            "domains": "https://a.mark.vibnai.com,http://b.mark.vibnai.com:8080/v1",
            "start_command": "node server.js --port=3000 && true", "description": "in words\n" });
        assert!(complaints("PATCH", "/applications/{uuid}", &app).is_empty());
        let urls = json!({ "urls": [{ "name": "web", "url": "" }] });
        assert!(complaints("PATCH", "/services/{uuid}", &urls).is_empty());
        let envs = json!({ "data": [{ "key": "A_1", "value": "$(id)\n", "is_literal": true }] });
        assert!(complaints("PATCH", "/services/{uuid}/envs/bulk", &envs).is_empty());
        let steers = json!({ "data": [{ "key": "COMPOSE_FILE" }, { "key": "LD_PRELOAD" }] });
        for path in ["/services/{uuid}/envs/bulk", "/applications/{uuid}/envs/bulk"] {
            assert_eq!(complaints("PATCH", path, &steers), ["data.key"]);
        }
    }

    #[test]
    fn unlisted_fields_and_unsafe_values_are_refused() {
        for (field, value) in [
            ("custom_labels", json!("traefik.enable=true")),
            ("name", json!(["web"])),
            ("name", json!("web; id")),
            ("name", json!("a".repeat(256))),
            ("git_branch", json!("$(id)")),
            ("git_branch", json!("main\nx")),
            ("ports_exposes", json!("0")),
            ("ports_exposes", json!("80,65536")),
            ("ports_exposes", json!("80,")),
            ("git_repository", json!("https://git.test/o/r.git --upload-pack=x")),
            ("git_repository", json!("file:///etc")),
            ("domains", json!("https://a.test,https://b.test`id`")),
            ("build_command", json!("echo \"$HOME\"")),
            ("base_directory", json!("/a/../b")),
            ("docker_registry_image_tag", json!("1.27 --privileged")),
            ("docker_compose_domains", json!([{ "name": "web", "domain": "", "port": 1 }])),
            ("is_static", json!(true)),
            ("name\n", json!("web")),
        ] {
            let body = json!({ field: value });
            let told = complaints("PATCH", "/applications/{uuid}", &body);
            assert_eq!(told.len(), 1, "{field}: {value}: {told:?}");
        }
        let shared = json!({ "redis_password": "{{team.SECRET}}" });
        assert_eq!(complaints("POST", "/databases/redis", &shared), ["redis_password"]);
        assert_eq!(complaints("PATCH", "/applications/{uuid}", &json!([])), ["body"]);
        assert_eq!(complaints("POST", "/services/{uuid}/stop", &json!({ "x": 1 })), ["x"]);
    }

    #[test]
    fn invalid_ids_and_query_parameters_are_refused() {
        let (good, bad) = (["abcdefg1".to_owned()], ["../x".to_owned()]);
        let told = |segments, query: &[(&'static str, String)]| {
            let (method, path) = ("DELETE", "/applications/{uuid}");
            let request = Outgoing { method, path, segments, query, body: None };
            vet(&request).into_map().into_keys().collect::<Vec<_>>()
        };
        assert!(told(&good, &[("delete_volumes", "true".to_owned())]).is_empty());
        assert_eq!(told(&good, &[("delete_volumes", "maybe".to_owned())]), ["delete_volumes"]);
        assert_eq!(told(&good, &[("force", "true".to_owned())]), ["force"]);
        assert_eq!(told(&bad, &[]), ["uuid"]);
    }

    #[test]
    fn every_pattern_of_the_listed_fields_compiles() {
        fn check(field: &Field) {
            match &field.1 {
                Rule::Text(_, pattern) => {
                    patterns::matches(pattern, "");
                }
                Rule::Except(_, pattern, bad) => {
                    patterns::matches(pattern, "");
                    patterns::matches(bad, "");
                }
                Rule::List(_, members) => members.iter().copied().flatten().for_each(check),
                Rule::Flag | Rule::Number(..) | Rule::OptionalNumber(..) => {}
            }
        }
        CALLS.iter().flat_map(|call| call.members().chain(call.query)).for_each(check);
    }

    #[test]
    fn each_call_and_each_of_its_fields_is_listed_once() {
        let mut seen = std::collections::HashSet::new();
        for call in CALLS {
            assert!(seen.insert((call.method, call.path, "")), "{call:?}");
            for field in call.members().chain(call.query) {
                assert!(seen.insert((call.method, call.path, field.0)), "{call:?}: {}", field.0);
            }
        }
    }
}
