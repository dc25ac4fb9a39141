//! Host names in the commands of a service, distinguished from other uses of the same word.

use std::collections::{HashMap, HashSet};

use crate::yaml_tree::Tree;

/// The use of a word by a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    /// It does not.
    None,
    /// As a word that may be anything.
    Word,
    /// As a host: in an address, before a port, or in a variable for hosts.
    Host,
}

/// Parts of the names of variables for hosts.
const HOSTS: [&str; 6] = ["HOST", "ADDR", "URL", "ENDPOINT", "BROKER", "SERVER"];

/// Last words of the names of variables whose values are no hosts.
const OTHERS: [&str; 10] = [
    "USER", "USERNAME", "PASSWORD", "PASSWD", "PASS", "DB", "DATABASE", "BUCKET", "TOKEN", "SECRET",
];

/// Returns how a service uses words in what it runs, for those of these words that it uses. Each text is read once.
pub(super) fn host_uses<'a>(service: &Tree, hosts: &HashSet<&'a str>) -> HashMap<&'a str, Use> {
    let mut found = HashMap::new();
    for (name, value) in service.get("environment").map(Tree::members).unwrap_or_default() {
        note_uses(value, hosts, &|found| use_in_variable(name, found), &mut found);
    }
    for key in ["command", "entrypoint", "healthcheck"] {
        if let Some(value) = service.get(key) {
            note_uses(value, hosts, &|found| found, &mut found);
        }
    }
    found
}

/// Returns the use of a word in the value of a variable with this name, given its use in any text.
fn use_in_variable(name: &str, found: Use) -> Use {
    if found != Use::Word {
        return found;
    }
    let name = name.to_ascii_uppercase();
    if HOSTS.iter().any(|part| name.contains(part)) {
        Use::Host
    } else if OTHERS.iter().any(|end| name.rsplit('_').next() == Some(end)) {
        Use::None
    } else {
        found
    }
}

/// Notes the uses of words in a value, which mean what `meaning` returns.
fn note_uses<'a>(
    value: &Tree,
    hosts: &HashSet<&'a str>,
    meaning: &dyn Fn(Use) -> Use,
    found: &mut HashMap<&'a str, Use>,
) {
    for (word, used) in value.as_str().map(words).unwrap_or_default() {
        if let Some(host) = hosts.get(word) {
            let known = found.entry(*host).or_insert(Use::None);
            *known = meaning(used).max(*known);
        }
    }
    let members = value.members().iter().map(|(_, member)| member);
    members.chain(value.items()).for_each(|inner| note_uses(inner, hosts, meaning, found));
}

/// Returns the words of a text that may be host names, each with its use.
fn words(text: &str) -> Vec<(&str, Use)> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.';
    let is_port = |after: &str| after.starts_with(|c: char| c.is_ascii_digit() || c == '$');
    let (mut words, mut from) = (Vec::new(), 0);
    while let Some(at) = text[from..].find(is_of_name).map(|at| from + at) {
        let end = text[at..].find(|c| !is_of_name(c)).map_or(text.len(), |length| at + length);
        let (before, after) = (&text[..at], &text[end..]);
        let is_host = before.ends_with("//")
            || before.ends_with('@')
            || after.strip_prefix(':').is_some_and(is_port);
        words.push((&text[at..end], if is_host { Use::Host } else { Use::Word }));
        from = end;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_of_a_service_name_as_host_and_as_word_are_distinguished() {
        for (service, expected) in [
            ("environment: {URL: 'http://loki/push'}", Use::Host),
            ("environment: {A: 'postgres://u:p@loki/x'}", Use::Host),
            ("environment: {A: 'a,loki:3100'}", Use::Host),
            ("environment: {DB_HOST: loki}", Use::Host),
            ("command: '--to loki:${PORT}'", Use::Host),
            ("environment: {TARGET: loki}", Use::Word),
            ("command: [ping, loki]", Use::Word),
            ("environment: {MINIO_ROOT_USER: loki}", Use::None),
            ("environment: {POSTGRES_DB: loki, PASSWORD: loki}", Use::None),
            ("environment: {A: 'loki-data x.loki'}", Use::None),
            ("command: lokis", Use::None),
        ] {
            let tree = Tree::from(&*crate::yaml::read(&format!("{{{service}}}")).unwrap());
            let found = host_uses(&tree, &HashSet::from(["loki"]));
            assert_eq!(found.get("loki").copied().unwrap_or(Use::None), expected, "{service}");
        }
    }
}
