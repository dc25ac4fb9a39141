//! Crates that must not be in the lock file, not even as indirect dependencies.

use super::workspace::{Finding, Workspace};

/// Each needs a C library or a build tool that the README does not name; `deny.toml` has the same
/// list.
const FORBIDDEN: [&str; 4] = ["aws-lc-sys", "native-tls", "openssl-sys", "pq-sys"];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let Some(lock) = workspace.file("Cargo.lock") else {
        return vec![Finding::new("Cargo.lock", 1, "commit the lock file")];
    };
    let named = lock.lines().filter_map(|(number, line)| {
        let name = line.strip_prefix("name = \"")?.strip_suffix('"')?;
        FORBIDDEN.contains(&name).then_some((number, name))
    });
    let finding = |(number, name)| {
        let message =
            format!("`cargo tree -i {name}` shows what depends on {name}: turn that feature off");
        Finding::new(&lock.path, number, message)
    };
    named.map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_forbidden_crates_by_their_whole_name() {
        let lock = "[[package]]\nname = \"openssl-sys\"\n\n[[package]]\nname = \"pq-sys-not\"\n";
        let findings = check(&Workspace::of_files(&[("Cargo.lock", lock)]));
        assert_eq!(findings.iter().map(|finding| finding.line).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn deny_toml_contains_every_forbidden_crate() {
        let deny = include_str!("../../../deny.toml");
        for name in FORBIDDEN {
            assert!(deny.contains(&format!("crate = \"{name}\"")), "{name}");
        }
    }

    #[test]
    fn reports_a_missing_lock_file() {
        assert_eq!(check(&Workspace::default()).len(), 1);
    }
}
