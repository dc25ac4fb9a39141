//! Parameters for every operation, computed from its schema.

use covibe_dispatch::Tool;
use covibe_operation::Callers;
use serde_json::{Map, Value, json};

use super::workspace_resources::{Estate, contact};

/// Well-formed ids of nothing that exists.
const ABSENT: &str = "zzzz2345zzzz2345zzzz2345";
const ABSENT_KEY: &str = "key_zzzz2345zzzz2345";
const ABSENT_PROJECT: &str = "prj_zzzz2345zzzz2345";
const ABSENT_DOMAIN: &str = "zzzz2345zzzz2345.com";
const ABSENT_PERSON: &str = "usr_zzzz2345zzzz2345";
const ABSENT_LINK: &str = "lnk_zzzz2345zzzz2345";
const ABSENT_INVITATION: &str = "inv_zzzz2345zzzz2345";
const ABSENT_SESSION: &str = "ses_zzzz2345zzzz2345";

/// Returns the parameters that an operation needs besides its required ones, or where a value of
/// the right type is not enough; `name` is an unused name.
fn meaningful_params(tool: &str, name: &str) -> Value {
    match tool {
        "apps.create" => json!({ "image": "nginx:1.27", "name": name, "instantDeploy": false }),
        "apps.domains.set" => json!({ "domains": [] }),
        "apps.update" | "databases.update" => {
            json!({ "patch": { "description": "in words" } })
        }
        "apps.exec" => json!({ "command": "true" }),
        // The estate has it.
        "apps.envs.delete" => json!({ "key": "PRIVATE" }),
        "apps.envs.upsert" => json!({ "key": "SAMPLE", "value": "1" }),
        "auth.create" => json!({ "provider": "pocketbase", "name": name }),
        "domains.attach" => json!({ "ip": "8.8.8.8" }),
        "domains.register" => json!({ "domain": format!("{name}.com"), "contact": contact() }),
        "domains.search" => json!({ "names": [format!("{name}.com")] }),
        "databases.create" | "keys.mint" | "profile.update" | "projects.create"
        | "projects.update" => json!({ "name": name }),
        "invitations.create" | "people.create" => {
            json!({ "email": format!("{name}@example.com") })
        }
        "people.update" => json!({ "role": "member" }),
        "repos.commit" => {
            json!({ "message": "Add a file", "files": [{ "path": name, "content": "x" }] })
        }
        "repos.create" => json!({ "name": name, "files": [{ "path": "a.txt", "content": "x" }] }),
        // Every repository of the estate has one.
        "repos.read" => json!({ "paths": ["README.md"] }),
        "workspaces.create" => json!({ "slug": name }),
        _ => json!({}),
    }
}

/// Returns whether only a key of the whole tenant may call it.
pub fn is_for_tenants(tool: &Tool) -> bool {
    matches!(tool.spec.name, "audit.verify" | "workspaces.create")
}

/// Returns whether only people who are signed in may call it.
pub fn is_for_people(tool: &Tool) -> bool {
    tool.spec.callers != Callers::Anyone
}

/// Returns the resource of the estate that an operation's parameter names, if it names one.
fn resource<'a>(tool: &str, parameter: &str, estate: &'a Estate) -> Option<&'a str> {
    let family = tool.split('.').next().unwrap_or_default();
    Some(match (family, parameter) {
        ("apps" | "storage", "uuid") => &estate.app,
        ("apps", "id") => &estate.command,
        ("auth", "uuid") => &estate.service,
        ("databases", "uuid") => &estate.database,
        ("domains", "domain") => &estate.domain,
        ("deployments", "uuid") => &estate.deployment,
        ("keys", "keyId") => &estate.key,
        ("projects", "projectId") => &estate.plan,
        ("repos", "repo") => &estate.spare,
        // No estate has people.
        ("people", "userId") => ABSENT_PERSON,
        ("people", "linkId") => ABSENT_LINK,
        ("invitations", "invitationId") => ABSENT_INVITATION,
        ("sessions", "sessionId") => ABSENT_SESSION,
        _ => return None,
    })
}

fn names_a_resource(tool: &Tool, parameter: &str) -> bool {
    if tool.spec.name.starts_with("domains.") {
        // Nobody has yet what is registered.
        return parameter == "domain" && tool.spec.name != "domains.register";
    }
    if tool.spec.name.starts_with("repos.") {
        return parameter == "repo";
    }
    parameter.to_lowercase().ends_with("id")
}

