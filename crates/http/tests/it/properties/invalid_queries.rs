//! Queries that break the OpenAPI document.

use covibe_operation::surface;
use serde_json::Value;

use super::Lab;
use super::openapi_document::{Document, is_for_its_key};
use crate::support::{Estate, parameter_samples};

/// Texts that no parameter of this schema permits, in no spelling.
fn wrong_texts(document: &Document, schema: &Value) -> &'static [&'static str] {
    let schema = document.resolve(schema);
    let items = document.resolve(&schema["items"]);
    match schema["type"].as_str() {
        Some("integer") => {
            &["abc", "01", "%2B1", "1.5", "1e3", "true", "-1", "0x1", "99999999999999999999"]
        }
        Some("boolean") => &["yes", "2", "bogus"],
        _ if schema["enum"].is_array() => &["bogus", "%5B%5D", "7"],
        Some("array") if items["enum"].is_array() => &["bogus", "%20", "bogus,bogus", "%5B7%5D"],
        _ => &["%00"],
    }
}

#[test]
fn a_query_that_breaks_the_document_is_refused() {
    let lab = Lab::new();
    let estate = lab.runtime.block_on(Estate::create(&lab.world, &lab.world.mark, "a"));
    let registry = lab.world.dispatcher.registry();
    let document = Document(surface::openapi(registry));
    let (mut accepted, mut asked) = (Vec::new(), 0);
    for tool in registry.operations().filter(|tool| is_for_its_key(tool)) {
        let parameters = document.operation(tool)["parameters"].as_array().expect("parameters");
        for parameter in parameters.iter().filter(|it| it["in"] == "query") {
            let name = parameter["name"].as_str().expect("a name");
            for text in wrong_texts(&document, &parameter["schema"]) {
                let known = parameter_samples::params(tool, &estate, "sample");
                let mut path = tool.spec.route.full_path().replace("{slug}", &estate.agent.slug);
                for part in tool.spec.route.parameters() {
                    let id = known[part].as_str().expect("an id");
                    path = path.replace(&format!("{{{part}}}"), id);
                }
                let (method, path) =
                    (tool.spec.route.method.as_str(), format!("{path}?{name}={text}"));
                let answer = lab.runtime.block_on(estate.agent.send(method, &path, &[], None));
                asked += 1;
                if answer.status != 400 {
                    accepted.push(format!("{method} {path}: {} {}", answer.status, answer.text));
                }
            }
        }
    }
    assert!(accepted.is_empty() && asked > 60, "{asked}: {accepted:#?}");
}
