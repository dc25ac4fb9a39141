//! The workspaces, each with something of everything.

use std::time::Duration;

use covibe_store::Backend;
use covibe_testkit_http::{AgentAnswer, Member, Options, World};
use serde_json::json;

use super::private_texts;
use super::probes::{self, Probe};
use super::workspace_state::{self, WorkspaceState};
use crate::support::Estate;

/// For how long lists are reused: a list that is due again would cost a call more.
const ALWAYS: Duration = Duration::from_hours(1);

/// A workspace and two that it must not see.
pub(super) struct Neighbours {
    pub(super) world: World,
    /// Of the workspace `mark`, who asks.
    pub(super) own: Estate,
    /// Of `mark-two`, which its tenant has too, and of `justine`, which another one has.
    pub(super) others: Vec<Estate>,
    members: Vec<Member>,
    /// Texts that only the others are ever shown.
    private: Vec<String>,
}

impl Neighbours {
    pub(super) async fn on(backend: Backend) -> Option<Self> {
        let mut world =
            World::start(Options { backend, lists_for: ALWAYS, ..Options::default() }).await?;
        let mut members = vec![world.sibling(&world.mark, "mark-two").await, world.justine.clone()];
        assert_eq!(members[0].record.tenant, world.mark.record.tenant);
        assert_ne!(members[1].record.tenant, world.mark.record.tenant);
        let mut own = Estate::create(&world, &world.mark, "a").await;
        let mut others = Vec::new();
        for member in &members {
            others.push(Estate::create(&world, member, "a").await);
        }
        for estate in others.iter().chain([&own]) {
            wait_until_deployed(estate).await;
        }
        // Lists from before the deployments ended are not to be reused.
        world.restart().await;
        let estates = others.iter_mut().chain([&mut own]).map(|estate| &mut estate.agent);
        for agent in members.iter_mut().map(|member| &mut member.agent).chain(estates) {
            *agent = agent.reconnected();
        }
        let private = private_texts::private(&world, &own, &others, &members).await;
        Some(Self { world, own, others, members, private })
    }

    /// All that names something of one of the others.
    pub(super) fn probes(&self, other: usize) -> Vec<Probe> {
        probes::probes_of(&self.members[other].record, &self.others[other])
    }

    /// Panics where an answer to somebody who gave `given` holds anything of the others.
    pub(super) fn assert_unseen(&self, answer: &AgentAnswer, given: &str, what: &str) {
        let headers: Vec<_> = answer.headers.values().map(String::as_str).collect();
        let text = format!("{}\n{}", answer.text, headers.join("\n"));
        for private in self.private.iter().filter(|private| !given.contains(private.as_str())) {
            assert!(!text.contains(private.as_str()), "{what} shows {private}: {text}");
        }
    }

    /// Everything that the others have.
    pub(super) async fn state_of_others(&self) -> Vec<WorkspaceState> {
        let mut states = Vec::new();
        for (member, estate) in self.members.iter().zip(&self.others) {
            states.push(workspace_state::read_state(&self.world, member, estate).await);
        }
        states
    }
}

/// Waits until the estate's deployment has ended: until then its answers move by themselves.
async fn wait_until_deployed(estate: &Estate) {
    for _ in 0..500 {
        let params = json!({ "uuid": estate.app });
        let told = estate.agent.compact("apps.deployments", &params).await.expect("deployments");
        let app = estate.agent.compact("apps.get", &params).await.expect("the app");
        if told["deployments"][0]["status"] == "finished" && app["status"] == "running" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the deployment does not end");
}
