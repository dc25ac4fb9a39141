//! The surroundings of the five servers: simulators, a clone, a searched web and a runner. And calls of each of their tools.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;

use covibe_agent_runner_core::agents::{Agents, ToolNames};
use covibe_agent_runner_core::api::{self, Serving};
use covibe_agent_runner_core::runner::{LockedHome, Runner};
use covibe_agent_runner_core::settings::RunnerSettings;
use covibe_agent_servers::environment_settings::Variables;
use covibe_coolify::{DeployOutcome, Description, Limits, NewImageApplication, Placement};
use covibe_gitea::{FileChange, NewCommit, NewRepo};
use covibe_sandbox::coolify::DESTINATION;
use covibe_sandbox::{Simulator, coolify, gitea};
use serde_json::{Value, json};

use crate::server_process::{Machine, Running};
use crate::stub_http_server::serve;

/// The user of the simulated Gitea.
const USER: &str = "operator";

/// The servers.
pub(crate) const SERVERS: [&str; 5] = ["coolify", "gitea", "workspace", "platform", "agent"];

const SKILL: &str = "---\nname: deploy\ndescription: Deploy an app\n---\nCall deploy_app.\n";

/// A call of a tool, and a part of the text of its answer.
pub(crate) type Call = (&'static str, Value, &'static str);

/// The things that the servers act on. Dropping this ends all of them.
pub(crate) struct Surroundings {
    pub(crate) machine: Machine,
    pub(crate) variables: Vec<(&'static str, String)>,
    app: String,
    project: String,
    job: String,
    /// Coolify, Gitea and the runner.
    _running: (Simulator, Simulator, Serving),
}

impl Surroundings {
    pub(crate) async fn new() -> Self {
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
        let machine = Machine::new();
        let (coolify, project, app) = simulated_coolify().await;
        let gitea = simulated_gitea().await;
        clone(&gitea, &machine.work());
        let runner_home = machine.home().join("runner");
        let (runner, address) = runner(&runner_home).await;
        let variables = vec![
            ("COOLIFY_API_URL", coolify.url.clone()),
            ("COOLIFY_API_TOKEN", coolify.token.expose().to_owned()),
            ("GITEA_API_URL", gitea.url.clone()),
            ("GITEA_API_TOKEN", gitea.token.expose().to_owned()),
            ("GITEA_USERNAME", USER.to_owned()),
            ("WORKSPACE_ROOT", machine.work().display().to_string()),
            ("COVIBE_AGENT_HOME", machine.home().join("notes").display().to_string()),
            ("SKILLS_REPO", "acme/skills".to_owned()),
            ("WEB_SEARCH_PROVIDER", "searxng".to_owned()),
            ("WEB_SEARCH_URL", searched_web()),
            ("AGENT_RUNNER_URL", format!("http://{address}")),
            ("AGENT_RUNNER_HOME", runner_home.display().to_string()),
        ];
        let job = String::new();
        let mut new =
            Self { machine, variables, app, project, job, _running: (coolify, gitea, runner) };
        new.job = tokio::task::block_in_place(|| new.start_job());
        new
    }

    /// Returns the program with the variables of every server.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut command = self.machine.bare(arguments);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts a job of the runner, and returns its id.
    fn start_job(&self) -> String {
        let mut server = Running::start(&mut self.program(&["agent"]));
        server.initialize();
        let job = server.call("spawn_agent", &json!({ "agent": "coder", "task": "Do it." }));
        job["structuredContent"]["jobId"].as_str().expect("an id").to_owned()
    }

    /// Returns calls of a server, each tool once.
    pub(crate) fn calls(&self, server: &str) -> Vec<Call> {
        match server {
            "coolify" => self.coolify_calls(),
            "gitea" => gitea_calls(),
            "workspace" => workspace_calls(),
            "platform" => platform_calls(),
            _ => vec![
                ("spawn_agent", json!({ "agent": "coder", "task": "Do it." }), "queued"),
                ("get_job_status", json!({ "job_id": self.job }), "coder"),
            ],
        }
    }

