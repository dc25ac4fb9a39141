//! Outsiders on the same upstreams: another workspace's bot with its token, a person who signed up on
//! Gitea, and another installation. The workspace's agents do not use what outsiders offer them, and
//! outsiders reach nothing of the workspace.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_sandbox::{coolify, gitea};
use covibe_store::WorkspaceRecord;
use covibe_testkit_http::git::{clones, lists};
use covibe_testkit_http::{Agent, World};
use serde_json::{Value, json};

use super::SURFACES;
use super::probes::parameters;
use crate::support::{Estate, calls_by_database, parameter_samples};

/// The password that the testkit's operator gives to people.
const PASSWORD: &str = "Long-Enough-1!";

/// Somebody who is not the workspace's, with what it has.
struct Outsider {
    /// Its user on Gitea and the owner of its repository.
    login: &'static str,
    owner: &'static str,
    /// It, as it calls Gitea.
    git: Agent,
    /// The same as the userinfo of a clone URL.
    userinfo: String,
    /// The ids of what it has in Coolify.
    ids: Vec<String>,
}

/// A world with a filled workspace and outsiders, each of whom has opened a repository to its bot.
struct Outside {
    world: World,
    own: Estate,
    outsiders: Vec<Outsider>,
    _directory: tempfile::TempDir,
}

fn gitea_as(world: &World, authorization: &str) -> Agent {
    let base = format!("{}/api/v1", world.gitea.url);
    Agent::new(&base, "", None).with_authorization(authorization)
}

/// A token of a bot, as the operator creates one of the PAT's scopes.
async fn token_of(world: &World, bot: &str) -> String {
    let scopes = ["write:repository", "write:organization", "write:issue", "read:user"];
    let body = json!({ "name": "outside", "scopes": scopes });
    let path = format!("/users/{bot}/tokens");
    let made = world.operator().gitea("POST", &path, &body).await;
    made["sha1"].as_str().expect("a token").to_owned()
}

async fn bot(world: &World, login: &'static str, owner: &'static str) -> Outsider {
    let token = token_of(world, login).await;
    let git = gitea_as(world, &format!("token {token}"));
    Outsider { login, owner, git, userinfo: format!("{login}:{token}"), ids: Vec::new() }
}

async fn person(world: &World) -> Outsider {
    let login = "stranger";
    world.operator().make_user(login, "stranger@else.test", false).await;
    let userinfo = format!("{login}:{PASSWORD}");
    let git = gitea_as(world, &format!("Basic {}", STANDARD.encode(&userinfo)));
    let body = json!({ "username": "stranger-inc", "visibility": "private" });
    assert_eq!(git.json("POST", "/orgs", &body).await.status, 201);
    Outsider { login, owner: "stranger-inc", git, userinfo, ids: Vec::new() }
}

/// Creates resources of another installation in Coolify, and returns their ids.
async fn run_there(world: &World, record: &WorkspaceRecord) -> Vec<String> {
    let operator = world.operator();
    let project = record.coolify_project_uuid.as_ref().expect("a project").to_string();
    let server = operator.coolify_list("/servers").await[0]["uuid"].clone();
    let place = json!({ "server_uuid": server, "destination_uuid": coolify::DESTINATION, "project_uuid": project,
                        "environment_name": "production", "name": "away-thing" });
    let mut ids = vec![project];
    for (path, more) in [
        (
            "/applications/dockerimage",
            json!({ "docker_registry_image_name": "nginx", "ports_exposes": "80" }),
        ),
        ("/databases/postgresql", json!({})),
    ] {
        let mut body = place.clone();
        body.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("one"));
        let made = operator.coolify("POST", path, &body).await;
        ids.push(made["uuid"].as_str().expect("a uuid").to_owned());
    }
    ids
}

