//! The variables that the build of an application may get.
//!
//! Coolify writes them into a file that bash sources in the helper container, which has the host's
//! Docker socket, right before `docker build` runs there (4.0.0-beta.473 and 4.3.11,
//! `ApplicationDeploymentJob::wrap_build_command_with_env_export`). Bash acts on some names, Docker and
//! its child processes on others, and bash expands `${…}` in a value between double quotes: as root on
//! the host. The running container may have all of these variables.

/// Prefixes of variables of bash, the dynamic loader, Docker and its plugins, and Git, which they run.
const PREFIXES: [&str; 15] = [
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

/// Other names: all in the manual of bash 5.3, those that the C library reads (ld.so(8), locale(7)), and
/// those that Go programs read for their connections.
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

/// Returns whether a build may get a variable that [`crate::app_variable`] accepts. The build's file has a literal or
/// multi-line value (`as_is`) between single quotes.
pub fn build_variable(key: &str, value: &str, as_is: bool) -> bool {
    !is_of_host(key) && (as_is || has_plain_references(value))
}

/// Returns whether a program on the host may act on a variable of this name.
fn is_of_host(key: &str) -> bool {
    let key = key.to_ascii_uppercase();
    NAMES.contains(&key.as_str()) || PREFIXES.iter().any(|start| key.starts_with(start))
}

/// Returns whether each `$` starts `$NAME` or `${NAME}`, and there is no backtick.
fn has_plain_references(value: &str) -> bool {
    !value.contains('`') && value.split('$').skip(1).all(is_reference)
}

/// Returns whether the text after a `$` makes it a plain reference.
fn is_reference(after: &str) -> bool {
    let (inside, is_braced) = after.strip_prefix('{').map_or((after, false), |rest| (rest, true));
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let rest = inside.trim_start_matches(is_of_name);
    let is_name = rest.len() < inside.len() && !inside.starts_with(|c: char| c.is_ascii_digit());
    is_name && (!is_braced || rest.starts_with('}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_ordinary_variables() {
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
        assert!(build_variable("A", "$(id) `id` ${A@P}", true), "single quotes prevent expansion");
    }

    #[test]
    fn rejects_variables_that_act_on_the_host() {
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
