//! Containers with the names and labels that Coolify gives them.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::engine::Docker;
use crate::scratch_images;

/// The interval between two questions to Docker's client, each of which costs it more processor time than the engine.
const POLL: Duration = Duration::from_millis(100);

/// The time within which a container must get into a state. A busy engine takes a quarter of a minute for each start.
const PATIENCE: Duration = Duration::from_mins(2);

/// The number of attempts to remove a container, each of which takes the engine up to ten seconds.
const REMOVALS: usize = 5;

/// The parameters of a container to create.
#[derive(Clone, Debug)]
pub struct Recipe {
    name: String,
    project: String,
    image: String,
    network: String,
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
    /// Creates a recipe of a container that only waits, with a name and a compose project as its label.
    pub fn new(name: &str, project: &str) -> Self {
        let argv = ["/bin/busybox", "sleep", "3600"].map(str::to_owned).to_vec();
        let (name, project) = (name.to_owned(), project.to_owned());
        let (image, network) = (scratch_images::TOOLS.to_owned(), "none".to_owned());
        Self { name, project, image, network, options: Vec::new(), argv }
    }

    /// Creates the recipe of an application's container, which has a new name after each deployment (Coolify 4.3).
    pub fn of_app(uuid: &str) -> Self {
        let name = format!("{uuid}-093045123456");
        let named = format!("coolify.name={uuid}");
        Self::of_resource(&name, uuid, &name).option(["--label", &named])
    }

    /// Creates the recipe of the container of a compose app's service (Coolify 4.3).
    pub fn of_service(uuid: &str, service: &str) -> Self {
        let subject = format!("coolify.service.subName={service}");
        let recipe = Self::of_resource(&format!("{service}-{uuid}"), uuid, service);
        recipe.option(["--label", &subject])
    }

    /// Creates the recipe of a database's container (Coolify 4.3).
    pub fn of_database(uuid: &str) -> Self {
        Self::of_resource(uuid, uuid, uuid)
    }

    fn of_resource(name: &str, uuid: &str, service: &str) -> Self {
        let service = format!("com.docker.compose.service={service}");
        let recipe = Self::new(name, uuid).option(["--label", "coolify.managed=true"]);
        recipe.option(["--label", &service, "--restart", "unless-stopped"]).script("")
    }

    /// Takes an image that contains only `/busybox`, and neither a shell nor tools.
    #[must_use]
    pub fn without_shell(self) -> Self {
        self.image(scratch_images::BARE).argv("/busybox sleep 3600".split(' '))
    }

    /// Takes another image that the engine has.
    #[must_use]
    pub fn image(mut self, name: &str) -> Self {
        name.clone_into(&mut self.image);
        self
    }

    /// Mounts a volume at a path.
    #[must_use]
    pub fn volume(self, name: &str, path: &str) -> Self {
        self.option(["--volume", &format!("{name}:{path}")])
    }

    /// Runs a script of the shell as process 1, which then waits for a signal to end.
    #[must_use]
    pub fn script(self, script: &str) -> Self {
        // A process 1 without a handler does not get the signal.
        let script = format!("trap 'exit 0' TERM\n{script}\nwhile :; do sleep 3600 & wait; done");
        self.argv(["/bin/sh", "-c", &script])
    }

    /// Joins a network; without this, the container has none.
    #[must_use]
    pub fn network(mut self, name: &str) -> Self {
        name.clone_into(&mut self.network);
        self
    }

    /// Adds options of `docker run`.
    #[must_use]
    pub fn option<'a>(mut self, options: impl IntoIterator<Item = &'a str>) -> Self {
        self.options.extend(options.into_iter().map(str::to_owned));
        self
    }

    /// Runs this command line instead of waiting.
    #[must_use]
    pub fn argv<'a>(mut self, argv: impl IntoIterator<Item = &'a str>) -> Self {
        self.argv = argv.into_iter().map(str::to_owned).collect();
        self
    }

    /// Creates and starts the container.
    pub fn run(self, docker: &Docker) -> Container<'_> {
        self.create_with(docker, &["run", "--detach"])
    }

    /// Creates the container without starting it.
    pub fn create(self, docker: &Docker) -> Container<'_> {
        self.create_with(docker, &["create"])
    }

    fn create_with<'a>(self, docker: &'a Docker, by: &[&str]) -> Container<'a> {
        let project = format!("com.docker.compose.project={}", self.project);
        let mut arguments = by.to_vec();
        arguments.extend(["--network", &self.network, "--name", &self.name]);
        arguments.extend(["--stop-timeout", "1", "--label", &project]);
        arguments.extend(self.options.iter().map(String::as_str));
        arguments.push(&self.image);
        arguments.extend(self.argv.iter().map(String::as_str));
        Container { docker, id: docker.cli(&arguments) }
    }
}

impl Container<'_> {
    /// Returns the output of `docker inspect --format`.
    pub fn inspect(&self, format: &str) -> String {
        self.docker.cli(&["inspect", "--format", format, &self.id])
    }

    /// Waits until the output of `docker inspect --format` is as expected, and returns it.
    ///
    /// # Panics
    ///
    /// If that takes longer than two minutes.
    pub fn wait_until(&self, format: &str, is_expected: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let printed = self.inspect(format);
            if is_expected(&printed) {
                return printed;
            }
            assert!(begun.elapsed() < PATIENCE, "{format} of {} is {printed}", self.id);
            sleep(POLL);
        }
    }

    /// Makes a call while the container waits to be started again after a crash, and returns its result. Docker waits
    /// twice as long after each crash: on a slow machine, the call is repeated after the next ones.
    ///
    /// # Panics
    ///
    /// If that takes longer than four minutes.
    pub async fn between_crashes<T>(&self, call: impl AsyncFn() -> T) -> T {
        const STANDING: &str = "{{.State.Status}} {{.RestartCount}}";
        let begun = Instant::now();
        loop {
            let before = self.wait_until(STANDING, |told| told.starts_with("restarting"));
            let returned = call().await;
            if self.inspect(STANDING) == before {
                return returned;
            }
            assert!(
                begun.elapsed() < 2 * PATIENCE,
                "{} was started while it was looked at",
                self.id
            );
        }
    }

    /// Waits until a text is among the last lines that its program has printed.
    ///
    /// # Panics
    ///
    /// If that takes longer than two minutes.
    pub fn wait_until_printed(&self, text: &str) {
        let begun = Instant::now();
        while !self.docker.cli_of_both(&["logs", "--tail", "20", &self.id]).contains(text) {
            assert!(begun.elapsed() < PATIENCE, "{} does not print {text}", self.id);
            sleep(POLL);
        }
    }

    /// Writes a program into it.
    pub fn install(&self, path: &str, script: &str) {
        let write = r#"printf '%s' "$1" >"$0" && chmod 755 "$0""#;
        self.docker.cli(&["exec", &self.id, "/bin/sh", "-c", write, path, script]);
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
    /// Repeats the removal: a busy engine gives up waiting for the end of what it killed, and the name would stay taken.
    fn drop(&mut self) {
        for _ in 0..REMOVALS {
            let removed =
                self.docker.command().args(["rm", "--force", "--volumes", &self.id]).output();
            // A test may have removed it.
            let is_gone = removed.is_ok_and(|output| {
                output.status.success()
                    || String::from_utf8_lossy(&output.stderr).contains("No such container")
            });
            if is_gone {
                return;
            }
        }
    }
}
