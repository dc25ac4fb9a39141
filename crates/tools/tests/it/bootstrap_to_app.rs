//! From an empty directory to a running app: by `bootstrap.sh`, `gitea.credentials`, git and the
//! Gitea API alone.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_testkit::git::access;
use covibe_testkit::{Agent, AgentAnswer, Options, World};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::served;

/// A developer's directory, with nobody's settings in it.
struct Workdir(TempDir);

impl Workdir {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs a program in a folder of the desk.
    fn run(&self, folder: &str, program: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new(program[0]);
        command.args(&program[1..]).current_dir(self.path(folder)).env_clear();
        command.env("PATH", std::env::var_os("PATH").expect("a path")).env("HOME", self.0.path());
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "Mark");
            command.env(format!("GIT_{role}_EMAIL"), "mark@example.com");
        }
        command.envs(variables.iter().copied()).output().expect("it starts")
    }

    /// Returns the output of a program that must succeed.
    fn run_ok(&self, folder: &str, program: &[&str]) -> String {
        output_text(program, &self.run(folder, program, &[]))
    }

    fn git(&self, folder: &str, arguments: &[&str]) -> String {
        self.run_ok(folder, &[&["git"], arguments].concat())
    }
}

fn output_text(program: &[&str], output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}: {}", program[0], text(&output.stderr));
    text(&output.stdout)
}

/// The bot at work by the Gitea API.
struct Bot {
    agent: Agent,
    org: String,
    clone_template: String,
    token: String,
}

impl Bot {
    async fn from_agent(agent: &Agent) -> Self {
        let access = access(agent).await;
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let token = text(&access["bot"]["token"]);
        let base = text(&access["gitea"]["apiBase"]);
        Self {
            agent: Agent::new(&base, "", None).with_key(Some(&token)),
            org: text(&access["workspace"]["giteaOrg"]),
            clone_template: text(&access["gitea"]["cloneUrlTemplate"]),
            token,
        }
    }

    fn clone_url(&self, repo: &str) -> String {
        self.clone_template.replace("{{token}}", &self.token).replace("{{repo}}", repo)
    }

    async fn ask(&self, method: &str, path: &str, body: &Value) -> AgentAnswer {
        match body {
            Value::Null => self.agent.send(method, path, &[], None).await,
            body => self.agent.json(method, path, body).await,
        }
    }

    async fn api(&self, method: &str, path: &str, body: Value) -> Value {
        let answer = self.ask(method, path, &body).await;
        assert!((200..300).contains(&answer.status), "{method} {path}: {}", answer.text);
        answer.json()
    }

    /// The text of a file on a branch.
    async fn read(&self, repo: &str, file: &str) -> (String, Value) {
        let path = format!("/repos/{}/{repo}/contents/{file}", self.org);
        let told = self.api("GET", &path, Value::Null).await;
        let content = told["content"].as_str().expect("a content").replace('\n', "");
        let bytes = STANDARD.decode(content).expect("base64");
        (String::from_utf8(bytes).expect("a text"), told["sha"].clone())
    }

    /// Writes a file on a branch, and commits it.
    async fn write(&self, repo: &str, (file, text): (&str, &str), mut body: Value) -> String {
        body["content"] = json!(STANDARD.encode(text));
        body["message"] = json!(format!("Write {file}"));
        let path = format!("/repos/{}/{repo}/contents/{file}", self.org);
        let method = if body.get("sha").is_some() { "PUT" } else { "POST" };
        let told = self.api(method, &path, body).await;
        told["commit"]["sha"].as_str().expect("a hash").to_owned()
    }
}

/// An agent that knows only what `bootstrap.sh` has left in a directory.
fn agent_of(folder: &Path) -> Agent {
    let written = std::fs::read_to_string(folder.join(".env.local")).expect("the file");
    let value = |name: &str| {
        let lines = written.lines().filter_map(|line| line.split_once('='));
        let found = lines.filter(|(left, _)| *left == name).map(|(_, right)| right).next();
        found.expect("a line").to_owned()
    };
    let origin = value("VIBN_MCP_URL").strip_suffix("/api/mcp").expect("a path").to_owned();
    Agent::new(&origin, &value("VIBN_WORKSPACE"), None).with_key(Some(&value("VIBN_API_KEY")))
}