impl Outside {
    async fn new() -> Self {
        let world = World::embedded().await;
        let own = Estate::create(&world, &world.mark, "a").await;
        let directory = tempfile::tempdir().expect("a directory");
        let other = world.another_installation(directory.path()).await;
        let record = other.create_workspace("away").await.expect("a workspace");
        let mut away = bot(&world, "away-bot", "vibn-away").await;
        away.ids = run_there(&world, &record).await;
        let justine = bot(&world, "justine-bot", "vibn-justine").await;
        let outsiders = vec![justine, away, person(&world).await];
        for outsider in &outsiders {
            outsider.lure().await;
        }
        Self { world, own, outsiders, _directory: directory }
    }

    /// All that is on the upstreams and does not belong to the workspace.
    fn others(&self) -> BTreeSet<String> {
        let is_lasting = |one: &coolify::Collection| *one != coolify::Collection::Containers;
        let coolify = coolify::Collection::ALL.into_iter().filter(is_lasting);
        let coolify = coolify.flat_map(|one| self.world.coolify.names(one));
        let gitea = gitea::Collection::ALL.into_iter().flat_map(|one| self.world.gitea.names(one));
        let is_theirs = |name: &String| {
            ["lure", "away", "stranger", "justine"].iter().any(|part| name.contains(part))
        };
        coolify.chain(gitea).filter(is_theirs).collect()
    }
}

impl Outsider {
    /// Opens a repository to the workspace's bot in each way that there is.
    async fn lure(&self) {
        let owner = self.owner;
        let repo = json!({ "name": "lure", "private": true, "auto_init": true });
        let team = json!({ "name": "lured", "permission": "write", "units": ["repo.code"],
                           "includes_all_repositories": true });
        let done = async |method: &str, path: String, body: Value| -> Value {
            let answer = self.git.json(method, &path, &body).await;
            assert!(answer.status < 300, "{path}: {} {}", answer.status, answer.text);
            if answer.text.is_empty() { Value::Null } else { answer.json() }
        };
        done("POST", format!("/orgs/{owner}/repos"), repo).await;
        let team = done("POST", format!("/orgs/{owner}/teams"), team).await["id"].clone();
        done("PUT", format!("/teams/{team}/members/mark-bot"), json!({})).await;
        done("PUT", format!("/repos/{owner}/lure/collaborators/mark-bot"), json!({})).await;
        let give = json!({ "new_owner": "vibn-mark" });
        done("POST", format!("/repos/{owner}/lure/transfer"), give).await;
    }

