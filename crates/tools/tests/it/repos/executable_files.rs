//! Files that can be executed, as git has them.

use std::collections::BTreeMap;

use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::git::{access, git, push_files};
use serde_json::{Value, json};

use super::{Desk, text};

/// The path of pushes.
const PUSH: &str = "/*/*/git-receive-pack$";

const SCRIPT: &str = "#!/bin/sh\nexit 0\n";

impl Desk {
    /// The modes of the files of a repository, as a clone by git has them. git accepts all objects.
    async fn modes(&self, repo: &str) -> BTreeMap<String, String> {
        let access = access(&self.agent).await;
        let template = text(&access["gitea"]["cloneUrlTemplate"]);
        let url = template.replace("{{token}}", &text(&access["bot"]["token"]));
        let url = url.replace("{{repo}}", repo);
        tokio::task::block_in_place(|| {
            let folder = tempfile::tempdir().expect("a directory");
            git(folder.path(), &["clone", "--quiet", &url, "."]);
            git(folder.path(), &["fsck", "--strict", "--full"]);
            let listed = git(folder.path(), &["ls-files", "--stage", "-z"]);
            let entries = listed.split('\0').filter(|entry| !entry.is_empty());
            let entry = |entry: &str| {
                let (stage, path) = entry.split_once('\t').expect("a path");
                (path.to_owned(), stage[..6].to_owned())
            };
            entries.map(entry).collect()
        })
    }

    /// The modes of `site`.
    async fn site(&self) -> Value {
        json!(self.modes("site").await)
    }

