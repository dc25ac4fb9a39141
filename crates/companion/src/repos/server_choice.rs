//! The server that a repository's activity goes to.

use std::path::Path;

use serde_json::Value;

use super::RepositoryEntry;
use crate::home::read_bounded;
use crate::origin::Origin;

/// The files of a repository that can name a server.
const FILES: [&str; 3] = [".mcp.json", ".cursor/mcp.json", ".vscode/mcp.json"];

/// The maximum size of such a file, in bytes.
const MAX_FILE: u64 = 256 * 1024;

/// The server of a repository, or why it has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerChoice {
    /// Its activity goes there.
    Server(Origin),
    /// There are no credentials.
    NoCredentials,
    /// There are several servers, and nothing says which one: nothing is sent until `covibe-local use`.
    Undecided,
}

/// Returns the server of a repository: the one that its bridge connected to, the one that its configuration names, the
/// default, or the only one. A server without credentials is never chosen: a file of the repository could name any.
pub fn choose_server(
    entry: &RepositoryEntry,
    worktree: &Path,
    servers: &[Origin],
    default: Option<&Origin>,
) -> ServerChoice {
    let is_known = |server: &&Origin| servers.contains(server);
    let chosen = match (servers, &entry.server) {
        ([], _) => return ServerChoice::NoCredentials,
        // The credentials of the server that the bridge connected to may be gone: no other one takes its place.
        (_, Some(connected)) => Some(connected).filter(is_known).cloned(),
        ([only], None) => Some(only.clone()),
        (_, None) => named_server(worktree, servers).or_else(|| default.filter(is_known).cloned()),
    };
    chosen.map_or(ServerChoice::Undecided, ServerChoice::Server)
}

/// Returns the only known server that the files of a repository name.
fn named_server(worktree: &Path, servers: &[Origin]) -> Option<Origin> {
    let mut named: Vec<&Origin> = Vec::new();
    for file in FILES.map(|file| worktree.join(file)) {
        let is_file = std::fs::symlink_metadata(&file).is_ok_and(|metadata| metadata.is_file());
        let text = if is_file { read_bounded(&file, MAX_FILE).ok().flatten() } else { None };
        let Some(value) = text.and_then(|text| serde_json::from_slice(&text).ok()) else {
            continue;
        };
        let is_named = |server: &&Origin| contains(&value, &server.mcp_url(), 8);
        named.extend(servers.iter().filter(is_named));
    }
    named.dedup();
    match named.as_slice() {
        [server] => Some((*server).clone()),
        _ => None,
    }
}

/// Returns whether a text is somewhere in a value.
fn contains(value: &Value, text: &str, depth: usize) -> bool {
    match value {
        Value::String(found) => found == text,
        Value::Array(items) if depth > 0 => items.iter().any(|v| contains(v, text, depth - 1)),
        Value::Object(object) if depth > 0 => object.values().any(|v| contains(v, text, depth - 1)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::judge(text).unwrap().origin
    }

    #[test]
    fn no_server_is_chosen_among_several_without_an_indication() {
        let (a, b) = (origin("https://a.example"), origin("https://b.example"));
        let servers = [a.clone(), b.clone()];
        let mut entry = RepositoryEntry::default();
        let folder = tempfile::tempdir().unwrap();
        let choose = |entry: &RepositoryEntry, default: Option<&Origin>| {
            choose_server(entry, folder.path(), &servers, default)
        };
        assert_eq!(choose(&entry, None), ServerChoice::Undecided);
        assert_eq!(choose(&entry, Some(&b)), ServerChoice::Server(b.clone()));
        let other = origin("https://c.example");
        assert_eq!(choose(&entry, Some(&other)), ServerChoice::Undecided);

        let config = r#"{"mcpServers":{"x":{"url":"https://a.example/api/mcp"}}}"#;
        std::fs::write(folder.path().join(".mcp.json"), config).unwrap();
        assert_eq!(choose(&entry, Some(&b)), ServerChoice::Server(a.clone()));
        let unknown = config.replace("a.example", "c.example");
        std::fs::write(folder.path().join(".mcp.json"), unknown).unwrap();
        assert_eq!(choose(&entry, None), ServerChoice::Undecided);

        entry.server = Some(b.clone());
        assert_eq!(choose(&entry, Some(&a)), ServerChoice::Server(b));
    }

    #[test]
    fn a_repository_of_a_removed_server_is_not_sent_to_another_one() {
        let only = [origin("https://a.example")];
        let folder = Path::new("/nowhere");
        let mut entry = RepositoryEntry::default();
        assert_eq!(choose_server(&entry, folder, &[], None), ServerChoice::NoCredentials);
        let choice = choose_server(&entry, folder, &only, None);
        assert_eq!(choice, ServerChoice::Server(only[0].clone()));
        entry.server = Some(origin("https://b.example"));
        assert_eq!(choose_server(&entry, folder, &only, None), ServerChoice::Undecided);
    }
}
