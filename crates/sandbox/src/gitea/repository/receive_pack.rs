//! The changes of a push by git.

use super::bare_repository::{BareRepository, NO_COMMIT};

impl BareRepository {
    /// Reports the branches that a request of `git-receive-pack` has moved to the listener.
    pub(super) fn report_pushed_branches(&self, request: &[u8]) {
        for [old, new, reference] in commands(request) {
            let Some(branch) = reference.strip_prefix("refs/heads/") else { continue };
            if self.branch(branch).as_ref() == Some(&new) {
                self.notify_listener(branch, (old != NO_COMMIT).then_some(old.as_str()), &new);
            }
        }
    }
}

/// Returns the commands of a push: the old and the new commit, and the reference. Each is a line with its
/// length before it, the first with git's capabilities behind a NUL.
fn commands(request: &[u8]) -> Vec<[String; 3]> {
    let (mut rest, mut commands) = (request, Vec::new());
    while let Some((length, after)) = rest.split_at_checked(4) {
        let length =
            std::str::from_utf8(length).ok().and_then(|it| usize::from_str_radix(it, 16).ok());
        let line = length.and_then(|length| length.checked_sub(4));
        let Some((line, next)) = line.and_then(|length| after.split_at_checked(length)) else {
            break;
        };
        let text =
            String::from_utf8_lossy(line.split(|byte| *byte == 0).next().unwrap_or_default());
        let mut words = text.trim_end().splitn(3, ' ').map(str::to_owned);
        if let (Some(old), Some(new), Some(reference)) = (words.next(), words.next(), words.next())
        {
            commands.push([old, new, reference]);
        }
        rest = next;
    }
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn push_commands_are_parsed_up_to_the_pack() {
        let request = b"001da b refs/heads/x\0 report\n0015a c refs/heads/y\n0000PACK0000";
        let found = commands(request);
        assert_eq!(found, [["a", "b", "refs/heads/x"], ["a", "c", "refs/heads/y"]]);
        assert!(commands(b"0000").is_empty() && commands(b"").is_empty());
        assert!(commands(b"ffffx").is_empty() && commands(b"zzzz").is_empty());
    }
}
