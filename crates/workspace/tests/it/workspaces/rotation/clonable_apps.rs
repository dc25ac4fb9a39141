//! Applications of every sort, and whether they can be cloned.

use covibe_domain::names;
use covibe_testkit::git::{clones, repository};
use covibe_testkit::{Agent, Member, World};
use serde_json::{Value, json};

/// The applications of a workspace.
pub(super) struct Apps {
    /// Applications that clone from the workspace's repositories with the bot's token.
    pub(super) with_token: Vec<String>,
    /// An application that clones over SSH, one of an image, and one of a repository elsewhere. A
    /// rotation must not touch them.
    pub(super) others: Vec<String>,
}

/// Makes a repository and an application of it.
pub(in crate::workspaces) async fn from_repository(agent: &Agent, name: &str) -> String {
    let repo = repository(agent, &format!("{name}-code")).await;
    let app = json!({ "repo": repo, "name": name, "instantDeploy": false });
    uuid(&agent.compact("apps.create", &app).await.expect("an app"))
}

fn uuid(value: &Value) -> String {
    value["uuid"].as_str().expect("a uuid").to_owned()
}

impl Apps {
    /// Makes some of each sort.
    pub(super) async fn create(world: &World, member: &Member) -> Self {
        let agent = &member.agent;
        let slug = &agent.slug;
        let with_token = vec![
            from_repository(agent, &format!("{slug}-site-one")).await,
            from_repository(agent, &format!("{slug}-site-two")).await,
        ];
        let image = json!({ "image": "nginx:1.27", "name": "image", "instantDeploy": false });
        let image = uuid(&agent.compact("apps.create", &image).await.expect("an app"));
        let (ssh, elsewhere) = by_hand(world, member).await;
        Self { with_token, others: vec![image, ssh, elsewhere] }
    }

    /// Panics unless all that clone with a token can.
    pub(super) async fn assert_cloned(&self, world: &World, what: &str) {
        for app in &self.with_token {
            let url = clone_url(world, app).await;
            assert!(clones(&url).await, "{what}: an app has a dead token: {url}");
        }
    }

    /// The clone URLs of those with a token.
    pub(super) async fn urls(&self, world: &World) -> Vec<String> {
        let mut urls = Vec::new();
        for app in &self.with_token {
            urls.push(clone_url(world, app).await);
        }
        urls
    }

    /// Returns Coolify's records of the others, without their status.
    pub(super) async fn records_of_others(&self, world: &World) -> Vec<Value> {
        let mut all = Vec::new();
        for app in &self.others {
            let mut one = application(world, app).await;
            one.as_object_mut().expect("an object").remove("status");
            all.push(one);
        }
        all
    }
}

/// An application as Coolify has it.
pub(super) async fn application(world: &World, uuid: &str) -> Value {
    let path = format!("/applications/{uuid}");
    world.operator().coolify("GET", &path, &Value::Null).await
}

/// Its clone URL, the token inside.
pub(in crate::workspaces) async fn clone_url(world: &World, app: &str) -> String {
    let application = application(world, app).await;
    application["git_repository"].as_str().expect("a URL").to_owned()
}

/// One that an operator makes by hand in the workspace's project, with this clone URL.
pub(super) async fn by_hand_from(world: &World, member: &Member, name: &str, url: &str) -> String {
    let body = json!({ "name": name, "git_repository": url });
    let body = in_project(world, member, body).await;
    uuid(&world.operator().coolify("POST", "/applications/public", &body).await)
}

/// Adds to the body of a creation what places it in the workspace's project.
async fn in_project(world: &World, member: &Member, more: Value) -> Value {
    let record = world.read_workspace(&member.record).await.expect("the workspace");
    let servers = world.operator().coolify_list("/servers").await;
    let mut body = json!({ "git_branch": "main", "build_pack": "nixpacks", "ports_exposes": "80",
                           "server_uuid": servers[0]["uuid"], "destination_uuid": covibe_sandbox::coolify::DESTINATION, "environment_name": "production",
                           "project_uuid": record.coolify_project_uuid });
    let more = more.as_object().cloned().unwrap_or_default();
    body.as_object_mut().expect("an object").extend(more);
    body
}

/// One that clones over SSH with the workspace's key, and one with somebody's token from elsewhere,
/// both made by hand in the workspace's project.
async fn by_hand(world: &World, member: &Member) -> (String, String) {
    let (operator, record) = (world.operator(), &member.record);
    let keys = operator.private_keys(&names::coolify_project(&record.slug)).await;
    let ssh = json!({ "name": "by-ssh", "private_key_uuid": keys[0]["uuid"],
                      "git_repository": format!("git@git.test:{}/x.git", record.gitea_org) });
    let ssh = in_project(world, member, ssh).await;
    let ssh = operator.coolify("POST", "/applications/private-deploy-key", &ssh).await;
    let url = format!("https://somebody:s3cret@git.elsewhere.test/{}/x.git", record.gitea_org);
    (uuid(&ssh), by_hand_from(world, member, "elsewhere", &url).await)
}
