//! Values of `environment` into which Coolify looks by itself when it reads the file, and of which it
//! keeps variables in the file beside docker compose's (4.0.0-beta.473 to 4.3.11, `serviceParser`).

use covibe_domain::variables::{configures_compose, is_domain_variable};

use super::interpolation::{Fault, closing, name_length};

/// Whether Coolify keeps a variable of the value, or the value itself.
pub(crate) fn is_looked_into(value: &str) -> bool {
    value.contains('$') || value.contains("SERVICE_")
}

/// Whether Coolify keeps a variable under the name that the value has in the file.
pub(crate) fn keeps_name(name: &str, value: &str) -> bool {
    let is_own = || {
        let rest = value.strip_prefix("${").and_then(|inside| inside.strip_prefix(name));
        rest.is_some_and(|rest| rest.starts_with('}'))
    };
    value.trim_start_matches(['$', '{']).starts_with("SERVICE_") || is_own()
}

/// The value with each `$NAME` as `${NAME}`, which says the same: without braces Coolify takes all
/// that follows a first `$` for the name. What stands in braces stays as it is.
pub(crate) fn braced(value: &str) -> String {
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
            // A variable in braces, `$$`, or what is nothing to docker compose.
            let end = if length > 0 { length } else { after.len().min(1) };
            out.push('$');
            out.push_str(&after[..end]);
            rest = &after[end..];
        }
    }
    out + rest
}

/// What a text that begins with `{` has up to the brace that closes it.
fn inside(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('{')?;
    closing(inside).map(|end| &inside[..end])
}

/// Checks a value in which docker compose finds nothing wrong, so that few variables stand in each
/// other, and whose names are in braces.
pub(crate) fn check(value: &str) -> Result<(), Fault> {
    if !value.contains('$') {
        return Ok(());
    }
    let of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if value.split(|c| !of_name(c)).any(configures_compose) {
        return Err(Fault::Steers);
    }
    if claims(value) {
        return Err(Fault::ClaimsDomain);
    }
    let fits = value.strip_prefix('$').is_none_or(is_read_alike);
    fits.then_some(()).ok_or(Fault::Misread)
}

/// Whether a variable of the domains is given a value somewhere between braces: Coolify takes the
/// first brace in a value that begins with `$`, be it the variable's or not, and a `$$` hides nothing.
fn claims(value: &str) -> bool {
    let of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut rest = value.find('{').map_or("", |at| &value[at..]);
    while let Some(at) = rest.find(of_name) {
        let word = &rest[at..];
        let end = word.find(|c| !of_name(c)).unwrap_or(word.len());
        rest = &word[end..];
        if is_domain_variable(&word[..end]) && rest.trim_start().starts_with([':', '-', '?', '+']) {
            return true;
        }
    }
    false
}

/// Whether Coolify finds the variable that a value begins with as docker compose does: it knows no `+`,
/// and takes each brace in a default that has `${` for a variable's.
fn is_read_alike(after: &str) -> bool {
    let Some(inside) = inside(after) else { return false };
    let (name, operand) = inside.split_at(name_length(inside));
    let is_default = ["-", ":-", "?", ":?"].iter().any(|start| operand.starts_with(start));
    (operand.is_empty() || is_default && !name.is_empty())
        && (!operand.contains("${") || holds_variables_alone(operand))
}

/// Whether every brace in a default is a variable's, and each of those is read alike.
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
    fn names_get_braces() {
        for (value, said) in [
            ("$A", "${A}"),
            ("$HOST/path:$PORT", "${HOST}/path:${PORT}"),
            ("a $$B ${C:-$D} $E_1-x", "a $$B ${C:-$D} ${E_1}-x"),
            ("${A}$B{x}", "${A}${B}{x}"),
            ("$$$A", "$$${A}"),
            ("5 $", "5 $"),
        ] {
            assert_eq!(braced(value), said, "{value}");
        }
    }

    #[test]
    fn what_coolify_reads_otherwise_is_refused() {
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
            assert_eq!(check(value), Err(Fault::Misread), "{value}");
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
    fn words_are_found_wherever_coolify_looks() {
        assert_eq!(check("$${ COMPOSE_FILE:-/x}"), Err(Fault::Steers));
        for value in [
            "$${SERVICE_FQDN_WEB:-x}",
            "${A}{SERVICE_FQDN_WEB:-evil.com}",
            "${A:-${B}{ service_url_web -x}}",
        ] {
            assert_eq!(check(value), Err(Fault::ClaimsDomain), "{value}");
        }
        for value in ["COMPOSE_FILE", "${SERVICE_URL_WEB}/a-b", "${SERVICE_FQDN_WEB}:80"] {
            assert_eq!(check(value), Ok(()), "{value}");
        }
    }
}
