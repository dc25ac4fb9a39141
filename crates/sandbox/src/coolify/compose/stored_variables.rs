//! The variables that Coolify stores for an entry of a service's environment: its `serviceParser`, line by line
//! (unchanged from 4.0.0-beta.473 to 4.3.10).
//!
//! The tests of the compose policy include this file, to check what the policy lets through.

/// A variable that Coolify stores.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StoredVariable {
    /// The key, which need not be a valid one.
    pub(crate) key: String,
    /// The value that the file gives.
    pub(crate) value: Option<String>,
    /// True if it replaces a variable of the same key.
    pub(crate) replaces: bool,
    /// True if Coolify writes its stored value into the service's environment, in place of the file's value for the
    /// same key.
    pub(crate) is_written: bool,
}

impl StoredVariable {
    fn new(key: &str, value: Option<&str>) -> Self {
        let (key, value) = (key.to_owned(), value.map(str::to_owned));
        Self { key, value, replaces: false, is_written: false }
    }

    fn new_written(key: &str, value: Option<&str>) -> Self {
        Self { is_written: true, ..Self::new(key, value) }
    }
}

/// Returns the variables that Coolify stores for an entry of an environment.
pub(crate) fn stored_variables(key: &str, value: &str) -> Vec<StoredVariable> {
    if key.starts_with("SERVICE_") {
        return Vec::new();
    }
    let parsed = replace_variables(value);
    if parsed.starts_with("SERVICE_") {
        return vec![StoredVariable { replaces: true, ..StoredVariable::new(key, Some(value)) }];
    }
    if !value.starts_with('$') {
        return Vec::new();
    }
    if parsed == key {
        return vec![StoredVariable::new(key, None)];
    }
    match balanced_braces(value, 0) {
        Some((content, _)) => from_braces(content),
        None => vec![from_unbraced(value)],
    }
}

fn from_braces(content: &str) -> Vec<StoredVariable> {
    let Some((name, default)) = split_default(content) else {
        return vec![StoredVariable::new_written(content, None)];
    };
    let mut all = vec![StoredVariable::new_written(name, Some(default))];
    let mut at = 0;
    while let Some((nested, end)) = balanced_braces(default, at).filter(|_| default.contains("${"))
    {
        let (name, value) =
            split_default(nested).map_or((nested, None), |(name, value)| (name, Some(value)));
        if !name.starts_with("SERVICE_URL_") && !name.starts_with("SERVICE_FQDN_") {
            all.push(StoredVariable::new_written(name, value));
        }
        at = end + 1;
    }
    all
}

/// Returns the variable of a value without a pair of braces.
fn from_unbraced(value: &str) -> StoredVariable {
    let bare = replace_variables(value);
    let marks = [(":-", ":"), ("-", "-"), (":?", ":"), ("?", "?")];
    let Some((mark, end)) = marks.iter().find(|(mark, _)| value.contains(mark)) else {
        return StoredVariable::new_written(&bare, None);
    };
    let key = bare.split(end).next().unwrap_or_default();
    StoredVariable::new(key, Some(bare.split_once(mark).map_or(bare.as_str(), |(_, rest)| rest)))
}

/// `replaceVariables`.
fn replace_variables(value: &str) -> String {
    if value.starts_with("${") {
        let before = value.split('}').next().unwrap_or_default();
        let old = || before.replacen('$', "", 1).replacen('{', "", 1);
        return balanced_braces(value, 0).map_or_else(old, |(content, _)| content.to_owned());
    }
    match value.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}').unwrap_or(rest).to_owned(),
        None => value.strip_prefix('$').unwrap_or(value).to_owned(),
    }
}

/// `extractBalancedBraceContent`: the content of the first pair of braces, and where it ends.
fn balanced_braces(text: &str, from: usize) -> Option<(&str, usize)> {
    let open = from + text.get(from..)?.find('{')?;
    let mut depth = 0;
    for (at, c) in text.char_indices().skip_while(|(at, _)| *at < open) {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if depth == 0 {
            return Some((&text[open + 1..at], at));
        }
    }
    None
}

/// `splitOnOperatorOutsideNested`: the name and the default.
fn split_default(content: &str) -> Option<(&str, &str)> {
    let mut depth = 0;
    for (at, c) in content.char_indices() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        let mut operators = [":-", "-", ":?", "?"].iter();
        let found = operators.find(|operator| depth == 0 && content[at..].starts_with(**operator));
        if let Some(operator) = found {
            return Some((&content[..at], &content[at + operator.len()..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::stored_variables;

    #[test]
    fn values_yield_the_variables_that_coolify_stores() {
        for (value, expected) in [
            ("plain", &[][..]),
            ("a ${B:-c}", &[]),
            ("${A}", &[("A", None)]),
            ("${KEY}", &[("KEY", None)]),
            ("$KEY", &[("KEY", None)]),
            ("${A:-b}/x", &[("A", Some("b"))]),
            ("${A:?b}", &[("A", Some("b"))]),
            (
                "${A:-${B:-c}{ D :-e}}",
                &[("A", Some("${B:-c}{ D :-e}")), ("B", Some("c")), (" D ", Some("e"))],
            ),
            ("$A{SERVICE_FQDN_WEB:-x}", &[("SERVICE_FQDN_WEB", Some("x"))]),
            ("$HOST/path", &[("HOST/path", None)]),
            ("$HOST:80", &[("HOST:80", None)]),
            ("$$2y$$10", &[("$2y$$10", None)]),
            ("$A-b", &[("A", Some("b"))]),
            ("${A:+b}", &[("A:+b", None)]),
            ("${SERVICE_URL_WEB}/x", &[("KEY", Some("${SERVICE_URL_WEB}/x"))]),
        ] {
            let stored = stored_variables("KEY", value);
            let found: Vec<_> =
                stored.iter().map(|one| (one.key.as_str(), one.value.as_deref())).collect();
            assert_eq!(found, expected, "{value}");
        }
        assert!(stored_variables("SERVICE_NAME_X", "${A}").is_empty());
        for (value, is) in
            [("${A}/x", true), ("${A:-b}", true), ("$A", true), ("${KEY}", false), ("$A-b", false)]
        {
            assert_eq!(stored_variables("KEY", value)[0].is_written, is, "{value}");
        }
    }
}
