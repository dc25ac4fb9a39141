//! What is true of a workspace that is ready, whatever has happened before.

use covibe_domain::entities::{ProvisionStatus, StepState};
use covibe_domain::{PrivateKeyUuid, ProjectUuid, names};
use covibe_sandbox::{coolify, gitea};
use covibe_store::WorkspaceRecord;
use serde_json::{Value, json};

use crate::agent::Agent;
use crate::operator::Operator;
use crate::world::{ADMIN, World, mint};

/// Panics unless a ready workspace has one of everything on both upstreams, and all of it works:
/// organisation and bot, one token of ours that opens Gitea, both halves of one keypair, a project
/// with its environment; and its record and steps say so.
pub async fn invariants(world: &World, record: &WorkspaceRecord, what: &str) {
    let record = world.stored(record).await.expect("the workspace");
    let looked = Looked { operator: world.operator(), record: &record, what };
    looked.is_written_down(world).await;
    looked.has_one_organisation(world).await;
    looked.has_one_token(&world.agent_of(&record).await).await;
    looked.has_one_keypair().await;
    looked.has_one_project(world).await;
}

struct Looked<'a> {
    operator: Operator,
    record: &'a WorkspaceRecord,
    what: &'a str,
}

impl Looked<'_> {
    async fn is_written_down(&self, world: &World) {
        let Self { record, what, .. } = self;
        assert_eq!(record.provision_status, ProvisionStatus::Ready, "{what}");
        let steps = world.steps(record).await;
        assert!(steps.len() >= 9, "{what}: {steps:?}");
        assert!(steps.iter().all(|step| step.state == StepState::Done), "{what}: {steps:?}");
        let agent = world.agent_of(record).await;
        let told = agent.compact("workspace.describe", &json!({})).await.expect("a description");
        assert_eq!(told["provisionStatus"], "ready", "{what}");
        assert_eq!(told["hint"], Value::Null, "{what}: {told}");
        let project = record.coolify_project_uuid.as_ref().map(ToString::to_string);
        assert_eq!(told["coolifyProjectUuid"], json!(project), "{what}");
    }

    async fn has_one_organisation(&self, world: &World) {
        let Self { operator, record, what } = self;
        let (org, bot) = (&record.gitea_org, &record.gitea_bot_username);
        for (thing, name) in
            [(gitea::Collection::Organisations, org), (gitea::Collection::Users, bot)]
        {
            let names = world.gitea.names(thing);
            assert_eq!(names.iter().filter(|one| *one == name).count(), 1, "{what}: {names:?}");
        }
        let owners = operator.owners(org).await;
        assert!(owners.contains(bot), "{what}: {owners:?}");
        assert!(owners.iter().all(|one| one == bot || one == ADMIN), "{what}: {owners:?}");
        let told = operator.gitea("GET", &format!("/orgs/{org}"), &Value::Null).await;
        assert_eq!(told["visibility"], "private", "{what}");
    }

    /// The one that `gitea.credentials` hands out opens what is the workspace's.
    async fn has_one_token(&self, agent: &Agent) {
        let Self { operator, record, what } = self;
        let bot = &record.gitea_bot_username;
        let ours = operator.gitea_list(&format!("/users/{bot}/tokens")).await;
        let ours: Vec<_> = ours.iter().filter(|one| is_ours(&one["name"])).collect();
        let ids: Vec<_> = ours.iter().map(|token| token["id"].as_i64()).collect();
        assert_eq!(ids, [record.gitea_bot_token_id], "{what}: {ours:?}");
        let access = agent.compact("gitea.credentials", &json!({})).await;
        let access = access.unwrap_or_else(|why| panic!("{what}: {why}"));
        let base = access["gitea"]["apiBase"].as_str().expect("a URL");
        let git = Agent::new(base, "", None).with_key(access["bot"]["token"].as_str());
        let me = git.send("GET", "/user", &[], None).await;
        assert_eq!((me.status, &me.json()["login"]), (200, &json!(bot)), "{what}: {}", me.text);
        let repos = git.send("GET", &format!("/orgs/{}/repos", record.gitea_org), &[], None).await;
        assert_eq!(repos.status, 200, "{what}: {}", repos.text);
    }

    async fn has_one_keypair(&self) {
        let Self { operator, record, what } = self;
        let bot = &record.gitea_bot_username;
        let public = operator.gitea_list(&format!("/users/{bot}/keys")).await;
        let public: Vec<_> = public.iter().filter(|one| is_ours(&one["title"])).collect();
        let ids: Vec<_> = public.iter().map(|key| key["id"].as_i64()).collect();
        assert_eq!(ids, [record.gitea_bot_ssh_key_id], "{what}: {public:?}");
        let private = operator.private_keys(&names::coolify_project(&record.slug)).await;
        let uuids: Vec<_> = private.iter().map(|key| key["uuid"].as_str()).collect();
        let recorded = record.coolify_private_key_uuid.as_ref();
        assert_eq!(uuids, [recorded.map(PrivateKeyUuid::as_str)], "{what}");
        let half = private[0]["private_key"].as_str().expect("a key");
        let half = ssh_key::PrivateKey::from_openssh(half).expect("OpenSSH's form");
        let other = public[0]["key"].as_str().expect("a key");
        let other = ssh_key::PublicKey::from_openssh(other).expect("OpenSSH's form");
        assert_eq!(half.public_key().key_data(), other.key_data(), "{what}");
    }

    async fn has_one_project(&self, world: &World) {
        let Self { operator, record, what } = self;
        let projects = operator.projects(&names::coolify_project(&record.slug)).await;
        let uuids: Vec<_> = projects.iter().map(|project| project["uuid"].as_str()).collect();
        let recorded = record.coolify_project_uuid.as_ref().map(ProjectUuid::as_str);
        assert_eq!(uuids, [recorded], "{what}");
        let environment = &record.coolify_environment_name;
        let wanted = format!("{}/{environment}", recorded.expect("a project"));
        let environments = world.coolify.names(coolify::Collection::Environments);
        let found = environments.iter().filter(|one| **one == wanted).count();
        assert_eq!(found, 1, "{what}: {environments:?}");
    }
}

