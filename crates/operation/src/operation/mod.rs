//! The trait that one capability implements.

mod answer;

use std::future::Future;

use covibe_domain::Failure;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::operation_spec::Spec;

pub use answer::JsonAnswer;

/// One capability, which runs in a context of type `Cx`.
///
/// The fields are the parameters. Their types and attributes make the schema that is both
/// published and enforced, and their doc comments are the descriptions that agents read.
/// [`Operation::SPEC`] holds the name, the route and the access. `docs/adding-a-tool.md` walks
/// through an example.
pub trait Operation<Cx>: DeserializeOwned + JsonSchema + Send + 'static {
    /// Name, route, access.
    const SPEC: Spec;

    /// The answer: a camelCase object, never a bare array, or a [`Text`] if the declaration has a
    /// document.
    type Output: Serialize + JsonSchema + Send;

    /// Runs the operation in the caller's context.
    fn run(self, cx: &Cx) -> impl Future<Output = Result<Self::Output, Failure>> + Send;
}

/// A context that has another one as its part, so that the operations of that one run in it, too.
pub trait Part<P> {
    /// Returns the part.
    ///
    /// # Errors
    ///
    /// This context was made without it, such as one for which no credentials are configured.
    fn part(&self) -> Result<&P, Failure>;
}

impl<P> Part<P> for P {
    fn part(&self) -> Result<&P, Failure> {
        Ok(self)
    }
}

/// The output of an operation that answers a [`crate::Document`].
#[derive(Debug, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(example = &"#!/bin/sh\n")]
pub struct Text(pub String);
