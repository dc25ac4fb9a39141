//! Containers as Coolify makes them.

use crate::engine::Docker;
use crate::images;

/// A container to be made.
#[derive(Clone, Debug)]
pub struct Recipe {
    name: String,
    project: String,
    image: &'static str,
    options: Vec<String>,
    argv: Vec<String>,
}

/// A container. It is removed when this is dropped.
#[derive(Debug)]
pub struct Container<'a> {
    docker: &'a Docker,
    /// The full id.
    pub id: String,
}

impl Recipe {
    /// A container that waits, with a name and the compose project that its label names.
    pub fn new(name: &str, project: &str) -> Self {
        let argv = ["/bin/busybox", "sleep", "3600"].map(str::to_owned).to_vec();
        let (name, project) = (name.to_owned(), project.to_owned());
        Self { name, project, image: images::TOOLS, options: Vec::new(), argv }
    }

    /// Takes an image that has neither a shell nor tools, but `/busybox`.
    #[must_use]
    pub fn without_shell(mut self) -> Self {
        self.image = images::BARE;
        self.argv("/busybox sleep 3600".split(' '))
    }

    /// Adds options of `docker run`.
    #[must_use]
    pub fn option<'a>(mut self, options: impl IntoIterator<Item = &'a str>) -> Self {
        self.options.extend(options.into_iter().map(str::to_owned));
        self
    }

    /// Runs something else than waiting.
    #[must_use]
    pub fn argv<'a>(mut self, argv: impl IntoIterator<Item = &'a str>) -> Self {
        self.argv = argv.into_iter().map(str::to_owned).collect();
        self
    }

    /// Makes and starts the container.
    pub fn run(self, docker: &Docker) -> Container<'_> {
        let project = format!("com.docker.compose.project={}", self.project);
        let mut arguments = vec!["run", "--detach", "--network", "none", "--name", &self.name];
        arguments.extend(["--stop-timeout", "1", "--label", &project]);
        arguments.extend(self.options.iter().map(String::as_str));
        arguments.push(self.image);
        arguments.extend(self.argv.iter().map(String::as_str));
        Container { docker, id: docker.cli(&arguments) }
    }
}

impl Container<'_> {
    /// Returns what `docker inspect --format` prints.
    pub fn inspect(&self, format: &str) -> String {
        self.docker.cli(&["inspect", "--format", format, &self.id])
    }

    /// Returns the command lines of the processes that run in it, sorted.
    pub fn processes(&self) -> Vec<String> {
        let listed = self.docker.cli(&["top", &self.id, "-o", "pid,args"]);
        let lines = listed.lines().skip(1);
        let arguments = lines.filter_map(|line| line.trim().split_once(' '));
        let mut arguments: Vec<_> = arguments.map(|(_, args)| args.trim().to_owned()).collect();
        arguments.sort();
        arguments
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        // A test may have removed it.
        let _ = self.docker.command().args(["rm", "--force", "--volumes", &self.id]).output();
    }
}
