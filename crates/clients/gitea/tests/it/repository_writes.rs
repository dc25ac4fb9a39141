//! Repositories that a bot creates, changes and deletes with its own token.

use covibe_domain::Secret;
use covibe_gitea::{
    Cause, Committed, Error, FileChange, NewCommit, NewRepo, ReferenceKind, TreeEntry, blob_hash,
};
use serde_json::json;

use crate::call_catalog::{SCOPES, World};

pub(crate) const ORG: &str = "vibn-mark";

/// A world with the token of its bot.
pub(crate) async fn with_bot() -> (World, Secret) {
    let world = World::new().await;
    let tokens = world.client.tokens_by_administrator("mark-bot");
    let token = tokens.create("writer", &SCOPES).await.unwrap().token;
    (world, token)
}

const fn new(name: &str) -> NewRepo<'_> {
    NewRepo { name, description: "A site", default_branch: "main" }
}

async fn commit(world: &World, token: &Secret, files: &[FileChange]) -> Result<Committed, Error> {
    let (branch, message) = ("main".to_owned(), "Change files".to_owned());
    let new = NewCommit { branch, message, files: files.to_vec() };
    world.client.writer(token).commit(ORG, "site", &new).await
}

/// Creates the repository `site` with one file.
pub(crate) async fn commit_file(world: &World, token: &Secret) -> Committed {
    world.client.writer(token).create_repo(ORG, new("site")).await.unwrap();
    commit(world, token, &[create("a.txt", b"a")]).await.unwrap()
}

async fn tree(world: &World, token: &Secret, commit: &str) -> Vec<TreeEntry> {
    let reader = world.client.reader(token);
    let page = reader.tree(ORG, "site", commit, 1).await.unwrap().unwrap();
    page.entries.into_iter().filter(|entry| entry.mode != "040000").collect()
}

fn create(path: &str, content: &[u8]) -> FileChange {
    FileChange::Create { path: path.to_owned(), content: content.into(), executable: false }
}

fn update((path, from): (&str, &str), content: &[u8], hash: &str) -> FileChange {
    FileChange::Update {
        path: path.to_owned(),
        from: from.to_owned(),
        content: content.into(),
        hash: hash.to_owned(),
        executable: None,
    }
}

fn delete(path: &str, hash: &str) -> FileChange {
    FileChange::Delete { path: path.to_owned(), hash: hash.to_owned() }
}

#[tokio::test]
async fn a_repository_is_created_listed_and_deleted() {
    let (world, token) = with_bot().await;
    let writer = world.client.writer(&token);
    let made = writer.create_repo(ORG, new("site")).await.unwrap();
    assert!(made.private && made.empty && made.id > 0);
    let conflict = writer.create_repo(ORG, new("Site")).await.unwrap_err();
    assert!(conflict.is_conflict(), "{conflict}");
    for name in ["x.git", "x.wiki", "x.rss", "a b", "\u{e4}"] {
        let refused = writer.create_repo(ORG, new(name)).await.unwrap_err();
        assert!(matches!(refused.cause, Cause::Refused(_)), "{name}: {refused}");
    }
    writer.describe_repo(ORG, "site", "Another").await.unwrap();
    let (listed, total) = world.client.reader(&token).repos(ORG, 1).await.unwrap();
    let listed: Vec<_> = listed.iter().map(|repo| (&*repo.name, &*repo.description)).collect();
    assert_eq!((listed.as_slice(), total), ([("site", "Another")].as_slice(), 1));
    for _ in 0..2 {
        writer.delete_repo(ORG, "site").await.unwrap();
    }
    assert!(world.client.reader(&token).repo(ORG, "site").await.unwrap().is_none());
}

#[tokio::test]
async fn a_commit_creates_changes_moves_and_deletes_files() {
    let (world, token) = with_bot().await;
    world.client.writer(&token).create_repo(ORG, new("site")).await.unwrap();
    let files = [create("a.txt", b"a"), create("b/c.bin", &[0, 255]), create("d.txt", b"d")];
    let first = commit(&world, &token, &files).await.unwrap();
    assert!(first.parents.is_empty());
    let hash = |content: &[u8]| blob_hash(content, &first.hash);
    let (a, c, d) = (hash(b"a"), hash(&[0, 255]), hash(b"d"));
    let changes = [
        update(("a.txt", "a.txt"), b"A", &a),
        update(("e/c.bin", "b/c.bin"), &[0, 255], &c),
        delete("d.txt", &d),
    ];
    let second = commit(&world, &token, &changes).await.unwrap();
    assert_eq!(second.parents, [first.hash.as_str()]);
    let found = tree(&world, &token, &second.hash).await;
    let found: Vec<_> = found.iter().map(|entry| (&*entry.path, &*entry.hash)).collect();
    assert_eq!(found, [("a.txt", &*hash(b"A")), ("e/c.bin", &*c)]);
    let reader = world.client.reader(&token);
    let tip = reader.reference(ORG, "site", ReferenceKind::Heads, "main").await.unwrap();
    assert_eq!(tip.as_deref(), Some(&*second.hash));
    let history = reader.history(ORG, "site", &second.hash, 10).await.unwrap();
    assert_eq!(history.len(), 2);
    assert_eq!((&*history[0].hash, &*history[0].message), (&*second.hash, "Change files"));
    assert_eq!((&history[0].parents, &history[1].parents), (&second.parents, &Vec::new()));
}

