//! A runner with a folder of its own. Its agent `shell` runs its task as a shell script.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::raw_http_client::{Reply, send, try_send};

/// The program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_covibe-agent-runner");

/// A folder for a runner, and the runner while it runs.
pub(crate) struct World {
    folder: TempDir,
    variables: Vec<(String, String)>,
    running: Option<(Child, SocketAddr)>,
}

impl World {
    /// A runner that runs.
    pub(crate) fn new() -> Self {
        let mut world = Self::idle("");
        world.start();
        world
    }

    /// A runner that is not started yet; `more` is added to its `runner.toml`.
    pub(crate) fn idle(more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("marks")).unwrap();
        let world = Self { folder, variables: Vec::new(), running: None };
        world.configure(2, more);
        let marks = world.path("marks").display().to_string();
        world.with("MARKS", &marks).with("AGENT_RUNNER_BIND", "127.0.0.1:0")
    }

    /// Writes `runner.toml`.
    pub(crate) fn configure(&self, at_once: usize, more: &str) {
        let marks = self.path("marks");
        let text = format!(
            "jobs_at_once = {at_once}\n{more}\n[agents.shell]\ncommand = [\"sh\"]\nvariables = [\"MARKS\"]\n\
             writable = [\"{}\"]\n",
            marks.display()
        );
        fs::create_dir_all(self.home()).unwrap();
        fs::write(self.home().join("runner.toml"), text).unwrap();
    }

    /// Sets a variable of the runner.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.path("home")
    }

    pub(crate) fn job_path(&self, id: &str, name: &str) -> PathBuf {
        self.home().join("jobs").join(id).join(name)
    }

    /// Returns the runner's command.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.folder.path())
            .env("AGENT_RUNNER_HOME", self.home())
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command
    }

    /// Starts the runner, and waits until it listens.
    pub(crate) fn start(&mut self) {
        let mut child = self.command().spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut text = String::new();
        let address = loop {
            let begin = text.len();
            assert_ne!(log.read_line(&mut text).unwrap(), 0, "the runner ended: {text}");
            if let Some(address) = text[begin..].trim().strip_prefix("Listening on http://") {
                break address.parse().unwrap();
            }
        };
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        self.running = Some((child, address));
    }

    /// Kills the runner, and no process that it has started.
    pub(crate) fn kill(&mut self) {
        if let Some((mut child, _)) = self.running.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub(crate) fn restart(&mut self) {
        self.kill();
        self.start();
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.running.as_ref().unwrap().1
    }

    /// Returns the header with the runner's token.
    pub(crate) fn authorization(&self) -> String {
        let set = self.variables.iter().find(|(name, _)| name == "AGENT_RUNNER_TOKEN");
        let made = || fs::read_to_string(self.home().join("token")).unwrap();
        format!("Bearer {}", set.map_or_else(made, |(_, token)| token.clone()))
    }

    /// Sends a request with the runner's token and these further headers.
    pub(crate) fn send(
        &self,
        request: (&str, &str),
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Reply {
        let authorization = self.authorization();
        let headers = [headers, &[("Authorization", &*authorization)]].concat();
        send(self.address(), request, &headers, body)
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.send(("GET", path), &[], None)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(("POST", path), &[], Some(&body.to_string()))
    }

    /// Queues a script, and returns the job's id.
    pub(crate) fn run(&self, script: &str) -> String {
        self.run_with(script, &json!({}))
    }

    /// Queues a script with further parameters.
    pub(crate) fn run_with(&self, script: &str, more: &Value) -> String {
        let mut body = json!({ "agent": "shell", "task": script });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let reply = self.post("/api/agent/run", &body);
        assert_eq!(reply.status, 202, "{}", reply.text);
        reply.json()["jobId"].as_str().unwrap().to_owned()
    }

    pub(crate) fn job(&self, id: &str) -> Value {
        let reply = self.get(&format!("/api/jobs/{id}"));
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()
    }

    pub(crate) fn cancel(&self, id: &str) -> Reply {
        self.post(&format!("/api/jobs/{id}/cancel"), &json!({}))
    }

    /// Waits until a job has ended, and returns it. The stream of its events ends with it.
    pub(crate) fn wait_for_end(&self, id: &str) -> Value {
        self.get(&format!("/api/jobs/{id}/events"));
        let job = self.job(id);
        assert!(job["finishedAt"].is_string(), "{job}");
        job
    }

    /// Runs a script to its end.
    pub(crate) fn run_script(&self, script: &str) -> Value {
        self.wait_for_end(&self.run(script))
    }

    /// Sends a request that a kill may interrupt.
    pub(crate) fn try_post(&self, path: &str, body: &Value) -> Option<Reply> {
        let authorization = self.authorization();
        let headers = [("Authorization", &*authorization)];
        try_send(self.address(), ("POST", path), &headers, Some(&body.to_string())).ok()
    }

    pub(crate) fn mark(&self, name: &str) -> PathBuf {
        self.path("marks").join(name)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.kill();
        // Supervisors and agents outlive the runner, and are known by the paths in their environment.
        processes_with(&self.folder.path().display().to_string()).into_iter().for_each(kill);
    }
}

/// Waits until a file exists, which a script makes.
pub(crate) fn wait_for(path: &Path) {
    wait_until(|| path.exists(), &path.display().to_string());
}

/// Waits until something that another process does is done.
pub(crate) fn wait_until(is_done: impl Fn() -> bool, what: &str) {
    let begun = std::time::Instant::now();
    while !is_done() {
        assert!(begun.elapsed().as_secs() < 60, "{what}");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

/// Returns the processes that have a text in their environment.
pub(crate) fn processes_with(text: &str) -> Vec<u32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let has_text = |pid: &u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        String::from_utf8_lossy(&environment).contains(text)
    };
    pids.filter(has_text).collect()
}

/// Kills a process.
pub(crate) fn kill(pid: u32) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
}
