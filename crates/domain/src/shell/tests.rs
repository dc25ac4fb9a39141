//! The types accept exactly what the rules before them accepted.

use proptest::prelude::*;
use regex::Regex;

use super::*;

fn whole_text_regex(pattern: &str) -> Regex {
    Regex::new(&format!(r"\A(?:{pattern})\z")).unwrap()
}

/// The patterns against which the transport to Coolify holds its fields, with their limits.
mod transport {
    pub(super) const BRANCH: &str = "[A-Za-z0-9_][A-Za-z0-9_./-]*";
    pub(super) const COMMIT: &str = "HEAD|[0-9a-f]{7,64}";
    pub(super) const PATH: &str =
        r"(/([A-Za-z0-9_-][A-Za-z0-9_.-]*|\.[A-Za-z0-9_-][A-Za-z0-9_.-]*)?)*";
    pub(super) const COMMAND: &str = r"[ !#%&()*+,./0-9:;<=>?@A-Z\[\]^_a-z{|}~-]*";
    pub(super) const PORTS: &str = r"(([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])(,\b|\z)){1,10}";
}

/// The checks of the operations, as they were.
mod operations {
    pub(super) fn is_branch(text: &str) -> bool {
        text.len() <= 200 && text.starts_with(is_word) && text.chars().all(is_of_path)
    }

    pub(super) fn is_path(text: &str) -> bool {
        text.len() <= 200
            && text.starts_with('/')
            && text.chars().all(is_of_path)
            && text.split('/').all(|part| part != "." && !part.starts_with(".."))
    }

    pub(super) fn is_command(text: &str) -> bool {
        let plain = |c: char| matches!(c, ' '..='~') && !matches!(c, '"' | '\'' | '`' | '$' | '\\');
        text.len() <= 1000 && text.chars().all(plain)
    }

    pub(super) fn are_ports(text: &str) -> bool {
        let declared = super::whole_text_regex("[0-9]{1,5}(,[0-9]{1,5}){0,9}");
        let is_port = |port: &str| !port.starts_with('0') && port.parse::<u16>().is_ok();
        declared.is_match(text) && text.split(',').all(is_port)
    }

    pub(super) fn is_repository(name: &str) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        !(name.is_empty() || name.len() > 100 || !name.chars().all(plain) || name.starts_with('.'))
    }

    fn is_word(c: char) -> bool {
        c.is_ascii_alphanumeric() || c == '_'
    }

    fn is_of_path(c: char) -> bool {
        is_word(c) || matches!(c, '.' | '/' | '-')
    }
}

/// Texts near the border of what is accepted.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~]{0,40}",
        "[a-z0-9_./$'\"`\\\\-]{0,12}",
        "(/[a.]{0,3}){0,4}",
        "/?[a-zA-Z0-9_./-]{0,210}",
        "[0-9a-f]{5,66}",
        "(HEAD|head|HEAD~1)?[0-9a-fA-F]{0,8}",
        "(0?[0-9]{1,6},?){0,12}",
        "[1-9][0-9]{0,4}(,[1-9][0-9]{0,4}){0,11}",
        "[a-z &|;<>(){}]{990,1010}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn accepts_exactly_what_the_former_checks_accepted(text in text()) {
        let chars = text.chars().count();
        let sent = |max: usize, pattern: &str| chars <= max && whole_text_regex(pattern).is_match(&text);
        if CommitSha::is_whole(&text) {
            prop_assert!(!Branch::is_valid(&text));
        } else {
            prop_assert_eq!(Branch::is_valid(&text), operations::is_branch(&text));
            prop_assert_eq!(Branch::is_valid(&text), sent(200, transport::BRANCH));
        }
        prop_assert_eq!(CommitSha::is_valid(&text), sent(64, transport::COMMIT));
        prop_assert_eq!(BuildCommand::is_valid(&text), operations::is_command(&text));
        prop_assert_eq!(BuildCommand::is_valid(&text), sent(1000, transport::COMMAND));
        prop_assert_eq!(RepoPath::is_valid(&text), operations::is_path(&text));
        // The transport has always let the empty text and one more character pass.
        prop_assert_eq!(
            RepoPath::is_valid(&text),
            !text.is_empty() && chars <= 200 && sent(201, transport::PATH)
        );
        prop_assert_eq!(Ports::is_valid(&text), operations::are_ports(&text));
        prop_assert_eq!(Ports::is_valid(&text), sent(60, transport::PORTS));
        prop_assert_eq!(RepositoryName::is_valid(&text), operations::is_repository(&text));
    }

    #[test]
    fn the_patterns_match_exactly_what_the_checks_accept(text in text()) {
        let holds = |pattern: &str, max: usize| text.len() <= max && whole_text_regex(pattern).is_match(&text);
        for (valid, pattern, max) in [
            // The pattern cannot leave hashes out.
            (Branch::is_valid(&text) || CommitSha::is_whole(&text), Branch::PATTERN, Branch::MAX_LENGTH),
            (CommitSha::is_valid(&text), CommitSha::PATTERN, CommitSha::MAX_LENGTH),
            (BuildCommand::is_valid(&text), BuildCommand::PATTERN, BuildCommand::MAX_LENGTH),
            (RepoPath::is_valid(&text), RepoPath::PATTERN, RepoPath::MAX_LENGTH),
            (Ports::is_valid(&text), Ports::PATTERN, Ports::MAX_LENGTH),
            (RepositoryName::is_valid(&text), RepositoryName::PATTERN, RepositoryName::MAX_LENGTH),
            (VolumeName::is_valid(&text), VolumeName::PATTERN, VolumeName::MAX_LENGTH),
            (MountPath::is_valid(&text), MountPath::PATTERN, MountPath::MAX_LENGTH),
            (HealthPath::is_valid(&text), HealthPath::PATTERN, HealthPath::MAX_LENGTH),
        ] {
            prop_assert_eq!(valid, holds(pattern, max), "{}", pattern);
        }
    }
}

