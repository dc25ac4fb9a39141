//! Every request of ours against Gitea's published description.

use covibe_domain::Secret;
use covibe_gitea::{
    CommitState, Error, FileChange, HookOf, HookSecret, IssueStates, NewCommit, NewIssue, NewRepo,
    NewStatus, blob_hash,
};
use covibe_sandbox::faults::{Fault, Name};

use crate::call_catalog::{CALLS, World};
use crate::contract::{Contract, SentRequest};

/// Makes the calls that only read or move workspaces, and have no faults of their own.
async fn look_for_access(world: &World) -> Result<(), Error> {
    let (client, org, repo) = (&world.client, "vibn-elsewhere", "secret");
    client.members(org).await?;
    client.org_hooks(org).await?;
    client.some_repos(org).await?;
    client.collaborators(org, repo).await?;
    client.deploy_keys(org, repo).await?;
    client.hooks(org, repo).await?;
    client.push_mirrors(org, repo).await?;
    client.org_runners(org).await?;
    client.runners(org, repo).await?;
    client.repos_of_user("elsewhere-bot").await?;
    client.some_repos_of_user("elsewhere-bot").await?;
    client.repository_settings().await?;
    write(world).await?;
    report(world).await?;
    hook(world).await?;
    let tokens = client.tokens_by_administrator("elsewhere-bot");
    tokens.delete_ways_in("short").await?;
    client.set_password("elsewhere-bot", &Secret::new("Just-Set-1!")).await?;
    let team = client.create_maintainers(org, "hands", "a mark").await?;
    assert_eq!(client.maintainers_team(org, "a mark").await?, Some(team));
    assert_eq!(client.maintainers_team(org, "another").await?, None);
    let found = client.org(org).await?.into_resource().map(|org| org.id);
    assert!(client.is_team_of(team, found.unwrap_or_default()).await?);
    client.delete_team(team).await?;
    // As if the user were blocked.
    let blocked = Fault::new(Name::Status).status(403).on("PUT", "/teams/*/members/*");
    world.simulator.arm(blocked);
    let added = client.add_member(org, client.owners_team(org).await?, "elsewhere-bot").await;
    assert!(added.is_err());
    Ok(())
}

/// The calls of a token's user for issues and files.
async fn report(world: &World) -> Result<(), Error> {
    let (client, org, repo) = (&world.client, "vibn-elsewhere", "secret");
    client.resolve_repo(org, repo).await?;
    client.own_repos(1).await?;
    client.labels(org, repo).await?;
    let new = NewIssue { title: "Broken", body: "See.", labels: &[1] };
    client.create_issue(org, repo, new).await?;
    client.issue(org, repo, 1).await?;
    client.close_issue(org, repo, 1).await?;
    client.issues(org, repo, IssueStates::Closed).await?;
    client.issues_of_owner(org, IssueStates::All).await?;
    client.content(org, repo, "", None).await?;
    client.content(org, repo, "README.md", Some("main")).await.map(drop)
}

/// Makes the calls for hooks.
async fn hook(world: &World) -> Result<(), Error> {
    let (client, url) = (&world.client, "https://covibe.test/api/hooks/gitea");
    let secret = HookSecret::new(Secret::new("a".repeat(64)));
    for of in [HookOf::Organization("vibn-elsewhere"), HookOf::Instance] {
        let made = client.create_hook(of, url, &secret).await?;
        client.hooks_of(of).await?;
        client.delete_hook(of, made.id).await?;
    }
    Ok(())
}

/// Makes the calls of a workspace's bot for repositories.
async fn write(world: &World) -> Result<(), Error> {
    let (client, org) = (&world.client, "vibn-elsewhere");
    let token = &world.simulator.token;
    let (writer, reader) = (client.writer(token), client.reader(token));
    let new = NewRepo { name: "made", description: "A site", default_branch: "main" };
    writer.create_repo(org, new).await?;
    let (path, content) = ("a.txt".to_owned(), b"a".as_slice().into());
    let files = vec![FileChange::Create { path: path.clone(), content, executable: false }];
    let (branch, message) = ("main".to_owned(), "Begin".to_owned());
    let mut commit = NewCommit { branch, message, files };
    let first = writer.commit(org, "made", &commit).await?;
    let (from, path, content) = (path, "b.txt".to_owned(), b"b".as_slice().into());
    let hash = blob_hash(b"a", &first.hash);
    let moved = FileChange::Update { path: path.clone(), from, content, hash, executable: None };
    commit.files = vec![moved];
    writer.commit(org, "made", &commit).await?;
    commit.files = vec![FileChange::Delete { path, hash: blob_hash(b"b", &first.hash) }];
    writer.commit(org, "made", &commit).await?;
    reader.history(org, "made", &first.hash, 1).await?;
    reader.past_commit(org, "made", &first.hash).await?;
    let (state, description) = (CommitState::Failure, "No");
    let status = NewStatus { state, context: "co-vibe / made", description, address: None };
    writer.set_status(org, "made", &first.hash, status).await?;
    let secret = HookSecret::new(Secret::new("a".repeat(64)));
    let hook = writer.create_hook(org, "made", "https://covibe.test/", &secret).await?;
    writer.test_hook(org, "made", hook.id).await?;
    reader.repos(org, 1).await?;
    let copy = NewRepo { name: "copy", ..new };
    assert!(writer.generate_repo(org, "made", copy).await.is_err(), "it is no template");
    writer.describe_repo(org, "made", "Another").await?;
    writer.delete_repo(org, "made").await
}

#[tokio::test]
async fn every_request_matches_giteas_published_description() {
    let contract = Contract::load("gitea");
    let world = World::new().await;
    for call in CALLS {
        world.make_call(call.name).await.unwrap();
    }
    look_for_access(&world).await.unwrap();
    let requests = world.simulator.requests();
    assert!(requests.len() > CALLS.len());
    let complaints: Vec<String> = requests
        .iter()
        .flat_map(|request| {
            contract.complaints(&SentRequest {
                method: &request.method,
                path: request.path.strip_prefix("/api/v1").unwrap(),
                query: request.query.keys().map(String::as_str).collect(),
                body: request.body.as_ref(),
            })
        })
        .collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
}
