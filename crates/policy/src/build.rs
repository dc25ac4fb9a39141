//! Which of an application's variables its build is given.
//!
//! Coolify writes them into a file and lets bash source it, in the helper container that holds the
//! host's docker socket, right before it runs `docker build` there (4.0.0-beta.473 and 4.3.11,
//! `ApplicationDeploymentJob::wrap_build_command_with_env_export`). Bash acts on some names itself,
//! docker and what it runs on others, and in a value between double quotes bash would run what
//! stands in `${…}`: as root on the host. The running container may have all of these.

/// Names by their beginnings: of bash, the dynamic loader, docker and its plugins, and git, which
/// those run.
const BEGINNINGS: [&str; 15] = [
    "BASH",
    "BUILDKIT_",
    "BUILDX_",
    "COMPOSE_",
    "COMP_",
    "DOCKER_",
    "EXPERIMENTAL_",
    "GIT_",
    "LD_",
    "MALLOC_",
    "OTEL_",
    "PROMPT_",
    "READLINE_",
    "SSH_",
    "XDG_",
];

/// The other names: all that the manual of bash 5.3 lists, what the C library reads (ld.so(8),
/// locale(7)), and what programs in Go read for their connections.
const NAMES: &[&str] = &[
    "ALL_PROXY",
    "CDPATH",
    "CHILD_MAX",
    "COLUMNS",
    "COMPREPLY",
    "COPROC",
    "DIRSTACK",
    "EDITOR",
    "EMACS",
    "ENV",
    "EPOCHREALTIME",
    "EPOCHSECONDS",
    "EUID",
    "EXECIGNORE",
    "FCEDIT",
    "FIGNORE",
    "FTP_PROXY",
    "FUNCNAME",
    "FUNCNEST",
    "GCONV_PATH",
    "GETCONF_DIR",
    "GLIBC_TUNABLES",
    "GLOBIGNORE",
    "GLOBSORT",
    "GODEBUG",
    "GROUPS",
    "HISTCMD",
    "HISTCONTROL",
    "HISTFILE",
    "HISTFILESIZE",
    "HISTIGNORE",
    "HISTSIZE",
    "HISTTIMEFORMAT",
    "HOME",
    "HOSTALIASES",
    "HOSTFILE",
    "HOSTNAME",
    "HOSTTYPE",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "IFS",
    "IGNOREEOF",
    "INPUTRC",
    "INSIDE_EMACS",
    "LINENO",
    "LINES",
    "LOCALDOMAIN",
    "LOCPATH",
    "LOGNAME",
    "MACHTYPE",
    "MAIL",
    "MAILCHECK",
    "MAILPATH",
    "MAPFILE",
    "MUSL_LOCPATH",
    "NLSPATH",
    "NO_PROXY",
    "OLDPWD",
    "OPTARG",
    "OPTERR",
    "OPTIND",
    "OSTYPE",
    "PAGER",
    "PATH",
    "PIPESTATUS",
    "POSIXLY_CORRECT",
    "PPID",
    "PS0",
    "PS1",
    "PS2",
    "PS3",
    "PS4",
    "PWD",
    "RANDOM",
    "REPLY",
    "RES_OPTIONS",
    "SECONDS",
    "SHELL",
    "SHELLOPTS",
    "SHLVL",
    "SRANDOM",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TERMCAP",
    "TERMINFO",
    "TEXTDOMAIN",
    "TEXTDOMAINDIR",
    "TIMEFORMAT",
    "TMOUT",
    "TMPDIR",
    "TZDIR",
    "UID",
    "USER",
    "VISUAL",
];

/// Whether an application's build may be given a variable that passed [`crate::app_variable`]; one
/// that is `as_is`, literal or of several lines, stands between single quotes there.
pub fn build_variable(key: &str, value: &str, as_is: bool) -> bool {
    !is_of_host(key) && (as_is || has_plain_references(value))
}

/// Whether a program of the host may act on a variable of this name.
fn is_of_host(key: &str) -> bool {
    let key = key.to_ascii_uppercase();
    NAMES.contains(&key.as_str()) || BEGINNINGS.iter().any(|start| key.starts_with(start))
}

/// Whether each `$` begins `$NAME` or `${NAME}`, and no backtick is there.
fn has_plain_references(value: &str) -> bool {
    !value.contains('`') && value.split('$').skip(1).all(is_reference)
}

/// Whether what follows a `$` makes it a plain reference.
fn is_reference(after: &str) -> bool {
    let (inside, is_braced) = after.strip_prefix('{').map_or((after, false), |rest| (rest, true));
    let of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let rest = inside.trim_start_matches(of_name);
    let is_name = rest.len() < inside.len() && !inside.starts_with(|c: char| c.is_ascii_digit());
    is_name && (!is_braced || rest.starts_with('}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_gets_what_it_needs() {
        for (key, value) in [
            ("NODE_ENV", "production"),
            ("VITE_URL", "$COOLIFY_URL/api"),
            ("VITE_URL", "${COOLIFY_URL}:80, it's \"so\" \\ #1"),
            ("NODE_OPTIONS", "--max-old-space-size=4096"),
            ("MAIL_HOST", "mx"),
            ("LANG", "C.UTF-8"),
            ("PORT", "3000"),
        ] {
            assert!(build_variable(key, value, false), "{key}={value}");
        }
        assert!(build_variable("A", "$(id) `id` ${A@P}", true), "it stands between single quotes");
    }

    #[test]
    fn nothing_that_a_program_of_the_host_acts_on() {
        for key in ["PATH", "HOME", "LD_PRELOAD", "GIT_SSH_COMMAND", "BASH_ENV", "RANDOM", "path"] {
            assert!(!build_variable(key, "x", true), "{key}");
        }
        for value in [
            "${A@P}",
            "${x:-$(id)}",
            "$(id)",
            "$[1]",
            "`id`",
            "${A[B]}",
            "${A:B}",
            "${!A}",
            "${A",
            "$",
            "$$",
            "$1",
            "${1}",
            "${}",
            "a$",
            "${A }",
            "$'x'",
            "$é",
        ] {
            assert!(!build_variable("A", value, false), "{value}");
        }
    }
}
