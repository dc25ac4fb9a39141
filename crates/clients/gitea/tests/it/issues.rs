//! Issues, repositories by former names, and files, with the token of a user who is not an
//! administrator.

use covibe_domain::Secret;
use covibe_gitea::{Cause, Client, Content, EntryKind, IssueChangeOutcome, IssueStates, NewIssue};
use covibe_sandbox::faults::{Fault, Name};
use serde_json::json;

use crate::call_catalog::{World, client};

const OWNER: &str = "vibn-mark";

/// A world, a client of the bot's with the repository `vibn-mark/site`, and the bot's token.
pub(crate) async fn with_user() -> (World, Client, Secret) {
    let world = World::new().await;
    let scopes = ["write:repository", "write:organization", "write:issue", "read:user"];
    let tokens = world.client.tokens_by_administrator("mark-bot");
    let token = tokens.create("issues", &scopes).await.unwrap().token;
    let user =
        client(&world.simulator, "mark-bot", token.clone(), std::time::Duration::from_secs(10));
    let body = json!({ "name": "site", "auto_init": true, "private": true });
    assert_eq!(world.by_hand(token.expose(), "POST", "/orgs/vibn-mark/repos", &body).await, 201);
    (world, user, token)
}

async fn open(client: &Client, title: &str, labels: &[i64]) -> i64 {
    let new = NewIssue { title, body: "See.", labels };
    match client.create_issue(OWNER, "site", new).await.unwrap() {
        IssueChangeOutcome::Issue(issue) => issue.number,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn issues_are_opened_listed_and_closed() {
    let (world, client, token) = with_user().await;
    for (path, name) in
        [("/repos/vibn-mark/site/labels", "bug"), ("/orgs/vibn-mark/labels", "shared")]
    {
        let body = json!({ "name": name, "color": "#00ff00" });
        assert_eq!(world.by_hand(token.expose(), "POST", path, &body).await, 201);
    }
    let labels = client.labels(OWNER, "site").await.unwrap();
    let names: Vec<_> = labels.iter().map(|label| label.name.as_str()).collect();
    assert_eq!(names, ["bug", "shared"]);
    let number = open(&client, "Broken", &[labels[0].id]).await;
    open(&client, "Slow", &[]).await;
    let issue = client.issue(OWNER, "site", number).await.unwrap().unwrap();
    assert_eq!(issue.labels.unwrap(), labels[..1]);
    assert_eq!(issue.repository.unwrap().full_name, "vibn-mark/site");
    let IssueChangeOutcome::Issue(closed) =
        client.close_issue(OWNER, "site", number).await.unwrap()
    else {
        panic!("not closed")
    };
    assert_eq!((closed.state.as_str(), closed.closed_at.is_some()), ("closed", true));
    for (states, count) in [(IssueStates::Open, 1), (IssueStates::Closed, 1), (IssueStates::All, 2)]
    {
        let listed = client.issues(OWNER, "site", states).await.unwrap().unwrap();
        let found = client.issues_of_owner(OWNER, states).await.unwrap().unwrap();
        assert_eq!((listed.total, listed.newest.len(), found.total), (count, count, count));
    }
    assert!(client.issue(OWNER, "site", 99).await.unwrap().is_none());
    assert!(client.issues(OWNER, "gone", IssueStates::All).await.unwrap().is_none());
    assert!(client.issues_of_owner("nobody-here", IssueStates::All).await.unwrap().is_none());
}

#[tokio::test]
async fn a_refused_change_of_an_issue_is_reported_as_blocked_or_read_only() {
    let (world, client, token) = with_user().await;
    let number = open(&client, "Broken", &[]).await;
    let blocked = Fault::new(Name::Status).status(412).on("PATCH", "/repos/*/*/issues/*");
    world.simulator.arm(blocked);
    let outcome = client.close_issue(OWNER, "site", number).await.unwrap();
    assert!(matches!(outcome, IssueChangeOutcome::Blocked), "{outcome:?}");
    let archive = json!({ "archived": true });
    assert_eq!(
        world.by_hand(token.expose(), "PATCH", "/repos/vibn-mark/site", &archive).await,
        200
    );
    let new = NewIssue { title: "Late", body: "", labels: &[] };
    let outcome = client.create_issue(OWNER, "site", new).await.unwrap();
    assert!(matches!(outcome, IssueChangeOutcome::ReadOnly), "{outcome:?}");
}

#[tokio::test]
async fn a_too_large_list_of_issues_is_read_in_part_with_its_total() {
    let (world, client, _) = with_user().await;
    for title in ["One", "Two"] {
        open(&client, title, &[]).await;
    }
    world.simulator.arm(Fault::new(Name::Huge).on("GET", "/repos/*/*/issues$").times(2));
    let listed = client.issues(OWNER, "site", IssueStates::Open).await.unwrap().unwrap();
    assert_eq!((listed.newest.len(), listed.newest[0].title.as_str(), listed.total), (1, "Two", 2));
}

#[tokio::test]
async fn organisation_labels_that_the_token_may_not_read_are_left_out() {
    let (world, _, _) = with_user().await;
    let tokens = world.client.tokens_by_administrator("mark-bot");
    let token = tokens.create("few", &["read:issue"]).await.unwrap().token;
    let few = client(&world.simulator, "mark-bot", token, std::time::Duration::from_secs(10));
    assert!(few.labels(OWNER, "site").await.unwrap().is_empty());
    let error = few.resolve_repo(OWNER, "site").await.unwrap_err();
    assert_eq!(error.cause, Cause::Unauthorized);
}

#[tokio::test]
async fn former_names_resolve_to_the_renamed_repository() {
    let (world, client, token) = with_user().await;
    for name in ["shop", "store"] {
        let old = if name == "shop" { "site" } else { "shop" };
        let path = format!("/repos/vibn-mark/{old}");
        let body = json!({ "name": name });
        assert_eq!(world.by_hand(token.expose(), "PATCH", &path, &body).await, 200);
    }
    let found = client.resolve_repo(OWNER, "SITE").await.unwrap().unwrap();
    assert_eq!(found.repo.full_name, "vibn-mark/store");
    assert_eq!(found.former, ["vibn-mark/SITE"]);
    assert!(client.resolve_repo(OWNER, "store").await.unwrap().unwrap().former.is_empty());
    let body = json!({ "new_name": "vibn-moved" });
    assert_eq!(world.by_hand(token.expose(), "POST", "/orgs/vibn-mark/rename", &body).await, 204);
    let found = client.resolve_repo(OWNER, "site").await.unwrap().unwrap();
    assert_eq!(found.repo.full_name, "vibn-moved/store");
    assert_eq!(found.former, ["vibn-mark/site", "vibn-moved/site"]);
    assert!(client.resolve_repo(OWNER, "gone").await.unwrap().is_none());
}

#[tokio::test]
async fn a_change_under_a_former_repository_name_fails_and_is_not_redirected() {
    let (world, client, token) = with_user().await;
    let body = json!({ "name": "shop" });
    assert_eq!(world.by_hand(token.expose(), "PATCH", "/repos/vibn-mark/site", &body).await, 200);
    let new = NewIssue { title: "Broken", body: "", labels: &[] };
    let error = client.create_issue(OWNER, "site", new).await.unwrap_err();
    assert!(matches!(error.cause, Cause::Renamed { .. }), "{error}");
    assert_eq!(client.issues(OWNER, "shop", IssueStates::All).await.unwrap().unwrap().total, 0);
}

#[tokio::test]
async fn files_folders_and_missing_paths_are_distinguished() {
    let (world, client, token) = with_user().await;
    let body = json!({ "content": "aGVsbG8K", "branch": "main" });
    let path = "/repos/vibn-mark/site/contents/docs/a%20b.txt";
    assert_eq!(world.by_hand(token.expose(), "POST", path, &body).await, 201);
    let read = |path: &'static str, reference: Option<&'static str>| {
        let client = client.clone();
        async move { client.content(OWNER, "site", path, reference).await.unwrap() }
    };
    let file = read("docs/a b.txt", Some("main")).await.unwrap();
    assert!(
        matches!(&file, Content::File { size: 6, bytes: Some(bytes), .. } if bytes == b"hello\n"),
        "{file:?}"
    );
    let Some(Content::Folder(root)) = read("", None).await else { panic!("no folder") };
    assert!(root.iter().any(|entry| entry.name == "docs" && entry.kind == EntryKind::Dir));
    assert_eq!(read("docs/gone", None).await, None);
    assert_eq!(read("docs", Some("no-branch")).await, None);
    let asked = world.simulator.requests();
    assert!(asked.iter().any(|request| request.path.ends_with("/contents/docs/a%20b.txt")));
}

#[tokio::test]
async fn own_repositories_are_read_page_by_page() {
    let (world, client, token) = with_user().await;
    for number in 0..51 {
        let body = json!({ "name": format!("more-{number}") });
        world.by_hand(token.expose(), "POST", "/orgs/vibn-mark/repos", &body).await;
    }
    let (all, total) = client.own_repos(20).await.unwrap();
    assert_eq!((all.len(), total), (52, 52));
    let (some, total) = client.own_repos(1).await.unwrap();
    assert_eq!((some.len(), total), (50, 52));
}
