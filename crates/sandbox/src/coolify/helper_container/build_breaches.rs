//! The files that the build writes and the programs that it runs in the clone, and the ways in which they take over
//! the host (seen with Coolify 4.3.11; nixpacks 1.39 and git 2.39 by their source).

use std::path::{Path, PathBuf};

use super::nixpacks;
use super::repository_clone::Clone;
use super::submodules::{self, Submodule};

/// The settings of an application that decide on its build.
#[derive(Clone, Debug, Default)]
pub(crate) struct Build {
    pub(crate) pack: String,
    /// The folder that is built, from the repository's root.
    pub(crate) folder: String,
    pub(crate) dockerfile: String,
    /// The command that nixpacks starts; empty for its own.
    pub(crate) start_command: String,
    /// True if files in Git LFS are fetched.
    pub(crate) lfs: bool,
    /// True if submodules are fetched.
    pub(crate) submodules: bool,
}

/// The first bytes of a file that Git LFS manages, as the repository contains it.
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

impl Build {
    /// Returns the ways in which building this takes over the host; none of them is carried out.
    pub(super) fn breaches(&self, clone: &Clone) -> Vec<String> {
        let mut breaches = self.written_outside(clone);
        breaches.extend(self.foreign_git(clone));
        if self.pack == "nixpacks" {
            breaches.extend(self.plan(clone));
        }
        if self.submodules {
            let fetched = submodules::fetch_submodules(clone);
            breaches
                .extend(fetched.iter().flat_map(|submodule| self.breaches_of_submodule(submodule)));
        }
        breaches
    }

    /// Returns the ways in which a submodule takes over the host: those of the repository itself, or any that is
    /// fetched from elsewhere.
    fn breaches_of_submodule(&self, of: &Submodule) -> Vec<String> {
        let Some(clone) = &of.clone else {
            return vec![format!("fetches {} to {}", of.url, of.path)];
        };
        let whole = Self { folder: String::new(), ..self.clone() };
        let inner = whole.breaches(clone);
        inner.into_iter().map(|breach| format!("{}: {breach}", of.path)).collect()
    }

    pub(super) fn path(&self, file: &str) -> PathBuf {
        Path::new(self.folder.trim_matches('/')).join(file.trim_start_matches('/'))
    }

    /// Returns the files that are written outside the clone.
    fn written_outside(&self, clone: &Clone) -> Vec<String> {
        let mut files = vec![".env", "docker-compose.yaml"];
        match self.pack.as_str() {
            "dockerfile" => files.push(&self.dockerfile),
            "static" => files.extend(["Dockerfile", "nginx.conf"]),
            "nixpacks" => files.extend([
                ".nixpacks/Dockerfile",
                ".nixpacks/build.sh",
                ".nixpacks/nixpkgs.nix",
                "Dockerfile",
                "nginx.conf",
            ]),
            _ => {}
        }
        let folder = self.path("x");
        let leaves =
            |path: &PathBuf| clone.write_target(path).is_some_and(|at| !clone.contains(&at));
        let files = files.into_iter().map(|file| self.path(file)).chain([folder]);
        files.filter(leaves).map(|path| format!("writes through {}", path.display())).collect()
    }

    /// Returns a breach if git, which runs in the folder, would read the configuration of a repository that was
    /// committed.
    fn foreign_git(&self, clone: &Clone) -> Option<String> {
        let has = |name: &str| clone.root().join(self.path(name)).symlink_metadata().is_ok();
        let is_repository = has("HEAD") && (has("commondir") || has("objects") && has("refs"));
        is_repository.then(|| format!("runs git in {}", self.folder))
    }

    fn plan(&self, clone: &Clone) -> Vec<String> {
        let path = ["nixpacks.toml", "nixpacks.json"].map(|name| self.path(name));
        let found = path.iter().find_map(|path| Some((path, clone.read(path)?)));
        let Some((path, content)) = found else { return Vec::new() };
        if self.lfs && content.starts_with(POINTER) {
            return vec![format!("reads {} from Git LFS", path.display())];
        }
        nixpacks::breaches(path, &content)
    }
}
