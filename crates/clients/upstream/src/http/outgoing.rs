//! A request that is about to leave.

use serde_json::Value;

use crate::fields::Fields;

/// Every part of a request that may come from a caller.
#[derive(Clone, Copy)]
pub struct Outgoing<'a> {
    /// The HTTP method.
    pub method: &'static str,
    /// The path's template.
    pub path: &'static str,
    /// The values of the template's placeholders, in their order.
    pub segments: &'a [String],
    /// The query's parameters.
    pub query: &'a [(&'static str, String)],
    /// The body.
    pub body: Option<&'a Value>,
}

/// Returns the fields for which a request must not be sent, each with the reason. A request without
/// any is sent.
pub type Vet = fn(&Outgoing<'_>) -> Fields;
