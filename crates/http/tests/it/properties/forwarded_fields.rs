//! Nothing an agent sends reaches Coolify except by the list of forwarded fields, and not even the
//! list is needed for that: each operation refuses by itself the values that must not go on.

use std::cell::Cell;

use covibe_coolify::forwarded_fields::{self, CALLS, Call, Outgoing, UNLISTED};
use covibe_domain::Access;
use covibe_sandbox::Recorded;
use covibe_testkit_http::upstream_calls::clear;
use serde_json::json;

use super::*;
use crate::support::{Estate, parameter_samples};

/// A stack with a variable, a database and a health check.
const STACK: &str = "services: {web: {image: 'nginx:1.27', expose: ['80'], environment: {A: '$B'}}, \
                     db: {image: 'postgres:16', volumes: ['data:/var/lib/postgresql']}}\n\
                     volumes: {data: {}}\n";

/// Texts that mean something to a shell, a proxy, a YAML reader or a terminal.
const MEANT: [&str; 16] = [
    "$(id)",
    "`id`",
    "a;id",
    "a\nb: c",
    "\"",
    "'",
    "${PATH}",
    "../../etc",
    "a b",
    " ",
    "",
    "\u{202e}gpj",
    "https://evil.test",
    "--upload-pack=id",
    "a\u{0}b",
    "x,https://evil.test",
];

/// Returns values of a parameter of this name that are right, or almost.
fn plausible(name: &str) -> Option<BoxedStrategy<Value>> {
    let pattern = match name {
        "composeRaw" => return Some(Just(Value::from(STACK)).boxed()),
        "image" => "(nginx|postgres|ghcr\\.io/o/a)(:[a-z0-9.]{1,6}|@sha256:[0-9a-f]{64})?",
        "domain" | "domains" => {
            "(https?://)?[a-z0-9-]{1,10}\\.mark\\.vibnai\\.com(:[0-9]{2,5})?(/[a-z]{0,3})?"
        }
        "branch" => "[a-z0-9/._-]{1,10}",
        "composeService" | "service" => "web|db|x",
        "key" => "[A-Z_][A-Z0-9_]{0,8}",
        "description" | "value" => "\\PC{0,30}",
        _ if name.ends_with("Command") => "[ -~]{0,40}",
        _ if name.ends_with("Location") || name.ends_with("Directory") => "/[a-z./-]{0,12}",
        _ => return None,
    };
    Some(proptest::string::string_regex(pattern).expect("a pattern").prop_map(Value::from).boxed())
}

/// A value for a parameter, most often one that is taken.
fn value(name: &str, schema: &Value) -> BoxedStrategy<Value> {
    let right = match schema["type"].as_str() {
        Some("object") => object(schema),
        Some("array") => {
            let item = value(name, &schema["items"]);
            prop::collection::vec(item, 0..4).prop_map(Value::from).boxed()
        }
        _ => plausible(name).unwrap_or_else(|| values_near(schema)),
    };
    let meant = prop::sample::select(MEANT.to_vec()).prop_map(Value::from);
    let long = (0_usize..20_000).prop_map(|length| Value::from("a".repeat(length)));
    prop_oneof![16 => right, 3 => meant, 2 => any_json(), 1 => long].boxed()
}

fn object(schema: &Value) -> BoxedStrategy<Value> {
    let members = schema["properties"].as_object().into_iter().flatten();
    let members: Vec<_> = members
        .map(|(name, schema)| {
            (Just(name.clone()), prop::option::weighted(0.4, value(name, schema)))
        })
        .collect();
    let stray = prop::option::weighted(0.1, ("[a-z_]{1,12}|fqdn|custom_labels", any_json()));
    let given = (members, stray).prop_map(|(members, stray)| {
        let given = members.into_iter().filter_map(|(name, value)| Some((name, value?)));
        Value::Object(given.chain(stray).collect::<Map<_, _>>())
    });
    given.boxed()
}

/// Parameters that are right, with some of them given anew; and whether to act on the other sort of
/// app.
fn changes(tool: &Tool) -> impl Strategy<Value = (Value, bool)> + use<> {
    (object(&tool.input), any::<bool>())
}

