//! Failures of commands in containers.

use covibe_domain::{Failure, Kind};

/// The image has no shell, and the command needs one.
pub(super) fn no_shell() -> Failure {
    Failure::rejected("The container has no shell `sh`, and the command needs one.").hint(
        "Pass one program with its arguments, without $ ` | & ; < > * ? ( or line breaks: it then \
         runs without a shell.",
    )
}

/// The client has gone.
pub(super) fn client_gone() -> Failure {
    Failure::new(Kind::Timeout, "The client disconnected, so the server ended the command.")
        .in_doubt()
}

/// The command has a NUL byte.
pub(super) fn invalid_text() -> Failure {
    Failure::invalid("`command` has a NUL character, which programs cannot receive.")
        .hint("Write it as an escape sequence of the shell, such as printf '\\0'.")
}

/// The user is neither a name nor a number.
pub(super) fn invalid_user() -> Failure {
    Failure::invalid("`user` must be a user of the container.")
        .hint("Pass a name or number, like node, 1000 or 1000:1000.")
}

/// The directory is not absolute.
pub(super) fn invalid_workdir() -> Failure {
    Failure::invalid("`workdir` must be an absolute path.").hint("Pass a path such as `/app`.")
}

/// The client would have to wait longer than it may.
pub(super) fn needs_detach(most: u64) -> Failure {
    Failure::invalid(format!("`timeout_ms` must be at most {most} without `detach`.")).hint(
        "Pass `detach: true`: the command then runs on without the client, for up to 3600000 ms.",
    )
}