#[tokio::test]
async fn a_commit_based_on_outdated_files_is_refused() {
    let (world, token) = with_bot().await;
    world.client.writer(&token).create_repo(ORG, new("site")).await.unwrap();
    let first = commit(&world, &token, &[create("a.txt", b"a")]).await.unwrap();
    let stale = blob_hash(b"b", &first.hash);
    for change in
        [create("a.txt", b"b"), update(("a.txt", "a.txt"), b"c", &stale), delete("a.txt", &stale)]
    {
        let refused = commit(&world, &token, std::slice::from_ref(&change)).await.unwrap_err();
        let is_refused = refused.is_conflict() || matches!(refused.cause, Cause::Refused(_));
        assert!(is_refused, "{change:?}: {refused}");
    }
    assert_eq!(tree(&world, &token, &first.hash).await.len(), 1);
}

#[tokio::test]
async fn a_commit_of_more_files_than_an_answer_shows_succeeds() {
    let (world, token) = with_bot().await;
    world.client.writer(&token).create_repo(ORG, new("site")).await.unwrap();
    let paths: Vec<_> = (0..40).map(|at| format!("{at}.txt")).collect();
    let large = vec![b'x'; 100_000];
    let files: Vec<_> = paths.iter().map(|path| create(path, &large)).collect();
    let made = commit(&world, &token, &files).await.unwrap();
    assert_eq!(tree(&world, &token, &made.hash).await.len(), 40);
}

#[tokio::test]
async fn a_repository_is_generated_only_from_a_template() {
    let (world, token) = with_bot().await;
    let writer = world.client.writer(&token);
    writer.create_repo(ORG, new("site")).await.unwrap();
    commit(&world, &token, &[create("a.txt", b"a")]).await.unwrap();
    let refused = writer.generate_repo(ORG, "site", new("copy")).await.unwrap_err();
    assert!(matches!(refused.cause, Cause::Refused(_)), "{refused}");
    let mark = json!({ "template": true });
    assert_eq!(world.by_hand(token.expose(), "PATCH", "/repos/vibn-mark/site", &mark).await, 200);
    let made = writer.generate_repo(ORG, "site", new("copy")).await.unwrap();
    assert!(made.private && !made.empty);
    let reader = world.client.reader(&token);
    let tip = reader.reference(ORG, "copy", ReferenceKind::Heads, "main").await.unwrap().unwrap();
    let page = reader.tree(ORG, "copy", &tip, 1).await.unwrap().unwrap();
    assert_eq!(page.entries[0].path, "a.txt");
    assert!(writer.generate_repo(ORG, "site", new("copy")).await.unwrap_err().is_conflict());
}

#[tokio::test]
async fn a_deploy_key_is_added_to_several_repositories_and_removed_from_one() {
    let (world, token) = with_bot().await;
    let writer = world.client.writer(&token);
    let key = covibe_crypto::keypair("clone").unwrap().public;
    for name in ["site", "shop"] {
        writer.create_repo(ORG, new(name)).await.unwrap();
        let id = writer.add_deploy_key(ORG, name, "clone", &key).await.unwrap();
        let [listed] = writer.deploy_keys(ORG, name).await.unwrap().try_into().unwrap();
        assert!(
            listed.id == id
                && listed.read_only
                && listed.has_public_key(&key)
                && !listed.has_public_key("ssh-ed25519")
        );
        let twice = writer.add_deploy_key(ORG, name, "again", &key).await.unwrap_err();
        assert!(matches!(twice.cause, Cause::Refused(_) | Cause::Conflict(_)), "{twice:?}");
    }
    let [listed] = writer.deploy_keys(ORG, "site").await.unwrap().try_into().unwrap();
    for _ in 0..2 {
        writer.delete_deploy_key(ORG, "site", listed.id).await.unwrap();
    }
    assert!(writer.deploy_keys(ORG, "site").await.unwrap().is_empty());
    assert_eq!(writer.deploy_keys(ORG, "shop").await.unwrap().len(), 1);
}
