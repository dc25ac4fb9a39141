//! The role of the bot in its organisation: an owner, or a maintainer on a Gitea where strangers
//! can sign up.

use covibe_store::Backend;
use covibe_testkit::git::{access, clones};
use covibe_testkit::{Agent, BotRole, Member, World, invariants};
use serde_json::{Value, json};

use super::rotation::clonable_apps::{clone_url, from_repository};
use super::{describe_workspace, options, provision_to_ready};

async fn bot(member: &Member) -> Agent {
    let access = access(&member.agent).await;
    let base = access["gitea"]["apiBase"].as_str().expect("a URL");
    Agent::new(base, "", None).with_key(access["bot"]["token"].as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_with_the_maintainer_role_administers_only_repositories() {
    let options = options(Backend::Sqlite).with_settings(|it| it.bot_role = BotRole::Maintainer);
    let world = World::start(options).await.expect("SQLite is built in");
    let git = bot(&world.mark).await;
    let app = from_repository(&world.mark.agent, "site").await;
    assert!(clones(&clone_url(&world, &app).await).await);
    let hook = json!({ "type": "gitea", "config": { "url": "https://hook.test", "content_type": "json" } });
    for (path, body) in [
        ("/orgs/vibn-mark/repos", json!({ "name": "new", "private": true })),
        ("/repos/vibn-mark/new/hooks", hook.clone()),
    ] {
        let answer = git.json("POST", path, &body).await;
        assert_eq!(answer.status, 201, "{path}: {}", answer.text);
    }
    let import =
        json!({ "clone_addr": "https://x.test/a", "repo_name": "m", "repo_owner": "vibn-mark" });
    for (path, body) in [
        ("/orgs/vibn-mark/rename", json!({ "new_name": "vibn-later" })),
        ("/orgs/vibn-mark/teams", json!({ "name": "t" })),
        ("/orgs/vibn-mark/hooks", hook),
        ("/orgs", json!({ "username": "vibn-later" })),
        ("/repos/migrate", import),
        ("/orgs/vibn-mark/actions/runners/registration-token", json!({})),
        ("/repos/vibn-mark/new/actions/runners/registration-token", json!({})),
    ] {
        let answer = git.json("POST", path, &body).await;
        assert_eq!(answer.status, 403, "{path}: {}", answer.text);
    }
    invariants(&world, &world.mark.record, "a maintainer").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn provisioning_moves_a_workspace_to_the_chosen_role() {
    let mut world = super::quick_world().await;
    let app = from_repository(&world.mark.agent, "site").await;
    let operator = world.operator();
    operator.make_user("eve", "eve@else.test", false).await;
    let team = operator.owners_team("vibn-mark").await;
    let teams = operator.gitea_list("/orgs/vibn-mark/teams").await.len();
    for role in [BotRole::Maintainer, BotRole::Maintainer, BotRole::Owner] {
        world.set_bot_role(role).await;
        provision_to_ready(&world.mark.agent, "moved").await;
        invariants(&world, &world.mark.record, &format!("{role:?}")).await;
        assert!(clones(&clone_url(&world, &app).await).await);
        let git = bot(&world.mark).await;
        assert_eq!(git.send("GET", "/repos/vibn-mark/site-code", &[], None).await.status, 200);
        let more = usize::from(role == BotRole::Maintainer);
        assert_eq!(operator.gitea_list("/orgs/vibn-mark/teams").await.len(), teams + more);
    }
    assert_eq!(operator.owners("vibn-mark").await, ["mark-bot"]);
    // Whom the bot made an owner before stays one, and is listed.
    operator.gitea("PUT", &format!("/teams/{team}/members/eve"), &Value::Null).await;
    world.set_bot_role(BotRole::Maintainer).await;
    provision_to_ready(&world.mark.agent, "with eve").await;
    let told = describe_workspace(&world.mark.agent).await;
    let eve = &told["strangers"]["found"][0];
    assert_eq!(eve["remove"], "operator: DELETE /orgs/vibn-mark/members/eve", "{told}");
    world.stop().await;
}
