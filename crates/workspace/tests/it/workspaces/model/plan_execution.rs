//! Carries out the acts of a plan.

use covibe_domain::names;
use covibe_testkit::upstream_calls::all_received;
use serde_json::{Value, json};

use super::action_plan::{Act, Removed, Rotate, wants};
use super::workspace_life::Life;
use crate::workspaces::{kill_during, provision_with};

impl Life {
    /// Does it, and notes what is known then.
    pub(super) async fn carry_out(&mut self, act: &Act, is_troubled: bool, what: &str) {
        match act {
            Act::Provision(rotate) => {
                let status = provision_with(&self.member.agent, &wants(rotate)).await.status;
                self.note_run(status, is_troubled, what).await;
            }
            Act::ProvisionTwice(rotate) => self.provision_twice(rotate, is_troubled, what).await,
            Act::ProvisionKilled(rotate, calls) => self.provision_killed(rotate, *calls),
            Act::RemoveByHand(removed) => self.remove(*removed).await,
            Act::CreateApp => self.create_app(is_troubled, what).await,
            Act::CreateAppDuring(rotate) => {
                let agent = self.member.agent.clone();
                let wanted = wants(rotate);
                let run = tokio::spawn(async move { provision_with(&agent, &wanted).await });
                self.create_app(is_troubled, what).await;
                let status = run.await.expect("no panic").status;
                self.note_run(status, is_troubled, what).await;
            }
        }
    }

    async fn provision_twice(&mut self, rotate: &[Rotate], is_troubled: bool, what: &str) {
        let (here, there) = (&self.member.agent, self.other.agent(&self.member));
        let wanted = wants(rotate);
        let (one, two) =
            tokio::join!(provision_with(here, &wanted), provision_with(&there, &wanted));
        for status in [one.status, two.status] {
            self.note_run(status, is_troubled, what).await;
        }
    }

    fn provision_killed(&mut self, rotate: &[Rotate], calls: usize) {
        kill_during(&self.world, &self.member, &wants(rotate), async |world| {
            while all_received(world).len() < calls {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
        });
    }

    async fn remove(&mut self, removed: Removed) {
        if !self.is_ready {
            return;
        }
        let (operator, record) = (self.world.operator(), &self.member.record);
        let bot = &record.gitea_bot_username;
        match removed {
            Removed::Tokens => drop(operator.strip(bot, "tokens").await),
            Removed::BotsKeys => drop(operator.strip(bot, "keys").await),
            Removed::CoolifysKey => {
                for key in operator.private_keys(&names::coolify_project(&record.slug)).await {
                    let uuid = key["uuid"].as_str().expect("a uuid");
                    let path = format!("/security/keys/{uuid}");
                    operator.coolify("DELETE", &path, &Value::Null).await;
                }
            }
            Removed::Membership => operator.oust(&record.gitea_org, bot).await,
            Removed::Environment => self.lose_environment().await,
        }
        self.is_whole = false;
    }

    /// The workspace is to have another environment than its project has.
    async fn lose_environment(&self) {
        let mut record =
            self.world.read_workspace(&self.member.record).await.expect("the workspace");
        record.coolify_environment_name.push('2');
        let mut tx = self.world.store.tenant(&record.tenant).await.expect("a transaction");
        assert!(tx.update_workspace(&record).await.expect("a row"));
        tx.commit().await.expect("its end");
    }

    /// From a repository that the operator made, so that it takes nothing of the workspace's own.
    async fn create_app(&mut self, is_troubled: bool, what: &str) {
        if !(self.is_ready && self.is_whole) {
            return;
        }
        let name = format!("site-app{}", self.apps.len());
        let path = format!("/orgs/{}/repos", self.member.record.gitea_org);
        let body = json!({ "name": name, "auto_init": true, "private": true });
        self.world.operator().gitea("POST", &path, &body).await;
        let app = json!({ "repo": name, "name": name, "instantDeploy": false });
        let answer = self.member.agent.compact_raw("apps.create", &app).await;
        let uuid = answer.json()["result"]["uuid"].as_str().map(str::to_owned);
        assert!(uuid.is_some() || is_troubled, "{what}: {}", answer.text);
        self.apps.push((name, uuid));
    }
}