    /// The number of pushes that were sent.
    fn pushes(&self) -> usize {
        let requests = self.world.gitea.requests();
        requests.iter().filter(|sent| sent.path.ends_with("/git-receive-pack")).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn new_scripts_are_executable() {
    let desk = Desk::new().await;
    let files = json!([
        { "path": "bin/entrypoint.sh", "content": SCRIPT },
        { "path": "bin/plain.sh", "content": SCRIPT, "executable": false },
        { "path": "a.txt", "content": "a\n" },
        { "path": "tool", "contentBase64": "AP8=", "executable": true },
    ]);
    desk.ok("repos.create", json!({ "name": "site", "files": files })).await;
    let expected = json!({ "a.txt": "100644", "bin/entrypoint.sh": "100755",
                           "bin/plain.sh": "100644", "tool": "100755" });
    assert_eq!(desk.site().await, expected);
    assert_eq!(desk.content("a.txt").await, "a\n");
    assert_eq!(desk.commits().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_entrypoint_script_of_an_app_from_files_is_executable() {
    let desk = Desk::new().await;
    let files = json!({
        "Dockerfile": "FROM alpine:3.22\nCOPY . /app\nENTRYPOINT [\"/app/entrypoint.sh\"]\n",
        "entrypoint.sh": SCRIPT,
    });
    let made = desk.ok("apps.create", json!({ "name": "site", "files": files })).await;
    assert_eq!(made["repo"], "site", "{made}");
    assert_eq!(desk.site().await["entrypoint.sh"], "100755");
}

#[tokio::test(flavor = "multi_thread")]
async fn modes_change_by_commits_and_survive_edits_and_moves() {
    let (desk, _) = Desk::with_site().await;
    let commit = async |files: Value| desk.commit(files, json!({})).await.expect("a commit");
    let set = commit(json!([
        { "path": "a.txt", "executable": true }, { "path": "src/deep/run", "content": SCRIPT }
    ]));
    assert_eq!(set.await["changed"], 2);
    let expected = json!({ "a.txt": "100755", "src/b.txt": "100644", "src/deep/run": "100755" });
    assert_eq!(desk.site().await, expected);
    assert_eq!(desk.content("a.txt").await, "a\n");
    assert_eq!(desk.pushes(), 1);
    commit(json!([
        { "path": "a.txt", "content": "A\n" }, { "path": "run", "from": "src/deep/run" },
    ]))
    .await;
    let moved = json!({ "a.txt": "100755", "src/b.txt": "100644", "run": "100755" });
    assert_eq!(desk.site().await, moved);
    // The same beside a file that gets a mode, so that all of it is pushed.
    commit(json!([
        { "path": "a.txt", "content": "AA\n" }, { "path": "lib/run", "from": "run" },
        { "path": "src/b.txt", "delete": true }, { "path": "c", "content": SCRIPT },
    ]))
    .await;
    let pushed = json!({ "a.txt": "100755", "lib/run": "100755", "c": "100755" });
    assert_eq!(desk.site().await, pushed);
    assert_eq!(desk.content("a.txt").await, "AA\n");
    commit(json!([{ "path": "c", "content": "text", "executable": false }])).await;
    assert_eq!(desk.site().await["c"], "100644");
    let again = commit(json!([{ "path": "c", "executable": false }])).await;
    assert_eq!(again["changed"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_executable_file_whose_push_got_no_answer_is_found_and_not_pushed_again() {
    let (desk, _) = Desk::with_site().await;
    for (number, fault) in
        [Name::DropAfter, Name::StatusAfter, Name::CutOff].into_iter().enumerate()
    {
        desk.world.gitea.clear_requests();
        desk.world.gitea.arm(Fault::new(fault).on("POST", PUSH));
        let path = format!("run{number}");
        let made = desk.commit(json!([{ "path": path, "content": SCRIPT }]), json!({})).await;
        let made = made.unwrap_or_else(|why| panic!("{fault:?}: {why}"));
        let tree = desk.ok("repos.tree", json!({ "repo": "site" })).await;
        assert_eq!((&tree["commit"], desk.pushes()), (&made["commit"], 1), "{fault:?}");
        desk.world.gitea.disarm();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mode_change_does_not_overwrite_a_concurrent_commit() {
    let (desk, _) = Desk::with_site().await;
    let hold = desk.world.gitea.hold("POST", PUSH);
    let files = json!([{ "path": "a.txt", "content": SCRIPT, "executable": true }]);
    let (told, ()) = tokio::join!(desk.commit(files, json!({})), async {
        hold.arrived().await;
        let (_, git) = desk.git().await;
        let body = json!({ "content": "eA==", "message": "Theirs" });
        let path = "/repos/vibn-mark/site/contents/theirs.txt";
        assert_eq!(git.json("POST", path, &body).await.status, 201);
        drop(hold);
    });
    let refused = told.expect_err("the branch moved on");
    assert!(refused["error"].as_str().expect("a text").contains("at the same time"), "{refused}");
    assert_eq!(desk.paths().await, ["a.txt", "src/b.txt", "theirs.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mode_change_on_a_protected_branch_is_refused() {
    let (desk, _) = Desk::with_site().await;
    let (_, git) = desk.git().await;
    let rule = json!({ "rule_name": "main", "branch_name": "main", "enable_push": false });
    let path = "/repos/vibn-mark/site/branch_protections";
    assert_eq!(git.json("POST", path, &rule).await.status, 201);
    let params = json!({ "repo": "site", "message": "x",
                         "files": [{ "path": "a.txt", "executable": true }] });
    let refused = desk.call_refused(403, "repos.commit", params).await;
    assert!(text(&refused["hint"]).contains("protected"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_in_a_folder_with_a_non_utf_8_file_name_is_refused() {
    use std::os::unix::ffi::OsStrExt as _;
    let (desk, _) = Desk::with_site().await;
    let access = access(&desk.agent).await;
    tokio::task::block_in_place(|| {
        push_files(&access, "site", |folder| {
            let name = std::ffi::OsStr::from_bytes(b"src/\xe4.txt");
            std::fs::write(folder.join(name), "x").expect("a file");
        })
    });
    let script = |path: &str| json!([{ "path": path, "content": SCRIPT }]);
    let refused = desk.commit(script("src/run"), json!({})).await.expect_err("it is refused");
    assert!(text(&refused["error"]).contains("UTF-8"), "{refused}");
    desk.commit(script("run"), json!({})).await.expect("another folder");
    assert_eq!(desk.modes("site").await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_line_endings_in_scripts_and_committed_secrets_cause_hints() {
    let desk = Desk::new().await;
    let script = "#!/bin/sh\r\nexit 0\r\n";
    let files = json!({ "run.sh": script, ".env": "TOKEN=abc\n", "index.html": "<p>\n" });
    let made = desk.ok("apps.create", json!({ "name": "site", "files": files })).await;
    let hints = made["hints"].to_string();
    assert!(hints.contains("CR LF") && hints.contains("apps.envs.upsert"), "{hints}");
    let made = desk.ok("repos.create", json!({ "name": "other", "files": files })).await;
    assert!(text(&made["hint"]).contains("run.sh"), "{made}");
    let files = json!([{ "path": "api/.env", "content": "TOKEN=abc\n" }]);
    let made = desk.commit(files, json!({})).await.expect("a commit");
    assert!(text(&made["hint"]).contains("api/.env"), "{made}");
    let files = json!([{ "path": ".env.example", "content": "TOKEN=\n" }]);
    let made = desk.commit(files, json!({})).await.expect("a commit");
    assert!(made.get("hint").is_none(), "{made}");
}
