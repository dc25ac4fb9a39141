//! Repositories without git: created, read, committed to and deleted by calls.

mod committing;
mod concurrent_commits;
mod creating;
mod deleting;
mod executable_files;
mod from_files;
mod lost_commit_answers;
mod reading;
mod renamed_organisations;

use covibe_testkit::git::{access, push_files};
use covibe_testkit::{Agent, Options, World};
use serde_json::{Value, json};

use crate::support::served;

/// A workspace's agent at work.
struct Desk {
    world: World,
    agent: Agent,
}

impl Desk {
    async fn new() -> Self {
        Self::with_world(World::embedded().await)
    }

    fn with_world(world: World) -> Self {
        let agent = world.mark.agent.clone();
        Self { world, agent }
    }

    /// A desk with the repository `site`, which has `a.txt` and `src/b.txt`, and its commit.
    async fn with_site() -> (Self, String) {
        Self::new().await.fill().await
    }

    /// The same behind HTTP.
    async fn served_with_site() -> (Self, String) {
        Self::with_world(served(Options::default()).await).fill().await
    }

    async fn fill(self) -> (Self, String) {
        let files = json!({ "a.txt": "a\n", "src/b.txt": "b\n" });
        let made = self.ok("repos.create", json!({ "name": "site", "files": files })).await;
        let commit = text(&made["commit"]);
        (self, commit)
    }

    async fn call(&self, tool: &str, params: Value) -> Result<Value, Value> {
        let outcome = self.agent.compact(tool, &params).await;
        outcome.map_err(|failure| serde_json::to_value(&failure).expect("JSON"))
    }

    async fn ok(&self, tool: &str, params: Value) -> Value {
        self.call(tool, params.clone()).await.unwrap_or_else(|why| panic!("{tool} {params}: {why}"))
    }

    /// A call that is refused with this status, and its failure.
    async fn call_refused(&self, status: u16, tool: &str, params: Value) -> Value {
        let answer = self.agent.compact_raw(tool, &params).await;
        assert_eq!(answer.status, status, "{tool} {params}: {}", answer.text);
        answer.json()
    }

    /// Commits to `site`.
    async fn commit(&self, files: Value, more: Value) -> Result<Value, Value> {
        let mut params = json!({ "repo": "site", "message": "Change files", "files": files });
        for (name, value) in more.as_object().into_iter().flatten() {
            params[name] = value.clone();
        }
        self.call("repos.commit", params).await
    }

    /// The paths of the files of `site`.
    async fn paths(&self) -> Vec<String> {
        let tree = self.ok("repos.tree", json!({ "repo": "site" })).await;
        tree["files"].as_array().expect("files").iter().map(|file| text(&file["path"])).collect()
    }

    /// The content of a file of `site`, without its frame.
    async fn content(&self, path: &str) -> String {
        let read = self.ok("repos.read", json!({ "repo": "site", "paths": [path] })).await;
        unframed(&read["files"][0])
    }

    /// Returns the number of commits of `site`.
    async fn commits(&self) -> usize {
        let (access, git) = self.git().await;
        let org = access["workspace"]["giteaOrg"].as_str().expect("an organisation");
        let path = format!("/repos/{org}/site/commits");
        let listed = git.send("GET", &path, &[], None).await;
        listed.json().as_array().map_or(0, Vec::len)
    }

    /// The bot's access, and an agent that calls Gitea's API with it.
    async fn git(&self) -> (Value, Agent) {
        let access = access(&self.agent).await;
        let base = access["gitea"]["apiBase"].as_str().expect("a URL");
        let git = Agent::new(base, "", None).with_key(access["bot"]["token"].as_str());
        (access, git)
    }

    /// Pushes a file to `site` with git itself, and returns the commit.
    async fn push(&self, path: &str, content: &str) -> String {
        let access = access(&self.agent).await;
        tokio::task::block_in_place(|| {
            push_files(&access, "site", |folder| {
                std::fs::write(folder.join(path), content).expect("a file");
            })
        })
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// The text of a file that was read, without the lines around it.
fn unframed(file: &Value) -> String {
    let framed = text(&file["text"]);
    let (_, rest) = framed.split_once('\n').expect("a first line");
    rest.rsplit_once('\n').expect("a last line").0.to_owned()
}

/// The paths of the problems of a refused call.
fn problems(failure: &Value) -> Vec<String> {
    let problems = failure["details"]["problems"].as_array();
    let problems = problems.unwrap_or_else(|| panic!("no problems: {failure}"));
    problems.iter().map(|each| text(&each["path"])).collect()
}