async fn bootstrap(world: &World, desk: &Workdir, folder: &str) {
    let agent = &world.mark.agent;
    let script = agent.send("GET", "/api/workspaces/mark/bootstrap.sh", &[], None).await;
    assert_eq!(script.status, 200, "{}", script.text);
    let path = desk.path("bootstrap.sh");
    std::fs::write(&path, &script.text).expect("a file");
    let key = agent.key.as_ref().expect("a key").expose();
    let program = ["sh", path.to_str().expect("UTF-8")];
    let output = desk.run(folder, &program, &[("VIBN_API_KEY", key)]);
    assert!(!output_text(&program, &output).contains(key), "it shows the key");
}

async fn call(agent: &Agent, tool: &str, params: Value) -> Value {
    agent.mcp(tool, &params).await.unwrap_or_else(|why| panic!("{tool}: {why}"))
}

/// Waits for the newest deployment of an app; the commit that it deployed.
async fn wait_until_deployed(agent: &Agent, app: &Value) -> String {
    for _ in 0..500 {
        let told = call(agent, "apps.deployments", json!({ "uuid": app })).await;
        match told["deployments"][0]["status"].as_str() {
            Some("queued" | "in_progress") => tokio::time::sleep(Duration::from_millis(10)).await,
            Some("finished") => {
                return told["deployments"][0]["commit"].as_str().unwrap_or_default().to_owned();
            }
            other => panic!("{other:?}: {told}"),
        }
    }
    panic!("the deployment does not end");
}

const PAGE: &str = "<h1>Hello</h1>\n";

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_directory_becomes_a_running_app_by_bootstrap_git_and_gitea() {
    let (world, desk) = (served(Options::default()).await, Workdir::new());
    bootstrap(&world, &desk, "").await;
    let agent = agent_of(desk.0.path());
    let bot = Bot::from_agent(&agent).await;
    let body = json!({ "name": "shop", "private": true });
    bot.api("POST", &format!("/orgs/{}/repos", bot.org), body).await;
    desk.git("", &["clone", "--quiet", &bot.clone_url("shop"), "shop"]);
    bootstrap(&world, &desk, "shop").await;
    std::fs::write(desk.path("shop/index.html"), PAGE).expect("a file");
    let head = pushed(&desk, &agent);
    assert_eq!(bot.read("shop", "index.html").await.0, PAGE);

    let wanted = json!({ "repo": "shop", "name": "shop", "buildPack": "static", "ports": "80" });
    let app = call(&agent, "apps.create", wanted).await["uuid"].clone();
    assert_eq!(wait_until_deployed(&agent, &app).await, head);

    let (_, hash) = bot.read("shop", "index.html").await;
    let changed = ("index.html", "<h1>Hello again</h1>\n");
    let by_api = bot.write("shop", changed, json!({ "sha": hash, "branch": "main" })).await;
    call(&agent, "apps.deploy", json!({ "uuid": app })).await;
    assert_eq!(wait_until_deployed(&agent, &app).await, by_api);

    let merged = merged(&bot).await;
    call(&agent, "apps.deploy", json!({ "uuid": app })).await;
    assert_eq!(wait_until_deployed(&agent, &app).await, merged);
    desk.git("shop", &["pull", "--quiet", "--ff-only"]);
    assert_eq!(desk.git("shop", &["rev-parse", "HEAD"]).trim(), merged);
    let page = std::fs::read_to_string(desk.path("shop/index.html")).expect("a file");
    assert_eq!(page, changed.1);
    assert_eq!(std::fs::read_to_string(desk.path("shop/about.html")).expect("a file"), "About\n");
}

/// Commits and pushes all that git takes; the commit.
fn pushed(desk: &Workdir, agent: &Agent) -> String {
    desk.git("shop", &["add", "--all"]);
    let staged = desk.git("shop", &["diff", "--cached"]);
    assert!(!staged.contains(agent.key.as_ref().expect("a key").expose()), "{staged}");
    desk.git("shop", &["commit", "--quiet", "--message", "Begin"]);
    let left = desk.git("shop", &["status", "--porcelain"]);
    assert_eq!(left, "", "the key's file is ignored");
    assert!(desk.path("shop/.env.local").is_file());
    let tracked = desk.git("shop", &["ls-files"]);
    assert!(!tracked.contains(".env.local") && tracked.contains("index.html"), "{tracked}");
    desk.git("shop", &["push", "--quiet", "origin", "HEAD:main"]);
    desk.git("shop", &["rev-parse", "HEAD"]).trim().to_owned()
}

