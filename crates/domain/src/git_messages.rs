//! The messages of the program git, which several of our programs start with a memory limit (`GIT_ALLOC_LIMIT`).

/// The beginning of the lines that the server sends.
const FROM_SERVER: &[u8] = b"remote: ";

/// The words with which git refuses to allocate more memory at once than its limit allows.
const OVER_LIMIT: &[u8] = b"attempting to allocate";

/// Returns whether git's messages say that something needs more memory at once than git's own limit allows. Messages of
/// the server are about the server's limit.
pub fn exceeds_memory_limit(messages: &[u8]) -> bool {
    let mut lines = messages.split(|byte| matches!(byte, b'\n' | b'\r'));
    lines.any(|line| {
        !line.starts_with(FROM_SERVER)
            && line.windows(OVER_LIMIT.len()).any(|words| words == OVER_LIMIT)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_messages_about_the_limit_of_our_own_git_are_recognised() {
        for over in [
            "fatal: attempting to allocate 9 over limit 8",
            "x\rerror: attempting to allocate 9",
            "remote: x\nfatal: attempting to allocate 9\n",
        ] {
            assert!(exceeds_memory_limit(over.as_bytes()), "{over}");
        }
        for other in [
            "",
            "fatal: x",
            "remote: fatal: attempting to allocate 9 over limit 8",
            "x\rremote: fatal: attempting to allocate 9",
        ] {
            assert!(!exceeds_memory_limit(other.as_bytes()), "{other}");
        }
    }
}
