//! A request that is about to leave.

use serde_json::Value;

use crate::Fields;

/// Everything of a request that may be a caller's.
#[derive(Clone, Copy)]
pub struct Outgoing<'a> {
    /// The HTTP method.
    pub method: &'static str,
    /// The path's template.
    pub path: &'static str,
    /// What fills the template, in its order.
    pub segments: &'a [String],
    /// The query's parameters.
    pub query: &'a [(&'static str, String)],
    /// The body.
    pub body: Option<&'a Value>,
}

/// Names the fields of a request that must not be sent, with the reason; where there are none it is
/// sent.
pub type Vet = fn(&Outgoing<'_>) -> Fields;