/// Returns the parameter by which an operation names a resource.
pub fn id_parameter(tool: &Tool) -> Option<&str> {
    let members = tool.input["properties"].as_object()?;
    members.keys().map(String::as_str).find(|name| names_a_resource(tool, name))
}

/// Returns the id of the estate's resource that the operation acts on.
pub fn id_in<'a>(tool: &Tool, estate: &'a Estate) -> &'a str {
    let parameter = id_parameter(tool).expect("an operation on a resource");
    resource(tool.spec.name, parameter, estate).unwrap_or_else(|| missing_sample(tool, parameter))
}

/// Returns a well-formed id for the operation that nothing has.
pub fn absent_id(tool: &Tool) -> &'static str {
    match id_parameter(tool) {
        Some("keyId") => ABSENT_KEY,
        Some("projectId") => ABSENT_PROJECT,
        Some("domain") => ABSENT_DOMAIN,
        Some("userId") => ABSENT_PERSON,
        Some("linkId") => ABSENT_LINK,
        Some("invitationId") => ABSENT_INVITATION,
        Some("sessionId") => ABSENT_SESSION,
        _ => ABSENT,
    }
}

/// Returns parameters that the operation takes, for the estate's resources.
pub fn params(tool: &Tool, estate: &Estate, name: &str) -> Value {
    let mut params = required(tool, estate);
    let more = meaningful_params(tool.spec.name, name);
    params.extend(more.as_object().cloned().unwrap_or_default());
    params.extend(confirmation(tool, estate).map(|name| ("confirm".to_owned(), json!(name))));
    Value::Object(params)
}

/// Returns the same parameters with another id.
pub fn params_with_id(tool: &Tool, estate: &Estate, id: &str) -> Value {
    let mut params = params(tool, estate, "never-made");
    params[id_parameter(tool).expect("an operation on a resource")] = json!(id);
    params
}

/// Returns the name of the resource that a tool deletes, if the tool wants it confirmed.
fn confirmation(tool: &Tool, estate: &Estate) -> Option<String> {
    tool.input["properties"].get("confirm")?;
    if tool.spec.name == "apps.volumes.wipe" {
        return Some(estate.volume());
    }
    if tool.spec.name == "repos.delete" {
        return Some(estate.spare.clone());
    }
    let sort = match tool.spec.name.split('.').next() {
        Some("auth") => "auth",
        Some("databases") => "db",
        _ => "app",
    };
    Some(estate.name(sort))
}

fn required(tool: &Tool, estate: &Estate) -> Map<String, Value> {
    let names = tool.input["required"].as_array().into_iter().flatten();
    let names = names.map(|name| name.as_str().expect("a name"));
    names.map(|name| (name.to_owned(), value(tool, name, estate))).collect()
}

fn value(tool: &Tool, name: &str, estate: &Estate) -> Value {
    if names_a_resource(tool, name) {
        let id = resource(tool.spec.name, name, estate);
        return json!(id.unwrap_or_else(|| missing_sample(tool, name)));
    }
    if name == "volume" {
        return json!(estate.volume());
    }
    let more = meaningful_params(tool.spec.name, "sample");
    match more.get(name) {
        Some(value) => value.clone(),
        None => {
            of_type(&tool.input["properties"][name]).unwrap_or_else(|| missing_sample(tool, name))
        }
    }
}

fn of_type(schema: &Value) -> Option<Value> {
    if let Some(first) = schema["enum"].get(0) {
        return Some(first.clone());
    }
    match schema["type"].as_str()? {
        "integer" => Some(json!(schema["minimum"].as_i64().unwrap_or(1))),
        "boolean" => Some(json!(true)),
        "string" if schema.get("pattern").is_none() => Some(json!("sample")),
        _ => None,
    }
}

fn missing_sample<T>(tool: &Tool, parameter: &str) -> T {
    panic!(
        "no sample for `{parameter}` of {}: add a line to `resource` (when it names a resource of \
         the workspace; add that resource to Estate) or to `meaningful` in \
         crates/testkit/src/support/parameter_samples.rs",
        tool.spec.name
    )
}
