//! Requests that follow the OpenAPI document, and requests that break it: the document says what is
//! enforced.

use std::cell::RefCell;
use std::collections::BTreeSet;

use covibe_dispatch::Tool;
use covibe_domain::image::{ImageReference, InvalidImage};
use covibe_operation::surface;
use proptest::prelude::*;
use regex::{Regex, RegexSet};
use serde_json::{Map, Value, json};

use super::Lab;
use crate::support::{Estate, parameter_samples, schema_validation};

/// Reasons of a 400 for a request that follows the document: relations between values, which no schema
/// states, and texts in a language of their own.
const MEANING: &[&str] = &[
    // Parameters that depend on the source or the type.
    "can't be combined with",
    "does not support",
    "The app has no services",
    "cannot be a preview variable",
    // A text in a language of its own.
    "`composeRaw` is refused",
    // Values of a list that exclude each other.
    "occurs twice",
    "has several lines",
    // Marks of one value that exclude each other.
    "can't be public and shown once",
    // Services that an app has or lacks, and the forms of a container's user, path and time.
    "There is no service",
    "The resource has one container and no services",
    "`since` must be a duration",
    "`user` must be a user",
    "`workdir` must be an absolute path",
    "`command` has a NUL",
    "The call can't be made",
    // Names that no registry has, and the requirements of a registry for an owner.
    "is not a domain",
    "Some values of the call are invalid",
    // The target of a domain.
    "is not a subdomain",
    "is not an IP address",
    // Volumes of an app without a compose file, positions in logs, and what is left out of the audit.
    "has no compose file",
    "`cursor` must be a cursor that apps.logs returned",
    "`exceptTools` needs `exceptSurface`",
    // A time for which only a command without its client may run.
    "`timeout_ms` must be at most 600000 without `detach`",
    // A part of one file, with several paths; and files without the app's name.
    "`offset` can be used with one path",
    "`name` is missing: with files",
];

/// The document, and where it refers to.
pub(super) struct Document(pub(super) Value);

impl Document {
    /// Returns the target of a reference, or the schema itself.
    pub(super) fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(to) => self.0.pointer(&to[1..]).expect("a component"),
            None => value,
        }
    }

    /// Returns the operation of a tool.
    pub(super) fn operation(&self, tool: &Tool) -> &Value {
        let method = tool.spec.route.method.as_str().to_lowercase();
        &self.0["paths"][tool.spec.route.full_path()][method]
    }

    /// Returns the schema of a tool's body; `null` if there is none.
    fn body(&self, tool: &Tool) -> &Value {
        &self.operation(tool)["requestBody"]["content"]["application/json"]["schema"]
    }

    /// Returns a validator of this schema, which may refer to the document's components.
    fn oracle(&self, schema: &Value) -> jsonschema::Validator {
        let whole = schema_validation::with_components(&self.0, schema);
        schema_validation::oracle(&schema_validation::with_rules(&whole))
    }

    /// Returns values that a schema permits, most of them.
    pub(super) fn values(&self, schema: &Value) -> BoxedStrategy<Value> {
        let schema = self.resolve(schema);
        if let Some(choices) = schema["anyOf"].as_array() {
            let choices: Vec<_> = choices.iter().map(|choice| self.values(choice)).collect();
            return prop::strategy::Union::new(choices).boxed();
        }
        if let Some(words) = schema["enum"].as_array() {
            return prop::sample::select(words.clone()).boxed();
        }
        let kind = schema["type"].get(0).unwrap_or(&schema["type"]);
        let values = match kind.as_str() {
            Some("object") => self.objects(schema),
            Some("array") => {
                let most = schema["maxItems"].as_u64().unwrap_or(3).min(3);
                let least = schema["minItems"].as_u64().unwrap_or(0);
                let size = usize::try_from(least).unwrap_or(0)..=usize::try_from(most).unwrap_or(3);
                prop::collection::vec(self.values(&schema["items"]), size)
                    .prop_map(Value::from)
                    .boxed()
            }
            Some("integer") => {
                let bound = |name: &str, default| schema[name].as_i64().unwrap_or(default);
                (bound("minimum", -9)..=bound("maximum", 99_999)).prop_map(Value::from).boxed()
            }
            Some("boolean") => any::<bool>().prop_map(Value::from).boxed(),
            Some("string") => texts(schema),
            Some("null") => Just(Value::Null).boxed(),
            _ => Just(json!(true)).boxed(),
        };
        if schema["type"].is_array() {
            return prop_oneof![5 => values, 1 => Just(Value::Null)].boxed();
        }
        values
    }

    /// Returns values for the parameters in the query.
    fn queries(&self, tool: &Tool) -> BoxedStrategy<Value> {
        let parameters = self.operation(tool)["parameters"].as_array().expect("parameters");
        let members = parameters.iter().filter(|it| it["in"] == "query").map(|it| {
            let share = if it["required"] == true { 1.0 } else { 0.5 };
            let name = it["name"].as_str().expect("a name").to_owned();
            (Just(name), maybe(share, self.values(&it["schema"])))
        });
        let given = |members: Vec<(String, Option<Value>)>| {
            let given = members.into_iter().filter_map(|(name, value)| Some((name, value?)));
            Value::Object(given.collect())
        };
        members.collect::<Vec<_>>().prop_map(given).boxed()
    }

    fn objects(&self, schema: &Value) -> BoxedStrategy<Value> {
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let members = schema["properties"].as_object().into_iter().flatten();
        let members: Vec<_> = members
            .map(|(name, member)| {
                let share = if required.contains(&json!(name)) { 1.0 } else { 0.3 };
                (Just(name.clone()), maybe(share, self.values(member)))
            })
            .collect();
        let objects = members.prop_map(|members| {
            let given = members.into_iter().filter_map(|(name, value)| Some((name, value?)));
            Value::Object(given.collect::<Map<_, _>>())
        });
        objects.boxed()
    }
}

