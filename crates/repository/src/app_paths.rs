//! The paths that an app names within its repository.

use std::collections::BTreeSet;

use crate::repository_problem::Problem;
use crate::reserved_file_names::is_written;

/// The folder that an app is built in, and the files in it that the build reads and writes again.
#[derive(Clone, Debug, Default)]
pub struct Places<'a> {
    /// The folder, from the root of the repository.
    pub folder: &'a str,
    /// The files, from that folder.
    pub files: Vec<&'a str>,
    /// Those of them that are Dockerfiles which the app is built by.
    pub dockerfiles: Vec<&'a str>,
}

impl Places<'_> {
    /// Returns the paths of the Dockerfiles from the root of the repository.
    pub(crate) fn dockerfiles(&self) -> impl Iterator<Item = String> {
        self.dockerfiles.iter().map(|file| joined(self.folder, file))
    }

    /// Returns a problem for each path that leads through one of these links.
    pub(crate) fn through(&self, links: &BTreeSet<String>) -> Vec<Problem> {
        let files = self.files.iter().chain(&self.dockerfiles);
        let files = files.map(|file| joined(self.folder, file));
        let paths = [joined(self.folder, "")].into_iter().chain(files);
        let found: BTreeSet<_> = paths.filter_map(|path| first_link(&path, links)).collect();
        let problem = |link: String| {
            Problem::new(
                link,
                "is a symbolic link on the path to the files that the app builds",
                "Name the real folder or file in `baseDirectory`, `dockerfileLocation`, \
                 `dockerComposeLocation` or the build of the compose file.",
            )
        };
        found.into_iter().map(problem).collect()
    }
}

/// Returns what is wrong with the location of a Dockerfile, whatever is there: Coolify overwrites some
/// files before it reads it (4.3.11).
pub fn check_location(location: &str) -> Option<Problem> {
    let is_overwritten = location.split('/').any(is_written);
    is_overwritten.then(|| {
        Problem::new(
            location,
            "is overwritten by Coolify before it is read",
            "Give the Dockerfile another name, such as /Dockerfile.web.",
        )
    })
}

/// Returns both paths as one, without empty segments.
pub fn joined(folder: &str, file: &str) -> String {
    let segments: Vec<_> =
        folder.split('/').chain(file.split('/')).filter(|segment| !segment.is_empty()).collect();
    segments.join("/")
}

/// Returns the first part of a path that is a link.
fn first_link(path: &str, links: &BTreeSet<String>) -> Option<String> {
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    ends.filter_map(|end| path.get(..end)).find(|part| links.contains(*part)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_links_within_build_paths() {
        let links = BTreeSet::from(["a/b".to_owned(), "Docker.web".to_owned()]);
        let through = |folder, file| {
            Places { folder, files: vec![file], dockerfiles: Vec::new() }.through(&links).len()
        };
        assert_eq!(through("/a//b/c", "/Dockerfile"), 1);
        assert_eq!(through("/a", "/b"), 1);
        assert_eq!(through("/", "/Docker.web"), 1);
        assert_eq!(through("/a", "/Docker.web"), 0);
        assert_eq!(through("", "/ab/c"), 0);
    }

    #[test]
    fn rejects_file_locations_that_the_build_overwrites() {
        for location in ["/.env", "/docker-compose.yaml", "/docker/.env", "/.nixpacks/Dockerfile"] {
            assert!(check_location(location).is_some(), "{location}");
        }
        for location in ["/Dockerfile", "/docker/Dockerfile.web", "/.env.Dockerfile"] {
            assert!(check_location(location).is_none(), "{location}");
        }
    }
}
