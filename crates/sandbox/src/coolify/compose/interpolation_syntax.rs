//! Docker Compose's check of variables in a file: it refuses a `$` that does not begin a variable.

use super::yaml_parser::Yaml;

/// Returns whether Docker Compose accepts every text of a file.
pub(super) fn is_accepted(file: &str) -> bool {
    Yaml::parse(file).is_some_and(|root| is_accepted_value(&root))
}

fn is_accepted_value(value: &Yaml) -> bool {
    value.text().is_none_or(is_interpolated)
        && value.items().iter().all(is_accepted_value)
        && value.members().iter().all(|(_, member)| is_accepted_value(member))
}

fn is_interpolated(text: &str) -> bool {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('$') {
        let name = after.strip_prefix('{').unwrap_or(after);
        let is_closed = !after.starts_with('{') || after.contains('}');
        let is_name = is_closed && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        rest = match after.strip_prefix('$') {
            Some(literal) => literal,
            None if is_name => name,
            None => return false,
        };
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dollar_is_accepted_only_before_a_variable_or_doubled() {
        for (text, is) in [
            ("plain", true),
            ("a$$1 ${B:-c} $D", true),
            ("pa$word", true),
            ("a$1b", false),
            ("a$", false),
            ("${1}", false),
            ("${A", false),
        ] {
            let file = format!("services: {{web: {{environment: {{A: '{text}'}}}}}}");
            assert_eq!(is_accepted(&file), is, "{text}");
        }
    }
}