/// Values that are there with a probability, which may be 1.
fn maybe(share: f64, values: BoxedStrategy<Value>) -> BoxedStrategy<Option<Value>> {
    if share < 1.0 {
        prop::option::weighted(share, values).boxed()
    } else {
        values.prop_map(Some).boxed()
    }
}

fn texts(schema: &Value) -> BoxedStrategy<Value> {
    if schema["format"] == "date-time" {
        let days = 1_u32..=28;
        return days.prop_map(|day| json!(format!("2099-11-{day:02}T08:00:00Z"))).boxed();
    }
    let bound = |name: &str, default| schema[name].as_u64().unwrap_or(default);
    let (least, most) = (bound("minLength", 0), bound("maxLength", 40).min(40));
    let size = || usize::try_from(least).unwrap_or(0)..=usize::try_from(most).unwrap_or(0);
    match schema["pattern"].as_str().filter(|pattern| *pattern != r"^[^\u0000]*$") {
        // All but some characters.
        Some(pattern) if pattern.starts_with("^[^") => {
            let pattern = Regex::new(pattern).expect("a pattern");
            prop::collection::vec("[ -~äß\u{85}€😀]", size())
                .prop_map(|parts| parts.concat())
                .prop_filter("it matches the pattern", move |text| pattern.is_match(text))
                .prop_map(Value::from)
                .boxed()
        }
        // The strategy's dialect has no anchors, and its `\w` is not ASCII's.
        Some(pattern) => {
            let pattern = pattern.trim_start_matches('^').trim_end_matches('$');
            let pattern = pattern.replace(r"[\w", "[A-Za-z0-9_").replace(r"\w", "[A-Za-z0-9_]");
            let pattern = pattern.replace(r"\d", "[0-9]");
            prop::string::string_regex(&pattern).expect("a pattern").prop_map(Value::from).boxed()
        }
        None => prop::collection::vec("[ -~äß\n\u{85}€😀]", size())
            .prop_map(|parts| json!(parts.concat()))
            .boxed(),
    }
}

/// Breaks one place of a value.
fn broken(value: Value, at: prop::sample::Index, with: Value) -> Value {
    let mut value = value;
    let mut places = Vec::new();
    places_in(&value, "", &mut places);
    let place = at.get(&places).clone();
    if place.ends_with("/*") {
        let object = value.pointer_mut(place.trim_end_matches("/*")).expect("an object");
        object["noSuchMember"] = with;
    } else {
        *value.pointer_mut(&place).expect("a place") = with;
    }
    value
}

fn places_in(value: &Value, at: &str, places: &mut Vec<String>) {
    let Value::Object(members) = value else { return };
    places.push(format!("{at}/*"));
    for (name, member) in members {
        let place = format!("{at}/{name}");
        places_in(member, &place, places);
        places.push(place);
    }
}