/// Returns the list's entry for a request that arrived, and the values of its template.
fn entry(request: &Recorded) -> Option<(&'static Call, Vec<String>)> {
    let path: Vec<_> = request.path.trim_start_matches("/api/v1").split('/').collect();
    let ids = |call: &'static Call| {
        let template: Vec<_> = call.path.split('/').collect();
        let is_id = |part: &str| part.starts_with('{');
        let fits = call.method == request.method
            && template.len() == path.len()
            && template.iter().zip(&path).all(|(part, given)| is_id(part) || part == given);
        let ids = template.iter().zip(&path).filter(|(part, _)| is_id(part));
        fits.then(|| (call, ids.map(|(_, id)| (*id).to_owned()).collect()))
    };
    CALLS.iter().find_map(ids)
}

/// Returns the fields of a request that the list does not permit.
fn complaints(request: &Recorded) -> Vec<String> {
    let Some((call, segments)) = entry(request) else {
        let is_bare = request.body.is_none() && request.query.is_empty();
        return if is_bare { vec![] } else { vec!["it carries something".to_owned()] };
    };
    let mut query = Vec::new();
    for (name, value) in &request.query {
        match call.query.iter().find(|field| field.0 == name) {
            Some(field) => query.push((field.0, value.clone())),
            None => return vec![name.clone()],
        }
    }
    let (method, path, body) = (call.method, call.path, request.body.as_ref());
    let outgoing = Outgoing { method, path, segments: &segments, query: &query, body };
    forwarded_fields::vet(&outgoing).into_map().into_keys().collect()
}

/// The app of a compose file in the workspace.
async fn stack(lab: &World) -> Value {
    let params = json!({ "composeRaw": STACK, "name": "stack", "instantDeploy": false });
    let made = lab.mark.agent.compact("apps.create", &params).await;
    made.expect("a stack")["uuid"].clone()
}

#[test]
fn coolify_receives_only_listed_members_for_any_parameters() {
    let lab = Lab::new();
    let world = &lab.world;
    let stack = lab.runtime.block_on(stack(world));
    let changed = Cell::new(0);
    let new_estate = |name: &str| lab.runtime.block_on(Estate::create(world, &world.mark, name));
    let mut estate = new_estate("a");
    for (lot, tool) in crate::support::for_keys(world).enumerate() {
        let cases = if tool.spec.access == Access::Read { 4 } else { 24 };
        let turn = Cell::new(0_usize);
        lab.check(cases, &changes(tool), |(given, other)| {
            let mut params =
                parameter_samples::params(tool, &estate, &format!("n{lot}-{}", turn.get()));
            merge(&mut params, given);
            if other && tool.spec.name.starts_with("apps.") && params.get("uuid").is_some() {
                params["uuid"] = stack.clone();
            }
            let vias: Vec<_> = CallStyle::for_tool(tool).collect();
            let via = vias[turn.replace(turn.get() + 1) % vias.len()];
            let (changed, agent) = (&changed, &world.mark.agent);
            async move {
                clear(world);
                let answer = via.call(agent, tool, &params).await.answer;
                for request in world.coolify.requests() {
                    let wrong = complaints(&request);
                    assert!(wrong.is_empty(), "{wrong:?}: {request:?} after {params}");
                    changed.set(changed.get() + usize::from(request.body.is_some()));
                }
                let walled =
                    answer.text.contains(UNLISTED) || answer.text.contains("\"It must be ");
                assert!(!walled, "only the list stopped {params}: {}", answer.text);
                answer
            }
        });
        if tool.spec.access.changes() {
            estate = new_estate(&format!("l{lot}"));
        }
    }
    assert!(changed.get() > 100, "{} requests had a body", changed.get());
}

/// Puts members into an object, in the place of those that have their names.
fn merge(into: &mut Value, given: Value) {
    if let (Some(into), Value::Object(given)) = (into.as_object_mut(), given) {
        // Ids and names to confirm stay right, so that something happens.
        into.extend(given.into_iter().filter(|(name, _)| !is_kept(name)));
    }
}

fn is_kept(name: &str) -> bool {
    name == "confirm" || name.to_lowercase().ends_with("id")
}
