//! Random texts in the vendors' alphabets, and the moment as the vendors write it.

use std::time::{SystemTime, UNIX_EPOCH};

use covibe_domain::Timestamp;

fn text(alphabet: &[u8], length: usize) -> String {
    (0..length).map(|_| char::from(alphabet[fastrand::usize(..alphabet.len())])).collect()
}

/// A Coolify uuid: 24 of `[a-z0-9]`.
pub(crate) fn uuid() -> String {
    text(b"abcdefghijklmnopqrstuvwxyz0123456789", 24)
}

/// `length` hexadecimal digits: Gitea's tokens (40) and git's commits.
pub(crate) fn hex(length: usize) -> String {
    text(b"0123456789abcdef", length)
}

/// `length` letters and digits: generated passwords and Coolify's tokens.
pub(crate) fn password(length: usize) -> String {
    text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", length)
}

/// The present moment.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
