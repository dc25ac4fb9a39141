//! The toolchains of a home directory.

use std::fs;
use std::path::{Path, PathBuf};

/// The folders of a home directory that builds need. Folders in which a tool keeps a token beside them are named by their
/// harmless parts.
const TOOLCHAINS: [&str; 53] = [
    ".asdf",
    ".bun",
    ".cabal/bin",
    ".cabal/packages",
    ".cabal/store",
    ".cache/deno",
    ".cache/go-build",
    ".cache/ms-playwright",
    ".cache/node",
    ".cache/pip",
    ".cache/pnpm",
    ".cache/puppeteer",
    ".cache/sccache",
    ".cache/uv",
    ".cache/yarn",
    ".composer/vendor",
    ".deno",
    ".dotnet",
    ".elan",
    ".fnm",
    ".gem/ruby",
    ".ghcup",
    ".gradle/caches",
    ".gradle/jdks",
    ".gradle/wrapper",
    ".hex/packages",
    ".julia/juliaup",
    ".juliaup",
    ".jenv",
    ".local/bin",
    ".local/lib",
    ".local/share/fnm",
    ".local/share/mise",
    ".local/share/pnpm",
    ".local/share/uv",
    ".local/state/nix",
    ".m2/repository",
    ".mix",
    ".nix-profile",
    ".npm/_cacache",
    ".npm/_npx",
    ".nuget/packages",
    ".nvm",
    ".opam",
    ".pyenv",
    ".rbenv",
    ".rustup",
    ".rvm",
    ".sdkman",
    ".stack",
    ".volta",
    ".yarn",
    "go",
];

/// The folder of cargo, whose credentials are not readable.
const CARGO: &str = ".cargo";

/// Folders that hold secrets: no folder of `PATH` that is one of them, is in one or contains one is readable.
const SECRETS: [&str; 12] = [
    ".aws",
    ".azure",
    ".claude",
    ".codex",
    ".config",
    ".covibe",
    ".docker",
    ".gnupg",
    ".kube",
    ".password-store",
    ".ssh",
    ".local/share/keyrings",
];

/// Returns the toolchains that are there.
pub(super) fn toolchains(home: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = TOOLCHAINS.iter().map(|name| home.join(name)).collect();
    let cargo = fs::read_dir(home.join(CARGO)).into_iter().flatten().flatten();
    let harmless =
        cargo.filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"credentials"));
    paths.extend(harmless.map(|entry| entry.path()));
    // A link, such as `go` to the whole home, must not open what it leads to.
    paths.retain(|path| fs::symlink_metadata(path).is_ok() && !has_secrets(home, path));
    paths
}

/// Returns whether a folder is the home, contains it, or has to do with its secrets.
pub(super) fn has_secrets(home: &Path, folder: &Path) -> bool {
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let (home, folder) = (real(home), real(folder));
    home.starts_with(&folder)
        || SECRETS
            .iter()
            .map(|name| home.join(name))
            .any(|secret| folder.starts_with(&secret) || secret.starts_with(&folder))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn toolchains_exclude_credentials_and_links_to_secrets() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        for folder in [".cargo/bin", ".ssh", ".nvm", "elsewhere"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        fs::write(at(".cargo/credentials.toml"), "token").unwrap();
        symlink(home.path(), at("go")).unwrap();
        symlink(at(".ssh"), at(".pyenv")).unwrap();
        symlink(at("elsewhere"), at(".rustup")).unwrap();
        let found = toolchains(home.path());
        let names = [".nvm", ".rustup", ".cargo/bin"].map(at);
        assert_eq!(found.len(), names.len(), "{found:?}");
        assert!(names.iter().all(|name| found.contains(name)), "{found:?}");
    }

    #[test]
    fn folders_at_or_above_secrets_are_recognised() {
        let home = Path::new("/nowhere/ada");
        for folder in
            ["/", "/nowhere", "/nowhere/ada", "/nowhere/ada/.ssh/bin", "/nowhere/ada/.local/share"]
        {
            assert!(has_secrets(home, Path::new(folder)), "{folder}");
        }
        for folder in ["/nowhere/ada/bin", "/nowhere/ada/.local/bin", "/nowhere/other"] {
            assert!(!has_secrets(home, Path::new(folder)), "{folder}");
        }
    }
}
