//! The invariants of a ready workspace, which hold whatever happened before.

use covibe_domain::entities::{ProvisionStatus, StepState};
use covibe_domain::{DestinationUuid, PrivateKeyUuid, ProjectUuid, boxed, names};
use covibe_sandbox::{coolify, gitea};
use covibe_store::WorkspaceRecord;
use covibe_workspace::{BotRole, HOOK_PATH, PushHooks};
use serde_json::{Value, json};

use crate::agent::Agent;
use crate::operator::Operator;
use crate::server::{ADMIN, World, mint};

/// Panics unless a ready workspace has exactly one working resource of each kind on both upstreams (the organisation,
/// the bot, a PAT and a clone token, both halves of a keypair, a project with its environment, a Docker network with
/// its destination, a hook) and its record and steps match. `what` describes the case in failure messages.
pub async fn invariants(world: &World, record: &WorkspaceRecord, what: &str) {
    let record = world.read_workspace(record).await.expect("the workspace");
    let inspection = Inspection { operator: world.operator(), record: &record, what };
    inspection.is_recorded(world).await;
    inspection.has_one_organisation(world).await;
    inspection.has_two_tokens(&world.agent_of(&record).await).await;
    inspection.has_one_keypair().await;
    inspection.has_one_project(world).await;
    inspection.has_one_network(world).await;
    inspection.has_one_hook(world);
}

struct Inspection<'a> {
    operator: Operator,
    record: &'a WorkspaceRecord,
    what: &'a str,
}

impl Inspection<'_> {
    async fn is_recorded(&self, world: &World) {
        let Self { record, what, .. } = self;
        assert_eq!(record.provision_status, ProvisionStatus::Ready, "{what}");
        let steps = world.steps(record).await;
        assert!(steps.len() >= 9, "{what}: {steps:?}");
        assert!(steps.iter().all(|step| step.state == StepState::Done), "{what}: {steps:?}");
        let agent = world.agent_of(record).await;
        let summary = agent.compact("workspace.describe", &json!({})).await.expect("a description");
        assert_eq!(summary["provisionStatus"], "ready", "{what}");
        assert_eq!(summary["hint"], Value::Null, "{what}: {summary}");
        let project = record.coolify_project_uuid.as_ref().map(ToString::to_string);
        assert_eq!(summary["coolifyProjectUuid"], json!(project), "{what}");
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
        let is_owner = world.options().settings.bot_role == BotRole::Owner;
        assert_eq!(owners.contains(bot), is_owner, "{what}: {owners:?}");
        assert!(owners.iter().all(|one| one == bot || one == ADMIN), "{what}: {owners:?}");
        let details = operator.gitea("GET", &format!("/orgs/{org}"), &Value::Null).await;
        assert_eq!(details["visibility"], "private", "{what}");
    }

    /// Checks that one hook reports pushes to a server: to the one that provisioned the workspace last.
    fn has_one_hook(&self, world: &World) {
        let Self { record, what, .. } = self;
        let hooks = world.gitea.names(gitea::Collection::Hooks);
        let ours = |place: &str| {
            let begins = format!("{place}/http");
            let address = format!("{HOOK_PATH}?key=");
            let is_ours = |hook: &&String| hook.starts_with(&begins) && hook.contains(&address);
            hooks.iter().filter(is_ours).count()
        };
        let (of_org, of_instance) = match world.options().settings.push_hooks {
            PushHooks::Organization => (1, 0),
            PushHooks::System => (0, 1),
        };
        assert_eq!((ours(&record.gitea_org), ours("")), (of_org, of_instance), "{what}: {hooks:?}");
    }

    /// Checks that `gitea.credentials` discloses the PAT, that it works, and that the clone token can only read
    /// repositories.
    async fn has_two_tokens(&self, agent: &Agent) {
        let Self { operator, record, what } = self;
        let bot = &record.gitea_bot_username;
        let ours = operator.gitea_list(&format!("/users/{bot}/tokens")).await;
        let ours: Vec<_> = ours.iter().filter(|one| is_ours(&one["name"])).collect();
        let mut ids: Vec<_> = ours.iter().map(|token| token["id"].as_i64()).collect();
        ids.sort();
        let mut recorded = [record.gitea_bot_token_id, record.gitea_clone_token_id];
        recorded.sort();
        assert_eq!(ids, recorded, "{what}: {ours:?}");
        assert_eq!(record.gitea_replaced_tokens, None, "{what}");
        let clone = ours.iter().find(|one| one["id"].as_i64() == record.gitea_clone_token_id);
        assert_eq!(clone.expect("it")["scopes"], json!(["read:repository"]), "{what}");
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

    /// Checks that the recorded destination is the only one on the workspace's network, and that the network exists.
    async fn has_one_network(&self, world: &World) {
        let Self { operator, record, what } = self;
        if world.docker.is_none() {
            assert_eq!(record.coolify_destination_uuid, None, "{what}");
            return;
        }
        let project = record.coolify_project_uuid.as_ref().expect("a project");
        let name = names::workspace_network(project);
        let server = record.coolify_destination_server.as_ref().expect("a server");
        let listed = operator.coolify_list(&format!("/servers/{server}/destinations")).await;
        let own: Vec<_> = listed.iter().filter(|one| one["network"] == json!(name)).collect();
        let uuids: Vec<_> = own.iter().map(|one| one["uuid"].as_str()).collect();
        let recorded = record.coolify_destination_uuid.as_ref().map(DestinationUuid::as_str);
        assert_eq!(uuids, [recorded], "{what}");
        let networks = world.coolify.names(coolify::Collection::Networks);
        assert_eq!(networks.iter().filter(|one| **one == name).count(), 1, "{what}: {networks:?}");
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
        let count = environments.iter().filter(|one| **one == wanted).count();
        assert_eq!(count, 1, "{what}: {environments:?}");
    }
}

/// Returns whether a token's name or a key's title is one that provisioning gives.
fn is_ours(name: &Value) -> bool {
    name.as_str().is_some_and(|name| name.starts_with("co-vibe"))
}

impl World {
    /// Reads a workspace's record; `None` if it no longer exists.
    #[boxed]
    pub async fn read_workspace(&self, of: &WorkspaceRecord) -> Option<WorkspaceRecord> {
        let mut tx = self.store.tenant_read(&of.tenant).await.expect("a transaction");
        let stored = tx.workspace(&of.id).await.expect("a row");
        tx.commit().await.expect("its end");
        stored
    }

    /// Reads the steps of a workspace's provisioning.
    #[boxed]
    pub async fn steps(&self, of: &WorkspaceRecord) -> Vec<covibe_domain::entities::Step> {
        let mut tx = self.store.tenant_read(&of.tenant).await.expect("a transaction");
        let steps = tx.steps(&of.id).await.expect("steps");
        tx.commit().await.expect("its end");
        steps
    }

    /// Creates an agent with a new key of this workspace.
    #[boxed]
    pub async fn agent_of(&self, record: &WorkspaceRecord) -> Agent {
        let key = mint(&self.identity, record).await;
        self.agent(record.slug.as_str(), Some(key))
    }

    /// Creates a workspace without keys, of a tenant of its own.
    #[boxed]
    pub async fn keyless_workspace(&self, slug: &str) -> WorkspaceRecord {
        crate::server::new_workspace(&self.platform, slug).await
    }

    /// Creates the records of another workspace with its own tenant, without provisioning it.
    #[boxed]
    pub async fn new_workspace(&self, slug: &str) -> crate::server::Member {
        let record = self.keyless_workspace(slug).await;
        let agent = self.agent_of(&record).await;
        crate::server::Member { record, agent }
    }
}
