//! Jobs with a repository on a simulated Gitea, whose repositories are real.

use std::fs;
use std::path::Path;
use std::process::Command;

use covibe_sandbox::Simulator;
use covibe_sandbox::gitea::{self, Options};
use serde_json::{Value, json};

use crate::raw_http_client::send;
use crate::test_runner::{World, processes_with, wait_for};

/// A runner with a Gitea that has `acme/shop`.
struct Hosted {
    world: World,
    gitea: Simulator,
}

impl Hosted {
    async fn new() -> Self {
        let gitea = gitea::start(Options::default()).await.unwrap();
        let mut world = World::idle("")
            .with("GITEA_API_URL", &gitea.url)
            .with("GITEA_API_TOKEN", gitea.token.expose())
            .with("GITEA_USERNAME", "operator");
        world.start();
        let hosted = Self { world, gitea };
        hosted.api("POST", "/orgs", &json!({ "username": "acme" }));
        hosted.create("shop");
        hosted
    }

    fn api(&self, method: &str, path: &str, body: &Value) -> Value {
        let authorization = format!("token {}", self.gitea.token.expose());
        let address = self.gitea.url.strip_prefix("http://").unwrap().parse().unwrap();
        let path = format!("/api/v1{path}");
        let body = Some(body.to_string()).filter(|_| method != "GET");
        let reply =
            send(address, (method, &path), &[("Authorization", &authorization)], body.as_deref());
        assert!(reply.status < 300, "{method} {path}: {}", reply.text);
        serde_json::from_str(&reply.text).unwrap_or_default()
    }

    fn create(&self, name: &str) {
        let body =
            json!({ "name": name, "private": true, "auto_init": true, "default_branch": "main" });
        self.api("POST", "/orgs/acme/repos", &body);
    }

    /// Returns the branches of a repository with their commits.
    fn branches(&self, name: &str) -> Vec<(String, String)> {
        let url = format!("{}/acme/{name}.git", self.gitea.url);
        let helper = format!(
            "credential.helper=!printf 'username=operator\\npassword={}\\n'; :",
            self.gitea.token.expose()
        );
        let output = Command::new("git")
            .args(["-c", &helper, "ls-remote", "--heads", &url])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let pair = |line: &str| {
            let (commit, name) = line.split_once("\trefs/heads/").unwrap();
            (name.to_owned(), commit.to_owned())
        };
        text.lines().map(pair).collect()
    }

    fn run(&self, script: &str, more: &Value) -> Value {
        self.world.wait_for_end(&self.world.run_with(script, more))
    }
}

const COMMIT: &str =
    "echo x > new.txt; git add new.txt; git commit --quiet -m 'Add a file'; git rev-parse HEAD";

