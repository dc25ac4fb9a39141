//! The meaning of OpenSSH's messages (seen with 9.2). Their text goes no further.

use crate::error::Trouble;

/// Messages, and their meaning; the first that is found counts.
const MESSAGES: [(&str, Trouble); 14] = [
    ("REMOTE HOST IDENTIFICATION HAS CHANGED", Trouble::HostKeyChanged),
    ("host key is known for", Trouble::HostKeyUnknown),
    ("Host key verification failed", Trouble::HostKeyChanged),
    ("no matching host key type", Trouble::HostKeyUnknown),
    ("Permission denied", Trouble::KeyRefused),
    ("Too many authentication failures", Trouble::KeyRefused),
    ("Connection timed out during banner exchange", Trouble::Frozen),
    ("Could not resolve hostname", Trouble::Unreachable),
    ("Connection refused", Trouble::Unreachable),
    ("Connection timed out", Trouble::Unreachable),
    ("No route to host", Trouble::Unreachable),
    ("Network is unreachable", Trouble::Unreachable),
    ("Connection closed by", Trouble::Unreachable),
    ("Connection reset by", Trouble::Unreachable),
];

/// Returns the reason why `ssh` could not connect.
pub(super) fn trouble(log: &str) -> Trouble {
    let found = MESSAGES.iter().find(|(message, _)| log.contains(message));
    found.map_or(Trouble::Ssh, |(_, trouble)| *trouble)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openssh_messages_are_classified_by_cause() {
        let unknown = "No ED25519 host key is known for [127.0.0.1]:22 and you have requested strict \
                       checking.\r\nHost key verification failed.\r\n";
        assert_eq!(trouble(unknown), Trouble::HostKeyUnknown);
        let changed =
            "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\r\nHost key verification failed.";
        assert_eq!(trouble(changed), Trouble::HostKeyChanged);
        assert_eq!(trouble("a@b: Permission denied (publickey)."), Trouble::KeyRefused);
        let refused = "ssh: connect to host 127.0.0.1 port 1: Connection refused";
        assert_eq!(trouble(refused), Trouble::Unreachable);
        assert_eq!(trouble(""), Trouble::Ssh);
    }
}
