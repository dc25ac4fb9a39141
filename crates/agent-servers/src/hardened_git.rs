//! Git that neither a repository's configuration nor that of the user and the system makes run or reach anything else.
//!
//! The tool that pushes and the runner of agents start it with these, and allow by `GIT_ALLOW_PROTOCOL` what a command needs.

/// The settings that win over those of a repository.
pub const SETTINGS: [&str; 26] = [
    "commit.gpgSign=false",
    "core.askPass=/bin/false",
    "core.attributesFile=/dev/null",
    "core.editor=false",
    "core.excludesFile=/dev/null",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.sshCommand=false",
    "core.untrackedCache=keep",
    "credential.helper=",
    "diff.ignoreSubmodules=all",
    "gc.auto=0",
    "http.emptyAuth=false",
    "http.extraHeader=",
    "http.followRedirects=false",
    "http.proxy=",
    "http.sslVerify=true",
    "log.showSignature=false",
    "maintenance.auto=false",
    "protocol.allow=never",
    "push.followTags=false",
    "push.gpgSign=false",
    "push.negotiate=false",
    "push.recurseSubmodules=no",
    "submodule.recurse=false",
];

/// The variables that a command gets, and no others of the process that starts it.
///
/// Git stores a file of up to 512 MiB as a difference to another one, which it then reads as a whole, and reads larger
/// ones in parts. So only what no git writes by itself needs more than the limit at once, such as a commit message of
/// gigabytes, and what has more than 16 million objects. `covibe_domain::git_messages` recognises that.
pub const VARIABLES: [(&str, &str); 11] = [
    ("GIT_ALLOC_LIMIT", "1g"),
    ("GIT_ASKPASS", "/bin/false"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_EDITOR", "false"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("LC_ALL", "C"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_gets_a_memory_limit() {
        assert!(VARIABLES.contains(&("GIT_ALLOC_LIMIT", "1g")));
    }
}
