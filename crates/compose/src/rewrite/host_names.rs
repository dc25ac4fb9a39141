//! Host names in the commands of a service, distinguished from other uses of the same word.

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

/// Returns how a service uses a word in what it runs.
pub(super) fn host_use(service: &Tree, host: &str) -> Use {
    let variables = service.get("environment").map(Tree::members).unwrap_or_default();
    let of_variables = variables.iter().map(|(name, value)| of_variable(name, value, host));
    let keys = ["command", "entrypoint", "healthcheck"];
    let of_commands =
        keys.iter().filter_map(|key| service.get(key)).map(|value| of_value(value, host));
    of_variables.chain(of_commands).max().unwrap_or(Use::None)
}

fn of_variable(name: &str, value: &Tree, host: &str) -> Use {
    let name = name.to_ascii_uppercase();
    let found = of_value(value, host);
    let is_other = OTHERS.iter().any(|end| name.rsplit('_').next() == Some(end) || name == *end);
    match found {
        Use::Word if HOSTS.iter().any(|part| name.contains(part)) => Use::Host,
        Use::Word if is_other => Use::None,
        found => found,
    }
}

fn of_value(value: &Tree, host: &str) -> Use {
    let of_text = value.as_str().map(|text| of_text(text, host));
    let of_items = value.items().iter().map(|item| of_value(item, host));
    let of_members = value.members().iter().map(|(_, member)| of_value(member, host));
    of_text.into_iter().chain(of_items).chain(of_members).max().unwrap_or(Use::None)
}

fn of_text(text: &str, host: &str) -> Use {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.';
    let found = text.match_indices(host).filter_map(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + host.len()..]);
        if before.ends_with(is_of_name) || after.starts_with(is_of_name) {
            return None;
        }
        let is_port = |after: &str| after.starts_with(|c: char| c.is_ascii_digit() || c == '$');
        let is_host = before.ends_with("//")
            || before.ends_with('@')
            || after.strip_prefix(':').is_some_and(is_port);
        Some(if is_host { Use::Host } else { Use::Word })
    });
    found.max().unwrap_or(Use::None)
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
            assert_eq!(host_use(&tree, "loki"), expected, "{service}");
        }
    }
}
