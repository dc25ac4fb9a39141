//! The answer of a call, whose outcome is recorded.

use covibe_domain::Failure;

/// The result of a call.
pub(crate) type Answer = Result<covibe_operation::Answer, Failure>;