#[tokio::test(flavor = "multi_thread")]
async fn commits_go_to_the_branch_of_the_job_and_nowhere_else() {
    let hosted = Hosted::new().await;
    let before = hosted.branches("shop");
    let job = hosted.run(
        &format!("cat README.md; {COMMIT}; git branch other; git tag v1"),
        &json!({ "repo": "acme/shop", "push": true }),
    );
    assert_eq!(job["status"], "succeeded", "{job}");
    let branch = format!("agents/{}", job["jobId"].as_str().unwrap());
    assert_eq!(job["branch"], branch);
    let sha = job["commits"][0]["sha"].as_str().unwrap();
    assert!(job["output"].as_str().unwrap().starts_with("# shop\n"));
    assert_eq!(
        (job["commits"].as_array().unwrap().len(), &job["commits"][0]["subject"]),
        (1, &json!("Add a file"))
    );
    let mut after = hosted.branches("shop");
    let pushed = after.iter().position(|(name, _)| *name == branch).unwrap();
    assert_eq!(after.remove(pushed).1, sha);
    assert_eq!(after, before, "no other branch was changed or made");
    // The branch of a job is a ref that the next one can begin at.
    let next = hosted.run("cat new.txt", &json!({ "repo": "acme/shop", "ref": branch }));
    assert_eq!((&next["output"], next.get("branch")), (&json!("x\n"), None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_without_push_lists_its_commits_but_pushes_nothing() {
    let hosted = Hosted::new().await;
    let before = hosted.branches("shop");
    let job = hosted.run(COMMIT, &json!({ "repo": "acme/shop" }));
    assert_eq!((&job["status"], job.get("branch")), (&json!("succeeded"), None));
    assert_eq!(job["commits"].as_array().unwrap().len(), 1, "they are listed nevertheless");
    let none = hosted.run("true", &json!({ "repo": "acme/shop", "push": true }));
    assert_eq!((&none["status"], none.get("branch")), (&json!("succeeded"), None));
    assert!(none["summary"].as_str().unwrap().contains("no commit"));
    assert_eq!(hosted.branches("shop"), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_git_reference_fails_the_job_with_its_name() {
    let hosted = Hosted::new().await;
    for reference in ["nothing", "--upload-pack=x", "main..main", "0123456"] {
        let job = hosted.run("true", &json!({ "repo": "acme/shop", "ref": reference }));
        assert_eq!(job["status"], "failed");
        assert!(job["summary"].as_str().unwrap().contains(reference), "{job}");
    }
    let tip = hosted.branches("shop")[0].1.clone();
    let job = hosted.run("git rev-parse HEAD", &json!({ "repo": "acme/shop", "ref": tip[..10] }));
    assert_eq!(job["output"], format!("{tip}\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_for_protected_renamed_or_unknown_repositories_are_refused() {
    let hosted = Hosted::new().await;
    hosted.create("co-vibe-server");
    let attempt = |repo: &str| {
        let body = json!({ "agent": "shell", "task": "true", "repo": repo, "push": true });
        hosted.world.post("/api/agent/run", &body)
    };
    for repo in ["acme/co-vibe-server", "ACME/Co-Vibe-Server"] {
        let reply = attempt(repo);
        assert_eq!(reply.status, 403, "{}", reply.text);
        assert!(reply.text.contains("is protected. Ask a person."), "{}", reply.text);
    }
    hosted.api("PATCH", "/repos/acme/co-vibe-server", &json!({ "name": "innocent" }));
    assert_eq!(attempt("acme/co-vibe-server").status, 400, "its former name");
    for repo in ["acme/nothing", "nothing", "a/b/c", "../x", "acme/.."] {
        assert_eq!(attempt(repo).status, 400, "{repo}");
    }
    assert_eq!(hosted.world.get("/api/jobs").json()["total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_pushed_to_a_repository_that_was_replaced_during_the_job() {
    let hosted = Hosted::new().await;
    let id = hosted.world.run_with(
        &format!("touch $MARKS/begun; until [ -e $MARKS/go ]; do sleep 0.01; done; {COMMIT}"),
        &json!({ "repo": "acme/shop", "push": true }),
    );
    wait_for(&hosted.world.mark("begun"));
    hosted.api("PATCH", "/repos/acme/shop", &json!({ "name": "co-vibe" }));
    hosted.create("shop");
    fs::write(hosted.world.mark("go"), "").unwrap();
    let job = hosted.world.wait_for_end(&id);
    assert_eq!((&job["status"], job.get("branch")), (&json!("failed"), None), "{job}");
    assert!(job["summary"].as_str().unwrap().contains("no longer the same repository"), "{job}");
    for name in ["co-vibe", "shop"] {
        assert!(
            !hosted.branches(name).iter().any(|(name, _)| name.starts_with("agents/")),
            "{name}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_git_configuration_and_hooks_left_by_an_agent_run_and_leak_nothing() {
    let hosted = Hosted::new().await;
    hosted.create("secret");
    hosted.run("true", &json!({ "repo": "acme/secret" }));
    let secret = hosted.branches("secret")[0].1.clone();
    let mirrors = hosted.world.home().join("mirrors");
    let evil = "printf '#!/bin/sh\\ntouch $MARKS/evil; touch '$MARKS'/evil\\n' > .git/evil; chmod +x .git/evil";
    for hostile in [
        // Programs in the configuration and hooks of every kind.
        "for name in core.fsmonitor core.sshCommand uploadpack.packObjectsHook core.pager diff.external; do \
         git config $name $PWD/.git/evil; done; git config core.hooksPath $PWD/.git/hooks; mkdir -p .git/hooks; \
         for name in pre-push post-checkout reference-transaction pre-receive update post-update; do \
         cp .git/evil .git/hooks/$name; done",
        // Another address for what is pushed.
        "git config url.http://127.0.0.1:1/.insteadOf http://; git config remote.origin.pushurl http://127.0.0.1:1/x; \
         git config http.proxy http://127.0.0.1:1",
    ] {
        let job = hosted.run(
            &format!("{COMMIT}; {evil}; {hostile}"),
            &json!({ "repo": "acme/shop", "push": true }),
        );
        assert_eq!(job["status"], "succeeded", "{job}");
        assert!(job["branch"].is_string());
        assert!(!hosted.world.mark("evil").exists(), "{hostile}");
    }
    let mirrors = mirrors.display();
    for hostile in [
        // The objects of another repository, by each way that git follows.
        format!(
            "for it in {mirrors}/*.git; do echo $it/objects; done > .git/objects/info/alternates"
        ),
        format!("for it in {mirrors}/*.git; do ln -s $it/objects/pack .git/objects/x$$; done"),
        format!("echo {mirrors} > .git/commondir"),
        "mv .git elsewhere; ln -s elsewhere .git".to_owned(),
        "mv .git elsewhere; echo gitdir: elsewhere > .git".to_owned(),
        "rm -r .git".to_owned(),
    ] {
        let script = format!("{COMMIT}; {hostile}; [ -d .git ] && echo {secret} > .git/HEAD; true");
        let job = hosted.run(&script, &json!({ "repo": "acme/shop", "push": true }));
        assert_eq!(
            (&job["status"], job.get("branch")),
            (&json!("failed"), None),
            "{hostile}: {job}"
        );
    }
    assert!(!hosted.branches("shop").iter().any(|(_, commit)| *commit == secret));
}

fn find(folder: &Path, text: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        // A file that is being written has a name that does not exist a moment later.
        let (path, Ok(kind)) = (entry.path(), entry.file_type()) else { continue };
        if kind.is_dir() {
            find(&path, text, found);
        } else if kind.is_file()
            && String::from_utf8_lossy(&fs::read(&path).unwrap_or_default()).contains(text)
        {
            found.push(path.display().to_string());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_git_token_appears_in_no_file_answer_or_command_line() {
    let hosted = Hosted::new().await;
    let token = hosted.gitea.token.expose();
    let script = format!("git remote -v; env; {COMMIT}; cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
    let job = hosted.run(&script, &json!({ "repo": "acme/shop", "push": true }));
    assert_eq!(job["status"], "succeeded", "{job}");
    assert!(!job.to_string().contains(token));
    let mut found = Vec::new();
    find(&hosted.world.home(), token, &mut found);
    assert!(found.is_empty(), "{found:?}");
    assert!(processes_with(job["jobId"].as_str().unwrap()).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_of_an_agent_that_ended_while_the_runner_was_down_are_pushed_later() {
    let mut hosted = Hosted::new().await;
    let script =
        format!("touch $MARKS/begun; until [ -e $MARKS/go ]; do sleep 0.01; done; {COMMIT}");
    let id = hosted.world.run_with(&script, &json!({ "repo": "acme/shop", "push": true }));
    wait_for(&hosted.world.mark("begun"));
    hosted.world.kill();
    fs::write(hosted.world.mark("go"), "").unwrap();
    wait_for(&hosted.world.job_path(&id, "exit.json"));
    hosted.world.start();
    let job = hosted.world.wait_for_end(&id);
    assert_eq!(
        (&job["status"], &job["branch"]),
        (&json!("succeeded"), &json!(format!("agents/{id}")))
    );
    let pushed =
        hosted.branches("shop").into_iter().any(|(name, _)| name == format!("agents/{id}"));
    assert!(pushed);
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_with_repositories_run_and_push_once_despite_kills_of_the_runner() {
    let mut hosted = Hosted::new().await;
    let script = format!("echo run >> $MARKS/$COVIBE_JOB_ID; {COMMIT}");
    let mut ids = Vec::new();
    for number in 0..18 {
        ids.push(hosted.world.run_with(&script, &json!({ "repo": "acme/shop", "push": true })));
        if number % 3 == 0 {
            // So that it is met while it fetches, checks out, runs, collects or pushes.
            std::thread::sleep(std::time::Duration::from_millis(fastrand::u64(..250)));
            hosted.world.restart();
        }
    }
    let jobs: Vec<_> = ids.iter().map(|id| hosted.world.wait_for_end(id)).collect();
    let branches = hosted.branches("shop");
    for (id, job) in ids.iter().zip(jobs) {
        assert_eq!(job["status"], "succeeded", "{job}");
        assert_eq!(fs::read_to_string(hosted.world.mark(id)).unwrap(), "run\n");
        let pushed = branches.iter().find(|(name, _)| *name == format!("agents/{id}")).unwrap();
        assert_eq!(job["commits"][0]["sha"], pushed.1);
    }
    assert_eq!(branches.len(), 19);
}

#[tokio::test(flavor = "multi_thread")]
async fn stale_git_locks_in_a_mirror_do_not_block_later_jobs() {
    let hosted = Hosted::new().await;
    hosted.run("true", &json!({ "repo": "acme/shop" }));
    hosted.run(COMMIT, &json!({ "repo": "acme/shop", "push": true }));
    let mirror =
        fs::read_dir(hosted.world.home().join("mirrors")).unwrap().next().unwrap().unwrap();
    for lock in ["packed-refs.lock", "refs/heads/main.lock", "HEAD.lock"] {
        fs::write(mirror.path().join(lock), "").unwrap();
    }
    hosted.api(
        "PUT",
        "/repos/acme/shop/contents/README.md",
        &json!({
            "content": "bmV3", "message": "Change", "branch": "main",
            "sha": hosted.api("GET", "/repos/acme/shop/contents/README.md", &json!({}))["sha"],
        }),
    );
    let job = hosted.run("cat README.md", &json!({ "repo": "acme/shop" }));
    assert_eq!((&job["status"], &job["output"]), (&json!("succeeded"), &json!("new")), "{job}");
}
