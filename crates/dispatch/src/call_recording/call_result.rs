//! The answer of a call, whose outcome is recorded.

use covibe_domain::Failure;

/// The result of a call.
pub(crate) type CallResult = Result<covibe_operation::JsonAnswer, Failure>;
