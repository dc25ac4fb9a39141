//! Variables as Docker Compose reads them when it starts the services.

use covibe_domain::interpreted_variables::{
    configures_compose, configures_loader, is_domain_variable,
};

use super::variable_error::InvalidVariable;

/// The maximum depth of variables in defaults of variables.
pub(super) const DEEPEST: usize = 8;

/// Variables that a shell sets or acts on.
const SHELL: [&str; 11] =
    ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "SHLVL", "PWD", "OLDPWD", "MAIL", "BASH_ENV", "_"];

/// Prefixes of variables of a session on the host, and of those that configure programs there.
const SESSION: [&str; 7] = ["SSH_", "BUILDKIT_", "BUILDX_", "XDG_", "SUDO_", "DBUS_", "BASH_FUNC_"];

/// The proxy settings of the host, perhaps with a password. Programs read both cases.
const PROXIES: [&str; 5] = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY"];

/// Returns whether the shell in which Docker Compose runs sets a variable of this name, or acts on
/// it. Docker Compose prefers the shell's variables to the app's.
pub fn belongs_to_shell(name: &str) -> bool {
    SHELL.contains(&name)
        || configures_loader(name)
        || SESSION.iter().any(|start| name.starts_with(start))
        || PROXIES.iter().any(|proxy| proxy.eq_ignore_ascii_case(name))
}

/// Checks the variables of a text: well formed at any depth, and not reserved for the host.
pub(crate) fn check(text: &str) -> Result<(), InvalidVariable> {
    with_defaults(text).map(|_| ())
}

/// Returns the text with each variable replaced by its default, or by `x` if it has none.
pub(crate) fn with_defaults(text: &str) -> Result<String, InvalidVariable> {
    fill(text, DEEPEST)
}

fn fill(text: &str, depth: usize) -> Result<String, InvalidVariable> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(inside) = rest.strip_prefix('{') {
            let end = closing_brace(inside).ok_or(InvalidVariable::Malformed)?;
            out.push_str(&evaluate_braced(&inside[..end], depth)?);
            rest = &inside[end + 1..];
        } else {
            let (name, after) = rest.split_at(name_length(rest));
            check_name(name)?;
            out.push('x');
            rest = after;
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// Evaluates the inside of `${…}`: a name, and perhaps an operator and a text with variables.
fn evaluate_braced(inside: &str, depth: usize) -> Result<String, InvalidVariable> {
    let (name, rest) = inside.split_at(name_length(inside));
    check_name(name)?;
    if rest.is_empty() {
        return Ok("x".to_owned());
    }
    if is_domain_variable(name) {
        return Err(InvalidVariable::OfDomains);
    }
    let operators = [":-", ":?", ":+", "-", "?", "+"];
    let operand = operators.iter().find_map(|operator| rest.strip_prefix(operator));
    let depth = depth.checked_sub(1).ok_or(InvalidVariable::Malformed)?;
    let operand = fill(operand.ok_or(InvalidVariable::Malformed)?, depth)?;
    Ok(if operand.is_empty() { "x".to_owned() } else { operand })
}

fn check_name(name: &str) -> Result<(), InvalidVariable> {
    if name.is_empty() {
        return Err(InvalidVariable::Malformed);
    }
    if configures_compose(name) || belongs_to_shell(name) {
        Err(InvalidVariable::OfHost)
    } else {
        Ok(())
    }
}

/// Returns the length of the variable name at the start of the text, in bytes.
pub(crate) fn name_length(text: &str) -> usize {
    let is_of_name = |(at, b): &(usize, u8)| {
        b.is_ascii_alphabetic() || *b == b'_' || (*at > 0 && b.is_ascii_digit())
    };
    text.bytes().enumerate().take_while(is_of_name).count()
}

/// Returns the position at which the brace that is open before the text closes. All other braces
/// count, too
/// (Coolify 4.3.11, `extractBalancedBraceContent`; compose-go since 2.0,
/// `getFirstBraceClosingIndex`).
pub(super) fn closing_brace(text: &str) -> Option<usize> {
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
    fn fills_in_defaults_of_variables_and_rejects_malformed_ones() {
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
            assert_eq!(check(bad), Err(InvalidVariable::Malformed), "{bad}");
        }
    }

    #[test]
    fn rejects_variables_of_the_host_at_any_depth() {
        for bad in [
            "$COMPOSE_FILE",
            "${A:-${DOCKER_HOST}}",
            "${compose_profiles}",
            "$PATH",
            "$LD_PRELOAD",
            "$https_proxy",
        ] {
            assert_eq!(check(bad), Err(InvalidVariable::OfHost), "{bad}");
        }
        assert!(check("${DOCKER_INFLUXDB_INIT_MODE} $LD_SDK_KEY").is_ok());
        assert_eq!(check("${SERVICE_URL_WEB:-x}"), Err(InvalidVariable::OfDomains));
        assert!(check("${SERVICE_URL_WEB}/a").is_ok());
    }
}