/// Whether a token's name or a key's title is one that provisioning gives.
fn is_ours(name: &Value) -> bool {
    name.as_str().is_some_and(|name| name.starts_with("co-vibe"))
}

impl World {
    /// A workspace's record as it is written down; none where it is gone.
    pub async fn stored(&self, of: &WorkspaceRecord) -> Option<WorkspaceRecord> {
        let mut tx = self.store.tenant_read(&of.tenant).await.expect("a transaction");
        let stored = tx.workspace(&of.id).await.expect("a row");
        tx.commit().await.expect("its end");
        stored
    }

    /// The steps of a workspace's set-up as they are written down.
    pub async fn steps(&self, of: &WorkspaceRecord) -> Vec<covibe_domain::entities::Step> {
        let mut tx = self.store.tenant_read(&of.tenant).await.expect("a transaction");
        let steps = tx.steps(&of.id).await.expect("steps");
        tx.commit().await.expect("its end");
        steps
    }

    /// An agent with a key of its own for this workspace.
    pub async fn agent_of(&self, record: &WorkspaceRecord) -> Agent {
        let key = mint(&self.identity, record).await;
        Agent::new(&self.mark.agent.origin, record.slug.as_str(), Some(key))
    }

    /// One more workspace, of a tenant of its own, before anything of it exists elsewhere.
    pub async fn founded(&self, slug: &str) -> crate::world::Member {
        let record = crate::world::founded(&self.platform, slug).await;
        let agent = self.agent_of(&record).await;
        crate::world::Member { record, agent }
    }
}
