//! The life of one workspace, and what the model says must be true of it.

use covibe_sandbox::coolify::Collection;
use covibe_store::Backend;
use covibe_testkit::git::clones;
use covibe_testkit::upstream_calls::{all_received, clear, disarm};
use covibe_testkit::{Instance, Member, UpstreamCall, World, invariants};
use serde_json::{Value, json};

use super::action_plan::{Act, Step};
use crate::workspaces::rotation::clonable_apps::clone_url;
use crate::workspaces::rotation::pair;
use crate::workspaces::{describe_workspace, options, provision_to_ready, provision_with};

/// A workspace, the world it is in, and what is known of it.
pub(super) struct Life {
    pub(super) world: World,
    pub(super) other: Instance,
    pub(super) member: Member,
    /// The calls of a run that rotates everything, for trouble to happen at.
    calls: Vec<UpstreamCall>,
    /// It was ready once: from then on it is.
    pub(super) is_ready: bool,
    /// Nobody has taken anything from it by hand since it was last looked over whole.
    pub(super) is_whole: bool,
    /// The applications that were made: their names, and their uuids where the call told.
    pub(super) apps: Vec<(String, Option<String>)>,
}

impl Life {
    /// A workspace that was just founded.
    pub(super) async fn begin() -> Self {
        let world = World::start(options(Backend::Sqlite)).await.expect("SQLite is built in");
        let (other, member) = (world.instance(), world.new_workspace("site-life").await);
        clear(&world);
        let wants = json!({ "rotate": ["pat", "clone", "keypair"] });
        provision_with(&world.mark.agent, &wants).await;
        let mut calls = all_received(&world);
        clear(&world);
        provision_to_ready(&world.new_workspace("site-first").await.agent, "recorded").await;
        calls.extend(all_received(&world));
        let apps = Vec::new();
        Self { world, other, member, calls, is_ready: false, is_whole: false, apps }
    }

    /// Takes a step, and looks whether all is as it must be.
    pub(super) async fn take(&mut self, step: &Step) {
        let what = format!("{step:?}");
        clear(&self.world);
        let trouble = step.trouble.as_ref().filter(|_| !matches!(step.act, Act::RemoveByHand(_)));
        if let Some(trouble) = trouble {
            trouble.arm(&self.world, &self.calls);
        }
        self.carry_out(&step.act, trouble.is_some(), &what).await;
        disarm(&self.world);
        self.check_description(&what).await;
    }

    /// A run that was asked for came to this.
    pub(super) async fn note_run(&mut self, status: u16, is_troubled: bool, what: &str) {
        disarm(&self.world);
        if status == 200 {
            invariants(&self.world, &self.member.record, what).await;
            (self.is_ready, self.is_whole) = (true, true);
        } else {
            let known = matches!(status, 409 | 429 | 502 | 503 | 504);
            assert!(is_troubled && known, "{what}: {status}");
        }
    }

    async fn check_description(&mut self, what: &str) {
        let told = describe_workspace(&self.member.agent).await;
        let status = told["provisionStatus"].as_str().unwrap_or_default().to_owned();
        // A run that was killed, or went on alone, may have come to its end.
        self.is_ready |= status == "ready";
        assert_eq!(status == "ready", self.is_ready, "{what}: {told}");
        let access = self.member.agent.compact("gitea.credentials", &json!({})).await;
        // What was removed by hand may be what the bot needs.
        let works = access.is_ok();
        let is_as_expected = if self.is_whole { works } else { self.is_ready || !works };
        assert!(is_as_expected, "{what}: {access:?}");
        self.is_nothing_twice(what);
        if self.is_whole {
            self.check_credentials(what).await;
        }
    }

    /// While a token is replaced there are two; of all else there is never more than one.
    fn is_nothing_twice(&self, what: &str) {
        for thing in [Collection::Projects, Collection::PrivateKeys, Collection::Applications] {
            let mut names = self.world.coolify.names(thing);
            names.sort();
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "{what}: {thing:?} twice in {names:?}");
        }
    }

    /// Checks that the workspace's credentials and the clone URLs of its applications work after
    /// any failure or kill.
    async fn check_credentials(&self, what: &str) {
        for (name, uuid) in &self.apps {
            if let Some(uuid) = uuid {
                let url = clone_url(&self.world, uuid).await;
                assert!(clones(&url).await, "{what}: {name} can't be cloned");
            }
        }
        let pair = pair(&self.world, &self.member).await;
        assert!(pair.is_matching(), "{what}: {pair:?}");
    }

    /// Checks that one run repairs everything once failures have ended.
    pub(super) async fn check_end(mut self) {
        let what = "at the end";
        provision_to_ready(&self.member.agent, what).await;
        invariants(&self.world, &self.member.record, what).await;
        for at in 0..self.apps.len() {
            if self.apps[at].1.is_none() {
                let name = self.apps[at].0.clone();
                self.apps[at].1 = Some(self.finished(&name).await);
            }
        }
        self.check_credentials(what).await;
        self.is_nothing_twice(what);
        self.other.kill();
        self.world.stop().await;
    }

    /// The uuid of an application that a failed call began: the same call finishes it, unless it
    /// was finished and only its answer lost.
    async fn finished(&self, name: &str) -> String {
        let app = json!({ "repo": name, "name": name, "instantDeploy": false });
        let agent = &self.member.agent;
        for _ in 0..50 {
            let answer = agent.compact_raw("apps.create", &app).await;
            match answer.status {
                200 => return uuid(&answer.json()["result"]),
                409 if answer.headers.contains_key("retry-after") => {
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
                409 => {
                    let listed = agent.compact("apps.list", &json!({})).await.expect("a list");
                    let apps = listed["apps"].as_array().cloned().expect("a list");
                    return uuid(apps.iter().find(|one| one["name"] == name).expect("the app"));
                }
                _ => panic!("{name}: {}", answer.text),
            }
        }
        panic!("{name} stays held");
    }
}

fn uuid(app: &Value) -> String {
    app["uuid"].as_str().expect("a uuid").to_owned()
}
