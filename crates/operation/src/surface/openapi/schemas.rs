//! The components of the document, one for each type that has a name, and the schemas of operations.

use std::collections::{BTreeMap, BTreeSet};

use schemars::generate::Contract;
use serde_json::{Map, Value};

use super::enforced_rules;
use super::schema_refinement::{PLACE, definitions, generator, reference, referenced};
use crate::erased_operation::Declaration;

/// The schemas of an operation.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    /// The schema of all parameters, those in the path included.
    pub(super) parameters: Value,
    /// The schema of the body; `None` if the operation has no body.
    pub(super) body: Option<Value>,
    /// The schema of the answer.
    pub(super) answer: Value,
}

/// The components, and the schemas of each operation.
#[derive(Debug)]
pub(super) struct Schemas {
    components: Map<String, Value>,
    shapes: BTreeMap<&'static str, Shape>,
}

impl Schemas {
    /// Collects the schemas of these operations.
    pub(super) fn collect(tools: &[&Declaration]) -> Self {
        let mut answers = generator(Contract::Serialize);
        let answer = |tool: &&Declaration| (tool.types.answer)(&mut answers).to_value();
        let shapes: Vec<_> = tools.iter().map(answer).collect();
        let mut schemas = Self { components: definitions(answers), shapes: BTreeMap::new() };
        let mut requests = generator(Contract::Deserialize);
        let roots = tools.iter().map(|tool| (tool.types.parameters)(&mut requests).to_value());
        let roots: Vec<_> = roots.collect();
        let mut requests = definitions(requests);
        let names: Vec<_> = roots.iter().map(|root| referenced(root).unwrap_or_default()).collect();
        let mut roots: Vec<_> =
            names.iter().map(|name| requests.remove(*name).unwrap_or_default()).collect();
        for (tool, root) in tools.iter().zip(&mut roots) {
            enforced_rules::declare(tool, root, &mut requests);
        }
        requests.values_mut().for_each(enforced_rules::common);
        requests.into_iter().for_each(|(name, schema)| schemas.insert(&name, schema));
        for (((tool, name), parameters), answer) in tools.iter().zip(names).zip(roots).zip(shapes) {
            let body = body(tool, &parameters).map(|body| {
                schemas.insert(name, body);
                reference(name)
            });
            schemas.shapes.insert(tool.spec.name, Shape { parameters, body, answer });
        }
        schemas
    }

    /// Adds a component. If another schema has its name, it gets a digit; a test fails then, because a name means one
    /// type.
    pub(super) fn insert(&mut self, name: &str, schema: Value) {
        let is_other = self.components.get(name).is_some_and(|present| *present != schema);
        let name = if is_other { format!("{name}2") } else { name.to_owned() };
        self.components.insert(name, schema);
    }

    /// Returns the schemas of an operation.
    pub(super) fn shape(&self, tool: &Declaration) -> &Shape {
        &self.shapes[tool.spec.name]
    }

    /// Returns the schema that a reference stands for, or the schema itself.
    pub(super) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        referenced(schema).and_then(|name| self.components.get(name)).unwrap_or(schema)
    }

    /// Returns the components that one of these texts refers to, or that such a component refers to.
    pub(super) fn used_by(&self, text: &str) -> Map<String, Value> {
        let mut used = BTreeSet::new();
        let mut texts = vec![text.to_owned()];
        while let Some(text) = texts.pop() {
            let names = text.split(PLACE).skip(1).filter_map(|rest| rest.split('"').next());
            for (name, schema) in names.filter_map(|name| self.components.get_key_value(name)) {
                if used.insert(name) {
                    texts.push(schema.to_string());
                }
            }
        }
        self.components.clone().into_iter().filter(|(name, _)| used.contains(name)).collect()
    }
}

/// Returns the schema of the parameters that the path does not have, for methods with a body.
fn body(tool: &Declaration, parameters: &Value) -> Option<Value> {
    let in_path: Vec<_> = tool.spec.route.parameters().collect();
    let mut schema = parameters.clone();
    schema["properties"].as_object_mut()?.retain(|name, _| !in_path.contains(&name.as_str()));
    if !tool.spec.route.method.has_body() || schema["properties"].as_object()?.is_empty() {
        return None;
    }
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.retain(|name| !in_path.iter().any(|each| name == each));
        if required.is_empty() {
            schema.as_object_mut()?.remove("required");
        }
    }
    enforced_rules::common(&mut schema);
    Some(schema)
}
