//! How variables of object storage can't be set.

use covibe_domain::Failure;

/// The prefix is not the beginning of a name.
pub(super) fn invalid_prefix() -> Failure {
    Failure::invalid("The prefix cannot begin the name of a variable.")
        .hint("Pass capital letters, digits and _, with a letter first, such as STORAGE_ or S3_.")
}
