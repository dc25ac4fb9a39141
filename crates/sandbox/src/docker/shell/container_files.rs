//! The files of a container.

use std::collections::BTreeMap;

use super::super::model::Container;

/// The folders that every container has.
const FOLDERS: [&str; 12] = [
    "/app", "/bin", "/data", "/dev", "/etc", "/home", "/proc", "/root", "/tmp", "/usr", "/var", "/",
];

/// The file or folder at a path.
pub(in crate::docker) enum FileEntry<'a> {
    File(&'a str),
    Folder,
}

/// Returns the files of a container.
pub(in crate::docker) fn all(one: &Container) -> BTreeMap<String, String> {
    let hostname = one.id.get(..12).unwrap_or_default();
    let mut files = BTreeMap::new();
    let mut add = |path: &str, text: &str| files.insert(path.to_owned(), text.to_owned());
    add("/etc/hostname", &format!("{hostname}\n"));
    add("/etc/hosts", &format!("127.0.0.1\tlocalhost\n::1\tlocalhost\n10.1.0.2\t{hostname}\n"));
    add("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n");
    add("/etc/group", "root:x:0:\nnode:x:1000:\n");
    add("/etc/os-release", "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.21.0\n");
    if one.program().port == 3000 {
        add("/app/package.json", "{\n  \"name\": \"app\",\n  \"version\": \"1.0.0\"\n}\n");
        add("/app/server.js", "require('http').createServer().listen(3000);\n");
    }
    for mount in &one.mounts {
        add(&format!("{}/.keep", mount.target.trim_end_matches('/')), "");
    }
    files.extend(one.arranged.files.clone());
    files
}

/// Returns the file or folder at an absolute path.
pub(in crate::docker) fn find<'a>(
    files: &'a BTreeMap<String, String>,
    path: &str,
) -> Option<FileEntry<'a>> {
    let path = normal("/", path);
    if let Some(text) = files.get(&path) {
        return Some(FileEntry::File(text));
    }
    let below = format!("{}/", path.trim_end_matches('/'));
    let is_folder =
        FOLDERS.contains(&path.as_str()) || files.keys().any(|file| file.starts_with(&below));
    is_folder.then_some(FileEntry::Folder)
}

/// Returns the names in a folder.
pub(super) fn names(files: &BTreeMap<String, String>, folder: &str) -> Vec<String> {
    let below = format!("{}/", normal("/", folder).trim_end_matches('/'));
    let folders = FOLDERS.iter().map(|folder| (*folder).to_owned());
    let paths = files.keys().cloned().chain(folders);
    let name = |path: String| {
        let rest = path.strip_prefix(&below)?;
        rest.split('/').next().filter(|name| !name.is_empty()).map(str::to_owned)
    };
    let mut names: Vec<_> = paths.filter_map(name).collect();
    names.sort();
    names.dedup();
    names
}

/// Returns an absolute path without `.`, `..` and double slashes.
pub(super) fn normal(folder: &str, path: &str) -> String {
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{folder}/{path}") };
    let mut parts = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}
