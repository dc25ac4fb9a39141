//! The registry: every operation there is, and the single source of every surface.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use covibe_domain::{Failure, Kind};
use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::context::Workspace;
use crate::operation::{Operation, Spec};
use crate::params::{self, Checker};
use crate::{apps, auth, databases, deployments, gitea, keys, projects, schema, workspace};

/// The version of the surface: names are append-only within a major version (C section 10).
pub const SURFACE_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Runs an operation on checked parameters.
type Run = for<'a> fn(Value, &'a Workspace) -> BoxFuture<'a, Result<Value, Failure>>;

/// One operation with its types erased.
pub struct Tool {
    /// Its declaration.
    pub spec: Spec,
    /// Its documentation, for models and people.
    pub description: String,
    /// The schema of its parameters.
    pub input: Value,
    /// The schema of its answer.
    pub output: Value,
    checker: Checker,
    run: Run,
}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tool({})", self.spec.name)
    }
}

impl Tool {
    /// The tool that an operation declares.
    pub fn of<O: Operation>() -> Self {
        let mut input = schema::input::<O>();
        let description = schema::description(&mut input);
        Self {
            spec: O::SPEC,
            description,
            checker: Checker::new(&input).opened(O::SPEC.open, O::SPEC.spellings),
            input,
            output: schema::output::<O::Output>(),
            run: run::<O>,
        }
    }

    /// The first sentence of its documentation.
    pub fn summary(&self) -> &str {
        let first = self.description.lines().next().unwrap_or_default();
        first.split_inclusive(". ").next().unwrap_or(first).trim()
    }

    /// Checks parameters against the published schema.
    pub(crate) fn check(&self, params: &mut Value) -> Result<(), Failure> {
        self.spec.ignores.iter().for_each(|name| forget(params, name));
        self.checker.check(params).map_err(|failure| match failure.hint {
            Some(_) => failure,
            None => failure
                .hint(format!("Nothing was done: correct that, and repeat {}.", self.spec.name)),
        })
    }

    /// Reads a text of a URL as the parameter of this name.
    pub fn coerce(&self, name: &str, text: String) -> Value {
        self.checker.coerce(name, text)
    }

    /// Runs the operation on checked parameters.
    pub(crate) fn run<'a>(
        &self,
        params: Value,
        cx: &'a Workspace,
    ) -> BoxFuture<'a, Result<Value, Failure>> {
        (self.run)(params, cx)
    }
}

/// Takes a member out, or `list.member` out of a list's items.
fn forget(params: &mut Value, name: &str) {
    let Some(members) = params.as_object_mut() else { return };
    match name.split_once('.') {
        None => drop(members.remove(name)),
        Some((list, member)) => {
            let items = members.get_mut(list).and_then(Value::as_array_mut);
            items.into_iter().flatten().for_each(|item| forget(item, member));
        }
    }
}

fn run<O: Operation>(params: Value, cx: &Workspace) -> BoxFuture<'_, Result<Value, Failure>> {
    Box::pin(async move {
        let operation: O = serde_json::from_value(params).map_err(|error| undecodable(&error))?;
        let output = operation.run(cx).await?;
        serde_json::to_value(output).map_err(|error| {
            tracing::error!(%error, tool = O::SPEC.name, "an answer is not JSON");
            Failure::new(Kind::Upstream, "The answer could not be put into words.")
        })
    })
}

/// What the schema could not tell, like a slug that is reserved. serde's text quotes the value,
/// which may be secret; only its position is ours to tell.
fn undecodable(error: &serde_json::Error) -> Failure {
    tracing::debug!(category = ?error.classify(), "parameters passed the schema but not the type");
    Failure::invalid("A parameter has a value that is not allowed.")
        .hint("Compare each value with the tool's input schema.")
}

/// Every operation, by its names.
#[derive(Debug)]
pub struct Registry {
    tools: Vec<Arc<Tool>>,
    by_name: HashMap<String, Arc<Tool>>,
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

impl Registry {
    /// The operations of all families, sorted by name.
    pub fn new() -> Self {
        let families = [
            apps::operations(),
            auth::operations(),
            databases::operations(),
            deployments::operations(),
            gitea::operations(),
            keys::operations(),
            projects::operations(),
            workspace::operations(),
        ];
        let mut tools: Vec<_> = families.into_iter().flatten().map(Arc::new).collect();
        tools.sort_by_key(|tool| tool.spec.name);
        let mut by_name = HashMap::new();
        for tool in tools.iter().filter(|tool| !tool.spec.rest_only) {
            by_name.insert(tool.spec.name.to_owned(), Arc::clone(tool));
            by_name.insert(tool.spec.mcp_name(), Arc::clone(tool));
        }
        Self { tools, by_name }
    }

    /// Every operation, those of REST alone included.
    pub fn operations(&self) -> impl Iterator<Item = &Arc<Tool>> {
        self.tools.iter()
    }

    /// The agent's tools.
    pub fn tools(&self) -> impl Iterator<Item = &Arc<Tool>> {
        self.tools.iter().filter(|tool| !tool.spec.rest_only)
    }

    /// The tool of this name, dotted or with underscores.
    pub fn find(&self, name: &str) -> Option<&Arc<Tool>> {
        self.by_name.get(name)
    }

    /// The answer to a name that no tool has.
    pub fn unknown(&self, name: &str) -> Failure {
        let known = self.tools().map(|tool| tool.spec.name);
        let failure = Failure::not_found(format!("Unknown tool `{}`.", params::shown(name)));
        match params::nearest(name, known) {
            Some(near) => failure.hint(format!("Did you mean `{near}`?")),
            None => failure.hint("GET /api/mcp lists the tools."),
        }
    }
}
