//! An operation with its types erased.

use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

use covibe_domain::{Failure, Kind, ResourceKind};
use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::operation::{JsonAnswer, Operation, Part};
use crate::operation_spec::Spec;
use crate::parameter_check::Checker;
use crate::schema::{self, Types};

/// Runs an operation on checked parameters.
type Run<Cx> = for<'a> fn(Value, &'a Cx) -> BoxFuture<'a, Result<JsonAnswer, Failure>>;

/// The declaration of an operation, from which everything that surfaces publish is computed.
pub struct Declaration {
    /// Name, route and access.
    pub spec: Spec,
    /// The documentation, for models and people.
    pub description: String,
    /// The schema of the parameters.
    pub input: Value,
    /// The schema of the answer.
    pub output: Value,
    /// The schemas of both, by the names of their types.
    pub(crate) types: Types,
    checker: Checker,
}

/// Computes a declaration.
type Declare = Box<dyn Fn() -> Declaration + Send + Sync>;

/// One operation that runs in a context of type `Cx`. Its declaration is computed at its first use: computing all of
/// them takes a fifth of a server's start, and most servers need few.
pub struct Tool<Cx> {
    /// Name, route and access, which are known before the rest is computed.
    pub spec: Spec,
    declaration: OnceLock<Declaration>,
    declare: Declare,
    run: Run<Cx>,
}

impl<Cx> fmt::Debug for Tool<Cx> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tool({})", self.spec.name)
    }
}

impl<Cx> Deref for Tool<Cx> {
    type Target = Declaration;

    fn deref(&self) -> &Declaration {
        self.declaration.get_or_init(&self.declare)
    }
}

impl<Cx: Sync + 'static> Tool<Cx> {
    /// Creates the tool of an operation.
    pub fn from_operation<O: Operation<Cx>>() -> Self {
        Self::new(O::SPEC, Box::new(Declaration::from_operation::<Cx, O>), run::<Cx, O>)
    }

    /// Creates the tool of an operation that runs in a part of this context.
    pub fn running_in_part<P: Sync + 'static, O: Operation<P>>() -> Self
    where
        Cx: Part<P>,
    {
        Self::new(O::SPEC, Box::new(Declaration::from_operation::<P, O>), run_in_part::<Cx, P, O>)
    }

    fn new(spec: Spec, declare: Declare, run: Run<Cx>) -> Self {
        Self { spec, declaration: OnceLock::new(), declare, run }
    }

    /// Returns the same tool with another published description or schema. The checks stay those of
    /// the operation's own schema.
    #[must_use]
    pub fn published(
        self,
        change: impl Fn(&mut String, &mut Value) + Send + Sync + 'static,
    ) -> Self {
        let Self { spec, declare, run, .. } = self;
        let declare = move || {
            let mut declared = declare();
            change(&mut declared.description, &mut declared.input);
            declared
        };
        Self::new(spec, Box::new(declare), run)
    }

    /// Applies a function to the declaration, without keeping a declaration that is computed for it.
    pub(crate) fn with_declaration<T>(&self, look: impl FnOnce(&Declaration) -> T) -> T {
        match self.declaration.get() {
            Some(declared) => look(declared),
            None => look(&(self.declare)()),
        }
    }

    /// Runs the operation on parameters that passed [`Declaration::check`] and whose
    /// [references](Declaration::references) are uuids.
    pub fn run<'a>(&self, params: Value, cx: &'a Cx) -> BoxFuture<'a, Result<JsonAnswer, Failure>> {
        (self.run)(params, cx)
    }
}

impl Declaration {
    fn from_operation<Cx, O: Operation<Cx>>() -> Self {
        let mut input = schema::declared_input::<O>();
        let description = schema::description(&mut input);
        let checker = Checker::new(&input)
            .with_ignored(O::SPEC.ignores)
            .with_open(O::SPEC.open, O::SPEC.spellings)
            .with_switches(O::SPEC.switches);
        schema::publish(&mut input);
        Self {
            spec: O::SPEC,
            description,
            checker,
            input,
            output: schema::output::<O::Output>(!O::SPEC.rest_only),
            types: Types::for_operation::<O, O::Output>(),
        }
    }

    /// Returns the first sentence of the documentation.
    pub fn summary(&self) -> &str {
        let first = self.description.lines().next().unwrap_or_default();
        first.split_inclusive(". ").next().unwrap_or(first).trim()
    }

    /// Checks parameters against the published schema. Values in another usual spelling get their declared form.
    /// Removes ignored parameters, and optional members that are `null`, or an empty string where the schema does not
    /// accept one.
    ///
    /// # Errors
    ///
    /// An invalid failure that names the first eight problems.
    pub fn check(&self, params: &mut Value) -> Result<(), Failure> {
        self.checker.check(params).map_err(|failure| match failure.hint {
            Some(_) => failure,
            None => failure.hint(format!(
                "Nothing was changed. Correct the parameter and repeat {}.",
                self.spec.name
            )),
        })
    }

    /// Returns the texts in checked parameters that identify a resource by uuid or name, at any depth.
    pub fn references<'a>(&self, params: &'a mut Value) -> Vec<(ResourceKind, &'a mut Value)> {
        self.checker.references(params)
    }

    /// Converts a text from a URL to the type of the parameter with this name.
    pub fn coerce(&self, name: &str, text: String) -> Value {
        self.checker.coerce(name, text)
    }
}

fn run_in_part<Cx: Part<P> + Sync, P: Sync, O: Operation<P>>(
    params: Value,
    cx: &Cx,
) -> BoxFuture<'_, Result<JsonAnswer, Failure>> {
    Box::pin(async move { run::<P, O>(params, cx.part()?).await })
}

fn run<Cx: Sync, O: Operation<Cx>>(
    params: Value,
    cx: &Cx,
) -> BoxFuture<'_, Result<JsonAnswer, Failure>> {
    Box::pin(async move {
        let operation: O =
            serde_json::from_value(params).map_err(|error| undecodable_parameters(&error))?;
        let output = operation.run(cx).await?;
        JsonAnswer::from_output(&output).map_err(|error| {
            tracing::error!(%error, tool = O::SPEC.name, "the answer could not be serialized");
            Failure::new(Kind::Upstream, "The answer could not be serialized.")
        })
    })
}

/// Returns the failure for parameters that pass the schema but not the type, such as a reserved slug. It does not quote
/// serde's message, which contains the value, because that may be secret.
fn undecodable_parameters(error: &serde_json::Error) -> Failure {
    tracing::debug!(category = ?error.classify(), "parameters matched the schema, but could not be read as their type");
    Failure::invalid("A parameter has a value that is not allowed.")
        .hint("Compare each value with the tool's input schema.")
}
