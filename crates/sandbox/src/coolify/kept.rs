//! Which variables Coolify keeps of a service's environment: its `serviceParser`, line by line (the
//! same from 4.0.0-beta.473 to 4.3.10).
//!
//! The tests of the compose policy read what it lets through by this file too.

/// A variable that is kept.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Its key, which may be none that Coolify takes.
    pub(crate) key: String,
    /// The value that the file gives it.
    pub(crate) value: Option<String>,
    /// Whether it replaces a variable of the same key.
    pub(crate) replaces: bool,
}

impl Kept {
    fn new(key: &str, value: Option<&str>) -> Self {
        Self { key: key.to_owned(), value: value.map(str::to_owned), replaces: false }
    }
}

/// The variables that are kept of one entry of an environment.
pub(crate) fn kept(key: &str, value: &str) -> Vec<Kept> {
    if key.starts_with("SERVICE_") {
        return Vec::new();
    }
    let parsed = replaced(value);
    if parsed.starts_with("SERVICE_") {
        return vec![Kept { replaces: true, ..Kept::new(key, Some(value)) }];
    }
    if !value.starts_with('$') {
        return Vec::new();
    }
    if parsed == key {
        return vec![Kept::new(key, None)];
    }
    match balanced(value, 0) {
        Some((content, _)) => of_content(content),
        None => vec![fallback(value)],
    }
}

fn of_content(content: &str) -> Vec<Kept> {
    let Some((name, default)) = split(content) else { return vec![Kept::new(content, None)] };
    let mut all = vec![Kept::new(name, Some(default))];
    let mut at = 0;
    while let Some((nested, end)) = balanced(default, at).filter(|_| default.contains("${")) {
        let (name, value) =
            split(nested).map_or((nested, None), |(name, value)| (name, Some(value)));
        if !name.starts_with("SERVICE_URL_") && !name.starts_with("SERVICE_FQDN_") {
            all.push(Kept::new(name, value));
        }
        at = end + 1;
    }
    all
}

/// What becomes of a value that has no pair of braces.
fn fallback(value: &str) -> Kept {
    let bare = replaced(value);
    let marks = [(":-", ":"), ("-", "-"), (":?", ":"), ("?", "?")];
    let Some((mark, end)) = marks.iter().find(|(mark, _)| value.contains(mark)) else {
        return Kept::new(&bare, None);
    };
    let key = bare.split(end).next().unwrap_or_default();
    Kept::new(key, Some(bare.split_once(mark).map_or(bare.as_str(), |(_, rest)| rest)))
}

/// `replaceVariables`.
fn replaced(value: &str) -> String {
    if value.starts_with("${") {
        let before = value.split('}').next().unwrap_or_default();
        let old = || before.replacen('$', "", 1).replacen('{', "", 1);
        return balanced(value, 0).map_or_else(old, |(content, _)| content.to_owned());
    }
    match value.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}').unwrap_or(rest).to_owned(),
        None => value.strip_prefix('$').unwrap_or(value).to_owned(),
    }
}

/// `extractBalancedBraceContent`: what is between the first brace and its own, and where that is.
fn balanced(text: &str, from: usize) -> Option<(&str, usize)> {
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

/// `splitOnOperatorOutsideNested`: the name and its default.
fn split(content: &str) -> Option<(&str, &str)> {
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
    use super::kept;

    #[test]
    fn values_are_read_as_coolify_reads_them() {
        for (value, said) in [
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
            let kept = kept("KEY", value);
            let found: Vec<_> =
                kept.iter().map(|one| (one.key.as_str(), one.value.as_deref())).collect();
            assert_eq!(found, said, "{value}");
        }
        assert!(kept("SERVICE_NAME_X", "${A}").is_empty());
    }
}