/// A branch with one file more, merged by a pull request; the merge's commit.
async fn merged(bot: &Bot) -> String {
    let repo = format!("/repos/{}/shop", bot.org);
    let branch = json!({ "new_branch_name": "about", "old_ref_name": "main" });
    bot.api("POST", &format!("{repo}/branches"), branch).await;
    bot.write("shop", ("about.html", "About\n"), json!({ "branch": "about" })).await;
    let pull = json!({ "title": "About us", "head": "about", "base": "main" });
    let pull = bot.api("POST", &format!("{repo}/pulls"), pull).await;
    let path = format!("{repo}/pulls/{}", pull["number"]);
    bot.api("POST", &format!("{path}/merge"), json!({ "Do": "merge" })).await;
    let pull = bot.api("GET", &path, Value::Null).await;
    assert_eq!(pull["merged"], true, "{pull}");
    pull["merge_commit_sha"].as_str().expect("a hash").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn other_workspaces_can_neither_clone_push_nor_read_a_repository() {
    let (world, desk) = (served(Options::default()).await, Workdir::new());
    let sibling = world.sibling(&world.mark, "mark-two").await;
    let bot = Bot::from_agent(&world.mark.agent).await;
    let body = json!({ "name": "shop", "private": true, "auto_init": true });
    bot.api("POST", &format!("/orgs/{}/repos", bot.org), body).await;
    desk.git("", &["clone", "--quiet", &bot.clone_url("shop"), "shop"]);
    std::fs::write(desk.path("shop/evil.txt"), "evil").expect("a file");
    desk.git("shop", &["add", "--all"]);
    desk.git("shop", &["commit", "--quiet", "--message", "Evil"]);
    let head = bot.api("GET", "/repos/vibn-mark/shop/branches/main", Value::Null).await;
    for stranger in [&sibling.agent, &world.justine.agent] {
        let stranger = Bot::from_agent(stranger).await;
        for url in foreign_urls(&bot, &stranger) {
            let cloned = desk.run("", &["git", "clone", "--quiet", &url, "stolen"], &[]);
            assert!(!cloned.status.success() && !desk.path("stolen").exists(), "{url}");
            let pushed = desk.run("shop", &["git", "push", "--quiet", &url, "HEAD:main"], &[]);
            assert!(!pushed.status.success(), "{url}");
        }
        cannot_use_the_api(&stranger).await;
    }
    let now = bot.api("GET", "/repos/vibn-mark/shop/branches/main", Value::Null).await;
    assert_eq!(now["commit"]["id"], head["commit"]["id"]);
}

/// The repository's address with the stranger's token, under either name, and with none.
fn foreign_urls(of: &Bot, stranger: &Bot) -> [String; 3] {
    let own = of.clone_template.replace("{{repo}}", "shop");
    let theirs = stranger.clone_url("shop").replace(&stranger.org, &of.org);
    let anonymous = own.replace("mark-bot:{{token}}@", "");
    [own.replace("{{token}}", &stranger.token), theirs, anonymous]
}

async fn cannot_use_the_api(stranger: &Bot) {
    let content = json!({ "content": "ZXZpbA==", "message": "evil", "branch": "main" });
    for (method, path, body) in [
        ("GET", "/repos/vibn-mark/shop", Value::Null),
        ("GET", "/repos/vibn-mark/shop/contents/README.md", Value::Null),
        ("GET", "/repos/vibn-mark/shop/branches", Value::Null),
        ("GET", "/orgs/vibn-mark", Value::Null),
        ("GET", "/orgs/vibn-mark/repos", Value::Null),
        ("GET", "/users/mark-bot/tokens", Value::Null),
        ("POST", "/orgs/vibn-mark/repos", json!({ "name": "evil" })),
        ("POST", "/repos/vibn-mark/shop/contents/evil.txt", content),
        ("POST", "/repos/vibn-mark/shop/branches", json!({ "new_branch_name": "evil" })),
        ("DELETE", "/repos/vibn-mark/shop", Value::Null),
        ("GET", "/admin/users", Value::Null),
    ] {
        let answer = stranger.ask(method, path, &body).await;
        let refused = matches!(answer.status, 401 | 403 | 404);
        assert!(refused, "{method} {path} → {}: {}", answer.status, answer.text);
        assert!(!answer.text.contains("README"), "{method} {path}: {}", answer.text);
    }
}
