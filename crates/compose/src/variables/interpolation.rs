//! `$` in a value: docker compose puts variables in when it starts the services.

use covibe_domain::variables::{configures_compose, configures_loader, is_domain_variable};

use crate::report::{Place, Report};

/// What is wrong with a text's variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A `$` begins no variable.
    Malformed,
    /// A variable steers docker compose or is the host's own.
    Steers,
    /// A variable that Coolify sets from the domains is given another value.
    ClaimsDomain,
    /// Coolify would make another variable of it than docker compose, or fail.
    Misread,
}

impl Fault {
    pub(crate) fn report(self, report: &mut Report, place: &Place) {
        match self {
            Self::Malformed => {
                let fix = Some("Write $$ for the character itself.");
                report.reject(place, "a $ begins no variable", fix);
            }
            Self::Steers => {
                let fix = Some("Use a variable of another name.");
                report.forbid(place, "it names a variable that steers the host", fix);
            }
            Self::ClaimsDomain => {
                let fix = Some("Refer to it without a default, like ${SERVICE_URL_WEB}.");
                report.forbid(place, "it gives a value to a variable of the domains", fix);
            }
            Self::Misread => {
                let fix = "Set the value with apps.envs.upsert, and refer to it here as ${NAME}.";
                report.reject(place, "Coolify misreads such a value that begins with $", Some(fix));
            }
        }
    }
}

/// How many variables may stand in each other's defaults.
const DEEPEST: usize = 8;

/// What a shell has or goes by.
const SHELL: [&str; 11] =
    ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "SHLVL", "PWD", "OLDPWD", "MAIL", "BASH_ENV", "_"];

/// How names begin that belong to a session on the host, or by which programs there are steered.
const SESSION: [&str; 7] = ["SSH_", "BUILDKIT_", "BUILDX_", "XDG_", "SUDO_", "DBUS_", "BASH_FUNC_"];

/// Which proxy the host goes through: with a password of its own, perhaps. Programs take both cases.
const PROXIES: [&str; 5] = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY"];

/// Whether the shell in which docker compose runs has a variable of this name, or would act on it.
/// Docker compose prefers the shell's variables to those of the app.
pub(crate) fn of_shell(name: &str) -> bool {
    SHELL.contains(&name)
        || configures_loader(name)
        || SESSION.iter().any(|start| name.starts_with(start))
        || PROXIES.iter().any(|proxy| proxy.eq_ignore_ascii_case(name))
}

/// Checks a text's variables: well formed, nested ones too, and none that steers.
pub(crate) fn check(text: &str) -> Result<(), Fault> {
    with_defaults(text).map(|_| ())
}

/// The text with each variable replaced by its default, or by `x` where it has none.
pub(crate) fn with_defaults(text: &str) -> Result<String, Fault> {
    filled(text, DEEPEST)
}

fn filled(text: &str, depth: usize) -> Result<String, Fault> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(inside) = rest.strip_prefix('{') {
            let end = closing(inside).ok_or(Fault::Malformed)?;
            out.push_str(&braced(&inside[..end], depth)?);
            rest = &inside[end + 1..];
        } else {
            let (name, after) = rest.split_at(name_length(rest));
            named(name)?;
            out.push('x');
            rest = after;
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// The inside of `${…}`: a name, and perhaps an operator and a text that may hold variables too.
fn braced(inside: &str, depth: usize) -> Result<String, Fault> {
    let (name, rest) = inside.split_at(name_length(inside));
    named(name)?;
    if rest.is_empty() {
        return Ok("x".to_owned());
    }
    if is_domain_variable(name) {
        return Err(Fault::ClaimsDomain);
    }
    let operators = [":-", ":?", ":+", "-", "?", "+"];
    let operand = operators.iter().find_map(|operator| rest.strip_prefix(operator));
    let depth = depth.checked_sub(1).ok_or(Fault::Malformed)?;
    let operand = filled(operand.ok_or(Fault::Malformed)?, depth)?;
    Ok(if operand.is_empty() { "x".to_owned() } else { operand })
}

fn named(name: &str) -> Result<(), Fault> {
    if name.is_empty() {
        return Err(Fault::Malformed);
    }
    if configures_compose(name) || of_shell(name) { Err(Fault::Steers) } else { Ok(()) }
}

/// How many bytes of a variable's name the text begins with.
pub(crate) fn name_length(text: &str) -> usize {
    let of_name = |(at, b): &(usize, u8)| {
        b.is_ascii_alphabetic() || *b == b'_' || (*at > 0 && b.is_ascii_digit())
    };
    text.bytes().enumerate().take_while(of_name).count()
}

/// Where the brace that is open before the text is closed. Each other brace counts, a variable's or not
/// (Coolify 4.3.11, `extractBalancedBraceContent`; compose-go since 2.0, `getFirstBraceClosingIndex`).
pub(crate) fn closing(text: &str) -> Option<usize> {
    let mut open = 1_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_in_every_form() {
        for (text, filled) in [
            ("a", "a"),
            ("$A-b", "x-b"),
            ("${A}", "x"),
            ("${A:-b}/${C-d}", "b/d"),
            ("${A:-${B:-c}}", "c"),
            ("${A:?say}", "say"),
            ("$$A {\"a\": \"}\"}", "$A {\"a\": \"}\"}"),
            ("${A:-{\"a\":{}}}-", "{\"a\":{}}-"),
        ] {
            assert_eq!(with_defaults(text).as_deref(), Ok(filled), "{text}");
        }
        for bad in [
            "$",
            "$1",
            "${",
            "${}",
            "${A",
            "${A b}",
            "${A:-$}",
            "${A:-{}",
            "a$ b",
            "${A\n:-b}",
            "$(id)",
        ] {
            assert_eq!(check(bad), Err(Fault::Malformed), "{bad}");
        }
    }

    #[test]
    fn what_steers_is_refused_at_any_depth() {
        for bad in [
            "$COMPOSE_FILE",
            "${A:-${DOCKER_HOST}}",
            "${compose_profiles}",
            "$PATH",
            "$LD_PRELOAD",
            "$https_proxy",
        ] {
            assert_eq!(check(bad), Err(Fault::Steers), "{bad}");
        }
        assert!(check("${DOCKER_INFLUXDB_INIT_MODE} $LD_SDK_KEY").is_ok());
        assert_eq!(check("${SERVICE_URL_WEB:-x}"), Err(Fault::ClaimsDomain));
        assert!(check("${SERVICE_URL_WEB}/a").is_ok());
    }
}