#[test]
fn rejects_build_commands_that_would_leave_their_quotes() {
    for bad in ["'", "\"", "`id`", "$(id)", "$HOME", "\\", "a\nb", "a\tb", "ä"] {
        assert!(bad.parse::<BuildCommand>().is_err(), "{bad}");
    }
    for good in ["", "npm ci && npm run build", "go build -o /out ./cmd/x; ls | wc -l"] {
        assert!(good.parse::<BuildCommand>().is_ok(), "{good}");
    }
}

#[test]
fn rejects_branches_that_look_like_commits() {
    for hash in ["0".repeat(40), "aB".repeat(20), "f".repeat(64)] {
        assert!(hash.parse::<Branch>().is_err(), "{hash}");
    }
    for name in ["f".repeat(39), format!("x{}", "0".repeat(40)), "g".repeat(40)] {
        assert!(name.parse::<Branch>().is_ok(), "{name}");
    }
}

#[test]
fn rejects_paths_that_leave_the_repository() {
    for bad in ["", "a", "/a/../b", "/..", "/./b", "/..b", "/a;b", "/$(id)"] {
        assert!(bad.parse::<RepoPath>().is_err(), "{bad}");
    }
    for good in ["/", "/a//b", "/.b", "/a..b/c", "/apps/web-1/Dockerfile.x"] {
        assert!(good.parse::<RepoPath>().is_ok(), "{good}");
    }
}

#[test]
fn rejects_volumes_that_are_mounted_on_the_root_or_above_it() {
    for bad in ["", "/", "data", "/data/", "/a//b", "/a/../b", "/..", "/.", "/a b", "/a:ro", "/$A"]
    {
        assert!(bad.parse::<MountPath>().is_err(), "{bad}");
    }
    for good in ["/data", "/var/lib/app-1", "/app/.cache", "/a..b"] {
        assert!(good.parse::<MountPath>().is_ok(), "{good}");
    }
    for bad in ["", "/etc", ".x", "-x", "a b", "a;b"] {
        assert!(bad.parse::<VolumeName>().is_err(), "{bad}");
    }
}

#[test]
fn rejects_health_paths_with_shell_syntax() {
    for bad in ["", "up", "/up;id", "/up?a=1&b=2", "/$(id)", "/a b", "/`id`"] {
        assert!(bad.parse::<HealthPath>().is_err(), "{bad}");
    }
    for good in ["/", "/up", "/api/v1/health-check", "/~me/index.html"] {
        assert!(good.parse::<HealthPath>().is_ok(), "{good}");
    }
}

#[test]
fn rejects_invalid_ports_and_those_above_65535() {
    for bad in ["0", "080", "65536", "99999", "80,0", "80,", "", "+80"] {
        assert!(bad.parse::<Ports>().is_err(), "{bad}");
    }
    let ports: Ports = "3000,80,65535".parse().unwrap();
    assert_eq!(ports.numbers().collect::<Vec<_>>(), [3000, 80, 65535]);
}

#[test]
fn deserialization_rejects_invalid_texts() {
    assert_eq!(serde_json::from_str::<Branch>("\"main\"").unwrap().as_str(), "main");
    let refused = serde_json::from_str::<Branch>("\"$(id)\"").unwrap_err().to_string();
    assert_eq!(refused, format!("not a valid Branch: expected {}", Branch::EXPECTED));
    assert_eq!(serde_json::to_string(&CommitSha::head()).unwrap(), "\"HEAD\"");
    assert!("HEAD".parse::<CommitSha>().unwrap().is_head());
}