/// All parameters of a request: the estate's resource, and these. A list in a query is a text.
fn params(tool: &Tool, estate: &Estate, members: Value) -> Value {
    let (mut params, known) = (members, parameter_samples::params(tool, estate, "sample"));
    for name in tool.spec.route.parameters() {
        params[name] = known[name].clone();
    }
    if !tool.spec.route.method.has_body() {
        let members = params.as_object_mut().expect("an object");
        // An empty list has no form in a query.
        members.retain(|_, value| *value != json!([]));
        for value in params.as_object_mut().into_iter().flatten().map(|(_, value)| value) {
            if let Some(items) = value.as_array() {
                let items: Vec<_> = items.iter().filter_map(Value::as_str).collect();
                *value = json!(items.join(","));
            }
        }
    }
    params
}

/// Returns whether a request names an image that may be on the host, such as one by its id. That is
/// refused, and no pattern states it.
fn has_local_image(request: &Value) -> bool {
    let images = [&request["image"], &request["patch"]["image"]];
    let mut parsed = images.into_iter().filter_map(Value::as_str).map(str::parse::<ImageReference>);
    parsed.any(|image| matches!(image, Err(InvalidImage::Local)))
}

/// Returns whether the key of a workspace may call it.
pub(super) fn is_for_its_key(tool: &Tool) -> bool {
    !parameter_samples::is_for_tenants(tool) && !parameter_samples::is_for_people(tool)
}

#[test]
fn requests_that_the_document_permits_are_never_refused_for_their_form() {
    let lab = Lab::new();
    let estate = lab.runtime.block_on(Estate::create(&lab.world, &lab.world.mark, "a"));
    let registry = lab.world.dispatcher.registry();
    let document = &Document(surface::openapi(registry));
    let meaning = &RegexSet::new(MEANING).expect("patterns");
    let refused = &RefCell::new(BTreeSet::new());
    for tool in registry.operations().filter(|tool| is_for_its_key(tool)) {
        let name = tool.spec.name;
        let (requests, oracle) = match document.body(tool) {
            Value::Null => (document.queries(tool), None),
            body => (document.values(body), Some(document.oracle(body))),
        };
        let requests = requests.prop_filter("it follows the document", |request| {
            oracle.as_ref().is_none_or(|oracle| oracle.is_valid(request))
                && !has_local_image(request)
                // It waits for lines that never come.
                && request["follow"] != true
        });
        lab.check(24, &requests, |request| {
            let params = params(tool, &estate, request);
            let agent = &estate.agent;
            async move {
                let answer = agent.rest_raw(tool, &params).await;
                if answer.status == 400 {
                    let error = answer.json()["error"].to_string();
                    if !meaning.is_match(&error) {
                        refused.borrow_mut().insert(format!("{name}: {error} {params}"));
                    }
                }
                answer
            }
        });
    }
    let refused = refused.take();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn requests_that_the_document_forbids_are_refused() {
    let lab = Lab::new();
    let estate = lab.runtime.block_on(Estate::create(&lab.world, &lab.world.mark, "a"));
    let registry = lab.world.dispatcher.registry();
    let document = &Document(surface::openapi(registry));
    let accepted = &RefCell::new(BTreeSet::new());
    for tool in
        registry.operations().filter(|tool| is_for_its_key(tool) && !document.body(tool).is_null())
    {
        let (name, body) = (tool.spec.name, document.body(tool));
        let oracle = document.oracle(body);
        // Other spellings of valid values are accepted, as the document's introduction says; an empty
        // string is one of a parameter that is left out.
        let with = prop_oneof![
            Just(Value::Null),
            Just(json!({})),
            Just(json!([])),
            Just(json!([[]])),
            Just(json!(true)),
            Just(json!(-1)),
            Just(json!(99_999_999)),
            Just(json!("\u{0}")),
            Just(json!("a".repeat(70_000))),
        ];
        let bodies = (document.values(body), any::<prop::sample::Index>(), with)
            .prop_map(|(value, at, with)| {
                let spelled = broken(value.clone(), at, schema_validation::as_text(&with));
                (broken(value, at, with), spelled)
            })
            .prop_filter("it breaks the document, in each spelling", |(value, spelled)| {
                !oracle.is_valid(value) && !oracle.is_valid(spelled)
            })
            .prop_map(|(value, _)| value);
        lab.check(24, &bodies, |body| {
            let params = params(tool, &estate, body);
            let agent = &estate.agent;
            async move {
                let answer = agent.rest_raw(tool, &params).await;
                // It is found out first that no app has this name.
                let is_of_none = answer.status == 404 && params.get("appUuid").is_some();
                if ![400, 403, 413, 422].contains(&answer.status) && !is_of_none {
                    let status = answer.status;
                    accepted.borrow_mut().insert(format!("{name}: {status} {params}"));
                }
                answer
            }
        });
    }
    let accepted = accepted.take();
    assert!(accepted.is_empty(), "{accepted:#?}");
}
