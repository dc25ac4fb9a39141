//! Libraries do not read the process's environment: binaries read and check the configuration.

use super::workspace::{File, Finding, Workspace};

/// The calls that read the environment, built from parts so that this file does not match.
const READERS: [&str; 3] =
    [concat!("env::", "var("), concat!("env::", "var_os("), concat!("env::", "vars")];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let libraries = workspace.files.iter().filter(|file| is_library(file));
    let lines =
        libraries.flat_map(|file| file.lines().map(move |(number, line)| (file, number, line)));
    let reading = lines.filter(|(_, _, line)| READERS.iter().any(|reader| line.contains(reader)));
    let message = "a library takes its configuration as arguments: read the variable in the binary";
    reading.map(|(file, number, _)| Finding::new(&file.path, number, message)).collect()
}

/// Returns whether the file is a source of a library that runs in production, not only in tests.
fn is_library(file: &File) -> bool {
    let is_source =
        file.path.starts_with("crates/") && file.path.contains("/src/") && file.is(".rs");
    // The companion looks at the session of a person: the homes of agents, the terminal, the proxy.
    let is_exempt =
        ["crates/testkit/", "crates/companion/"].iter().any(|it| file.path.starts_with(it));
    is_source && !is_exempt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_binaries_and_tests_read_the_environment() {
        for reader in READERS {
            let text = format!("//! Reads.\nlet url = std::{reader}\"URL\");\n");
            let of = |path| check(&Workspace::of_files(&[(path, text.as_str())])).len();
            assert_eq!(of("crates/store/src/lib.rs"), 1, "{reader}");
            for free in [
                "crates/companion/src/home/mod.rs",
                "crates/testkit/src/lib.rs",
                "crates/sandbox/tests/it/main.rs",
                "bins/covibe-server/src/main.rs",
            ] {
                assert_eq!(of(free), 0, "{reader} in {free}");
            }
        }
    }
}
