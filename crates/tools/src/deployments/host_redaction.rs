//! Removing what Coolify's own lines tell about the operator's host.

use std::sync::LazyLock;

use regex::Regex;

/// Replaces an address.
const HIDDEN: &str = "…";

/// Lines that end with the name of the server, by what is before it and what is after it.
static NAMED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    compile_pattern(&[
        r"^(?P<before>Starting (?:pull request \(#[0-9]+\) )?deployment of .+) to .+(?P<after>\.)$",
        r"^(?P<before>Restarting .+) on .+(?P<after>\.)$",
        r"^(?P<before>Docker [^ ]+ .+) on .+?(?P<after> does not support .+|\.)$",
        r"^(?P<before>Could not detect BuildKit capabilities) on .+?(?P<after>: .+)$",
        r"^(?P<before>Found a suitable build server) \(.+\)(?P<after>\.)$",
        r"^(?P<before>Skipping deployment) to .+?(?P<after>\. .+)$",
        r"^(?P<before>Deployment) to .+(?P<after>)$",
    ])
});

/// Addresses in messages of ssh.
static SSH: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    compile_pattern(&[
        r"(?P<before>connect to host )[^ ]+ port [0-9]+(?P<after>)",
        r"(?P<before>Could not resolve hostname )[^ :]+(?P<after>)",
        r"(?P<before>Connection (?:to|closed by|reset by|timed out with) )(?:remote host )?[^ ]+(?: port [0-9]+)?(?P<after>)",
        r"(?P<before>Permanently added ')[^']+(?P<after>')",
        r"(?P<before>^|[ '])[A-Za-z0-9_.-]+@[^ :]+(?P<after>: Permission denied)",
    ])
});

fn compile_pattern(patterns: &[&str]) -> Vec<Regex> {
    patterns.iter().filter_map(|pattern| Regex::new(pattern).ok()).collect()
}

/// Returns a line of Coolify's own without the server's name, address and port.
pub(super) fn without_host(line: &str) -> String {
    let named = NAMED.iter().find(|pattern| pattern.is_match(line));
    let line = named.map_or(line.into(), |pattern| pattern.replace(line, "${before}${after}"));
    let hidden = format!("${{before}}{HIDDEN}${{after}}");
    SSH.iter().fold(line.into_owned(), |line, pattern| {
        pattern.replace_all(&line, hidden.as_str()).into_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!((NAMED.len(), SSH.len()), (7, 5));
    }

    #[test]
    fn removes_host_names_and_addresses_from_log_lines() {
        for (line, expected) in [
            ("Starting deployment of site to prod-1.example.", "Starting deployment of site."),
            ("Restarting o/r:main on 10.0.0.4.", "Restarting o/r:main."),
            (
                "Docker 28.5 with BuildKit and Buildx detected on prod 1.",
                "Docker 28.5 with BuildKit and Buildx detected.",
            ),
            (
                "ssh: connect to host 10.0.0.4 port 2222: Connection refused",
                "ssh: connect to host …: Connection refused",
            ),
            (
                "ssh: Could not resolve hostname host.internal: Name or service not known",
                "ssh: Could not resolve hostname …: Name or service not known",
            ),
            ("root@10.0.0.4: Permission denied (publickey).", "…: Permission denied (publickey)."),
            ("Connection closed by 10.0.0.4 port 22", "Connection closed by …"),
            ("Rolling update started.", "Rolling update started."),
            ("Error: connect to localhost failed", "Error: connect to localhost failed"),
        ] {
            assert_eq!(without_host(line), expected);
        }
    }
}
