//! Failures of this server's files and settings.

use std::io::{self, ErrorKind};

use covibe_domain::{Failure, Kind};

/// 503: a file could not be written, so that nothing was stored.
pub(super) fn not_stored(error: &io::Error) -> Failure {
    tracing::warn!(%error, "a file could not be stored");
    Failure::unready(format!("Nothing was stored: {}.", reason(error))).hint(
        "Everything that was stored before is still there. Ask a person to check the folder that \
         COVIBE_AGENT_HOME names.",
    )
}

/// 503: files could not be read.
pub(super) fn not_read(error: &io::Error) -> Failure {
    tracing::warn!(%error, "a file could not be read");
    Failure::unready(format!("The stored files could not be read: {}.", reason(error)))
        .hint("Ask a person to check the folder that COVIBE_AGENT_HOME names.")
}

/// 429: other processes store something all the time.
pub(super) fn busy() -> Failure {
    Failure::new(Kind::Limited, "Another process of this session is storing something.")
        .hint("Nothing was stored. Repeat the call.")
}

/// 503: a variable that a tool needs is not set.
pub(super) fn not_configured(what: &str, missing: &[&str]) -> Failure {
    let (verb, names) = (if missing.len() == 1 { "is" } else { "are" }, missing.join(", "));
    Failure::unready(format!("{what} not configured: {names} {verb} not set."))
        .hint("Tell the person who set up this server. Repeating the call does not help.")
        .permanent()
}

/// 503: TLS or a header can't be set up.
pub(super) fn no_client(error: &covibe_upstream::ConfigError) -> Failure {
    Failure::unready(format!("The settings can't be used: {error}."))
        .hint("Tell the person who set up this server. Repeating the call does not help.")
        .permanent()
}

/// Returns the reason in plain words, without a path.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "the disk is full".to_owned(),
        ErrorKind::FileTooLarge => "the file would be larger than is allowed".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn io_errors_are_reported_in_plain_words_without_paths() {
        let full = not_stored(&io::Error::from(ErrorKind::StorageFull));
        assert_eq!(full.message, "Nothing was stored: the disk is full.");
        let secret = io::Error::new(ErrorKind::PermissionDenied, "/home/ada/secret");
        assert_eq!(
            not_read(&secret).message,
            "The stored files could not be read: permission denied."
        );
    }
}
