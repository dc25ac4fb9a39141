//! The answer of a call, whose outcome is recorded.

use covibe_domain::Failure;
use serde_json::Value;

/// The result of a call.
pub(crate) type Answer = Result<Value, Failure>;
