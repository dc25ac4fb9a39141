//! Variables as Coolify reads them in values of `environment`, and stores them in the file of
//! variables beside the compose file (4.0.0-beta.473 to 4.3.11, `serviceParser`).

use covibe_domain::interpreted_variables::{configures_compose, is_domain_variable};

use super::docker_compose_interpolation::{closing_brace, name_length};
use super::variable_error::InvalidVariable;

/// Returns whether Coolify may store a variable of the value, or the value itself.
pub(crate) fn is_parsed(value: &str) -> bool {
    value.contains('$') || value.contains("SERVICE_")
}

/// Returns whether Coolify stores a variable under the name that the value has in the file.
pub(crate) fn stores_name(name: &str, value: &str) -> bool {
    let is_own = || {
        let rest = value.strip_prefix("${").and_then(|inside| inside.strip_prefix(name));
        rest.is_some_and(|rest| rest.starts_with('}'))
    };
    value.trim_start_matches(['$', '{']).starts_with("SERVICE_") || is_own()
}

/// Returns the value with each `$NAME` as `${NAME}`, which means the same: without braces Coolify
/// reads everything after a first `$` as the name. Text in braces stays as it is.
pub(crate) fn with_braces(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some(at) = rest.find('$') {
        let after = &rest[at + 1..];
        let (name, length) =
            (name_length(after), inside(after).map_or(0, |inside| inside.len() + 2));
        out.push_str(&rest[..at]);
        if name > 0 {
            out.extend(["${", &after[..name], "}"]);
            rest = &after[name..];
        } else {
            // A variable in braces, `$$`, or a $ without meaning to Docker Compose.
            let end = if length > 0 { length } else { after.len().min(1) };
            out.push('$');
            out.push_str(&after[..end]);
            rest = &after[end..];
        }
    }
    out + rest
}

/// Returns the inside of the braces at the start of a text.
fn inside(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('{')?;
    closing_brace(inside).map(|end| &inside[..end])
}

/// Checks a value that [`super::docker_compose_interpolation::check`] accepts and whose names are in braces. That
/// check limits the depth.
pub(crate) fn check(value: &str) -> Result<(), InvalidVariable> {
    if !value.contains('$') {
        return Ok(());
    }
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if value.split(|c| !is_of_name(c)).any(configures_compose) {
        return Err(InvalidVariable::OfHost);
    }
    if sets_domain(value) {
        return Err(InvalidVariable::OfDomains);
    }
    let fits = value.strip_prefix('$').is_none_or(is_read_alike);
    fits.then_some(()).ok_or(InvalidVariable::Misread)
}

/// Returns whether a variable of the domains gets a value anywhere in braces: in a value that
/// starts with `$`, Coolify takes the first brace, the variable's or not, and ignores that `$$` is
/// an escape.
fn sets_domain(value: &str) -> bool {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut rest = value.find('{').map_or("", |at| &value[at..]);
    while let Some(at) = rest.find(is_of_name) {
        let word = &rest[at..];
        let end = word.find(|c| !is_of_name(c)).unwrap_or(word.len());
        rest = &word[end..];
        if is_domain_variable(&word[..end]) && rest.trim_start().starts_with([':', '-', '?', '+']) {
            return true;
        }
    }
    false
}

/// Returns whether Coolify and Docker Compose find the same variable at the start of a value:
/// Coolify has no `+`, and takes each brace in a default that contains `${` for a variable's.
fn is_read_alike(after: &str) -> bool {
    let Some(inside) = inside(after) else { return false };
    let (name, operand) = inside.split_at(name_length(inside));
    let is_default = ["-", ":-", "?", ":?"].iter().any(|start| operand.starts_with(start));
    (operand.is_empty() || is_default && !name.is_empty())
        && (!operand.contains("${") || holds_variables_alone(operand))
}

/// Returns whether every brace in a default belongs to a variable that both read alike.
fn holds_variables_alone(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        let is_variable = before.ends_with('$') && !before.ends_with("$$");
        let Some(inside) = inside(from).filter(|_| is_variable && is_read_alike(from)) else {
            return false;
        };
        rest = &from[inside.len() + 2..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_braces_puts_the_names_of_variables_into_braces() {
        for (value, said) in [
            ("$A", "${A}"),
            ("$HOST/path:$PORT", "${HOST}/path:${PORT}"),
            ("a $$B ${C:-$D} $E_1-x", "a $$B ${C:-$D} ${E_1}-x"),
            ("${A}$B{x}", "${A}${B}{x}"),
            ("$$$A", "$$${A}"),
            ("5 $", "5 $"),
        ] {
            assert_eq!(with_braces(value), said, "{value}");
        }
    }

    #[test]
    fn rejects_values_that_coolify_misreads() {
        for value in [
            "$$2y$$10$$abc",
            "$${A}",
            "${A:+x}",
            "${A+x}",
            "${A:-${B:+x}}",
            "${A:-{} ${B}}",
            "${A:-{\"a\": \"${B}\"}}",
            "${A:-${B}$${C}}",
        ] {
            assert_eq!(check(value), Err(InvalidVariable::Misread), "{value}");
        }
        for value in [
            "${A}/x",
            "${A}{b}",
            "${A:-{}}",
            "${A:-{\"a\":1}}",
            "${A:-${B:-c}/${D}}",
            "${A:-${B:-{}}}",
            "${A:?say why}",
            "x${A:+y}",
            "5 $$",
            "{{.A}}",
        ] {
            assert_eq!(check(value), Ok(()), "{value}");
        }
    }

    #[test]
    fn rejects_variables_of_domains_and_compose_wherever_coolify_looks() {
        assert_eq!(check("$${ COMPOSE_FILE:-/x}"), Err(InvalidVariable::OfHost));
        for value in [
            "$${SERVICE_FQDN_WEB:-x}",
            "${A}{SERVICE_FQDN_WEB:-evil.com}",
            "${A:-${B}{ service_url_web -x}}",
        ] {
            assert_eq!(check(value), Err(InvalidVariable::OfDomains), "{value}");
        }
        for value in ["COMPOSE_FILE", "${SERVICE_URL_WEB}/a-b", "${SERVICE_FQDN_WEB}:80"] {
            assert_eq!(check(value), Ok(()), "{value}");
        }
    }
}