    /// The names of what it has, by which a caller may ask for it.
    fn names(&self) -> Vec<String> {
        let Self { login, owner, ids, .. } = self;
        let mut names =
            vec![format!("{owner}/lure"), "lure".to_owned(), (*login).into(), (*owner).into()];
        names.extend(ids.iter().cloned());
        names
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_outsiders_resources_are_neither_used_nor_shown() {
    let there = Outside::new().await;
    let before = there.others();
    let names: BTreeSet<_> = there.outsiders.iter().flat_map(Outsider::names).collect();
    let mut probes = 0;
    for (tool, via) in calls_by_database(&there.world, &SURFACES) {
        let own =
            parameter_samples::params(&tool, &there.own, &format!("own-{via:?}").to_lowercase());
        for parameter in parameters(&tool) {
            for name in &names {
                let mut params = own.clone();
                if parameter == "repo" {
                    // The other source of an app.
                    params.as_object_mut().expect("an object").remove("image");
                }
                params[parameter] = json!(name);
                let text = via.call(&there.own.agent, &tool, &params).await.answer.text;
                let what = format!("{} {parameter}={name} by {via:?}", tool.spec.name);
                let shown = names.iter().filter(|one| !name.contains(one.as_str()));
                for foreign in shown.filter(|one| !["lure"].contains(&one.as_str())) {
                    assert!(!text.contains(foreign.as_str()), "{what} shows {foreign}: {text}");
                }
                probes += 1;
            }
        }
    }
    assert!(probes > 200, "there were {probes} probes");
    assert_eq!(there.others(), before);
    there.world.stop().await;
}

/// The calls with which an outsider tries to reach the workspace on Gitea.
fn attempts(there: &Outside, by: &Outsider) -> Vec<(&'static str, String, Value)> {
    let repo = format!("/repos/vibn-mark/{}", there.own.repo);
    let own = |path: &str| format!("{repo}{path}");
    let me = by.login;
    let hook = json!({ "type": "gitea", "config": { "url": "https://hook.test", "content_type": "json" } });
    let file = json!({ "content": "eA==", "message": "x" });
    vec![
        ("GET", own(""), Value::Null),
        ("GET", own("/contents"), Value::Null),
        ("GET", own("/git/refs/heads/main"), Value::Null),
        ("GET", own("/hooks"), Value::Null),
        ("GET", own("/keys"), Value::Null),
        ("PATCH", own(""), json!({ "private": false })),
        ("DELETE", own(""), Value::Null),
        ("POST", own("/contents/x"), file),
        ("POST", own("/hooks"), hook.clone()),
        ("PUT", own(&format!("/collaborators/{me}")), json!({})),
        ("POST", own("/transfer"), json!({ "new_owner": by.owner })),
        ("POST", own("/forks"), json!({})),
        ("GET", "/orgs/vibn-mark".to_owned(), Value::Null),
        ("GET", "/orgs/vibn-mark/repos".to_owned(), Value::Null),
        ("GET", "/orgs/vibn-mark/teams".to_owned(), Value::Null),
        ("POST", "/orgs/vibn-mark/repos".to_owned(), json!({ "name": "mine" })),
        ("POST", "/orgs/vibn-mark/hooks".to_owned(), hook),
        ("POST", "/orgs/vibn-mark/rename".to_owned(), json!({ "new_name": "mine" })),
        ("DELETE", "/orgs/vibn-mark".to_owned(), Value::Null),
        ("DELETE", "/orgs/vibn-mark/members/mark-bot".to_owned(), Value::Null),
        ("GET", "/users/mark-bot/tokens".to_owned(), Value::Null),
        ("POST", "/users/mark-bot/tokens".to_owned(), json!({ "name": "x", "scopes": ["all"] })),
        ("PATCH", "/admin/users/mark-bot".to_owned(), json!({ "password": PASSWORD })),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn outsiders_reach_nothing_of_the_workspace_on_gitea() {
    let there = Outside::new().await;
    let (operator, host) =
        (there.world.operator(), there.world.gitea.url.trim_start_matches("http://").to_owned());
    let state = async || {
        let repo = format!("/repos/vibn-mark/{}", there.own.repo);
        let mut state = Vec::new();
        for path in [
            "/orgs/vibn-mark".to_owned(),
            "/orgs/vibn-mark/teams".to_owned(),
            "/orgs/vibn-mark/repos".to_owned(),
            "/orgs/vibn-mark/hooks".to_owned(),
            "/users/mark-bot".to_owned(),
            "/users/mark-bot/tokens".to_owned(),
            format!("{repo}/collaborators"),
            format!("{repo}/hooks"),
            format!("{repo}/git/refs/heads"),
        ] {
            state.push(operator.gitea("GET", &path, &Value::Null).await);
        }
        state
    };
    let before = state().await;
    for outsider in &there.outsiders {
        for (method, path, body) in attempts(&there, outsider) {
            let answer = match body {
                Value::Null => outsider.git.send(method, &path, &[], None).await,
                body => outsider.git.json(method, &path, &body).await,
            };
            let what = format!("{} {method} {path}: {}", outsider.login, answer.text);
            assert!([401, 403, 404].contains(&answer.status), "{} {what}", answer.status);
        }
        let url = |path: &str| format!("http://{}@{host}/{path}.git", outsider.userinfo);
        assert!(lists(&url(&format!("{}/lure", outsider.owner))), "its own");
        let theirs = url(&format!("vibn-mark/{}", there.own.repo));
        assert!(!lists(&theirs) && !clones(&theirs).await, "{}", outsider.login);
    }
    assert_eq!(state().await, before);
    there.world.stop().await;
}
