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
pub const VARIABLES: [(&str, &str); 10] = [
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