    fn coolify_calls(&self) -> Vec<Call> {
        vec![
            ("list_projects", json!({}), "Shop"),
            ("list_applications", json!({ "project_uuid": self.project }), "web"),
            ("list_all_apps", json!({}), "web"),
            ("get_app_status", json!({ "app_name": "web" }), "running"),
            ("get_logs", json!({ "application_uuid": self.app, "lines": 50 }), "untrusted content"),
            ("deploy", json!({ "application_uuid": self.app, "force": true }), "deploymentUuid"),
            ("deploy_app", json!({ "app_name": "web" }), "web"),
        ]
    }
}

fn gitea_calls() -> Vec<Call> {
    vec![
        ("list_repos", json!({}), "acme/skills"),
        (
            "read_repo_file",
            json!({ "repo": "acme/skills", "path": "skills/deploy/SKILL.md" }),
            "Call deploy_app.",
        ),
        ("create_issue", json!({ "repo": "acme/shop", "title": "It fails" }), "1"),
        ("list_issues", json!({ "repo": "acme/shop" }), "It fails"),
        ("list_all_issues", json!({ "state": "open" }), "It fails"),
        ("close_issue", json!({ "repo": "acme/shop", "number": 1 }), "closed"),
    ]
}

fn workspace_calls() -> Vec<Call> {
    vec![
        ("write_file", json!({ "path": "note.txt", "content": "one needle\n" }), "note.txt"),
        ("replace_in_file", json!({ "path": "note.txt", "old": "one", "new": "two" }), "1"),
        ("read_file", json!({ "path": "note.txt" }), "two needle"),
        ("list_directory", json!({}), "note.txt"),
        ("find_files", json!({ "glob": "*.txt" }), "note.txt"),
        ("search_code", json!({ "pattern": "need.e" }), "two needle"),
        ("execute_command", json!({ "command": "cat note.txt" }), "two needle"),
        (
            "git_commit_and_push",
            json!({ "message": "Add a note", "branch": "agents/note" }),
            "agents/note",
        ),
    ]
}

fn platform_calls() -> Vec<Call> {
    vec![
        ("save_memory", json!({ "content": "Ada likes tea.", "tags": ["ada"] }), "id"),
        ("list_memory", json!({ "tag": "ada" }), "Ada likes tea."),
        ("list_skills", json!({}), "Deploy an app"),
        ("get_skill", json!({ "name": "deploy" }), "Call deploy_app."),
        ("finalize_prd", json!({ "title": "Shop", "content": "# Shop" }), "version"),
        ("get_prd", json!({}), "# Shop"),
        ("web_search", json!({ "query": "rust" }), "https://example.com/1"),
    ]
}

/// Starts a Coolify with an application that runs; returns it with the ids of project and application.
async fn simulated_coolify() -> (Simulator, String, String) {
    let options = coolify::Options { budget_per_minute: None, ..coolify::Options::default() };
    let pace = options.pace;
    let simulator = coolify::start(options).await.expect("a Coolify");
    let url = simulator.url.parse().expect("a URL");
    let mut config = covibe_coolify::Config::new(url, simulator.token.clone());
    config.destination = Some(DESTINATION.to_owned());
    let client = covibe_coolify::Client::new(config).expect("a client");
    let project = client.create_project("Shop", "").await.expect("a project");
    let new = NewImageApplication {
        name: "web".to_owned(),
        description: Description::default(),
        image: "nginx:alpine".parse().expect("an image"),
        ports: "80".parse().expect("a port"),
        domains: vec!["https://web.apps.example".to_owned()],
        limits: Limits::default(),
        restart_limit: None,
    };
    let (environment, project) = ("production".to_owned(), project);
    let at = Placement { project, environment, environment_uuid: None, destination: None };
    let app = client.create_image_application(&at, &new).await.expect("an application");
    let deployed = client.deploy(&app, true).await.expect("a deployment");
    assert!(matches!(deployed, DeployOutcome::Queued(_)), "{deployed:?}");
    for _ in 0..30 {
        simulator.advance(pace);
        client.application(&app).await.expect("an application");
    }
    (simulator, at.project.to_string(), app.to_string())
}

/// Starts a Gitea with the repositories `acme/shop` and `acme/skills`.
async fn simulated_gitea() -> Simulator {
    let simulator = gitea::start(gitea::Options::default()).await.expect("a Gitea");
    let url = simulator.url.parse().expect("a URL");
    let config = covibe_gitea::Config::new(url, USER, simulator.token.clone());
    let client = covibe_gitea::Client::new(config).expect("a client");
    client.create_org("acme", "Acme").await.expect("an organisation");
    let writer = client.writer(&simulator.token);
    for name in ["shop", "skills"] {
        let new = NewRepo { name, description: "", default_branch: "main" };
        writer.create_repo("acme", new).await.expect("a repository");
        let (path, content) = ("skills/deploy/SKILL.md".to_owned(), SKILL.as_bytes().into());
        let files = vec![FileChange::Create { path, content, executable: false }];
        let commit = NewCommit { branch: "main".to_owned(), message: "Begin".to_owned(), files };
        writer.commit("acme", name, &commit).await.expect("a commit");
    }
    simulator
}

/// Clones `acme/shop` into a folder.
fn clone(gitea: &Simulator, folder: &Path) {
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null");
        assert!(command.status().expect("git").success(), "{arguments:?}");
    };
    let url = format!("{}/acme/shop.git", gitea.url);
    let credentials = format!("://{USER}:{}@", gitea.token.expose());
    git(&["clone", "--quiet", &url.replacen("://", &credentials, 1), "."]);
    git(&["remote", "set-url", "origin", &url]);
    git(&["config", "user.name", "Ada"]);
    git(&["config", "user.email", "ada@example.com"]);
}

/// Starts a runner whose agent cannot be started, and returns it with its address.
async fn runner(home: &Path) -> (Serving, SocketAddr) {
    let mut variables = Variables::new(&|_| None);
    let agents = "[agents.coder]\ncommand = [\"true\"]\n";
    let agents = Agents::parse(agents, None, &ToolNames::from_registry()).expect("an agent");
    let supervisor = vec!["false".into()];
    let settings = RunnerSettings::read(&mut variables, home, agents, supervisor);
    let locked = LockedHome::take(settings.expect("settings")).await.expect("a folder");
    let token = locked.token().expect("a token");
    let runner = Runner::start(locked).await.expect("a runner");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    (api::serve(runner, token, listener).expect("a server"), address)
}

/// Starts a web search that answers as SearXNG does, and returns its address.
fn searched_web() -> String {
    let result =
        json!({ "title": "Rust", "url": "https://example.com/1", "content": "A language." });
    let answer = json!({ "results": [result] }).to_string();
    format!("http://{}", serve(move |_| (200, answer.clone())))
}
