//! 503: call `POST …/provision`, then retry; done as it says.

use covibe_testkit_http::Member;
use serde_json::{Value, json};

use super::failing_call::failure;
use super::filled_workspaces::Scene;
use crate::support::{CallStyle, tool};

/// Checks that an operation that does not work names the call to make.
async fn is_unready(scene: &Scene, member: &Member, via: CallStyle, name: &str, error: &str) {
    let told = via.call(&member.agent, &tool(&scene.world, name), &json!({})).await;
    let what = format!("{name} by {via:?}");
    let path = format!("/api/workspaces/{}/provision", member.agent.slug);
    let hint = format!("Call POST {path}, then retry.");
    assert_eq!(failure(via, &told, 503, &what), json!({ "error": error, "hint": hint }), "{what}");
}

/// That call, and the one that did not work again.
async fn provision_and_retry(scene: &Scene, member: &Member, via: CallStyle, names: &[&str]) {
    let path = format!("/api/workspaces/{}/provision", member.agent.slug);
    let answer = member.agent.json("POST", &path, &json!({})).await;
    assert_eq!((answer.status, &answer.json()["provisionStatus"]), (200, &json!("ready")));
    for name in names {
        let told = via.call(&member.agent, &tool(&scene.world, name), &json!({})).await;
        told.result(name);
    }
}

/// A workspace that was founded only.
pub(super) async fn before_it_is_provisioned(scene: &Scene) {
    let names = ["gitea.credentials", "apps.list", "databases.list"];
    for (number, via) in CallStyle::ALL.into_iter().enumerate() {
        let member = scene.world.new_workspace(&format!("early-{number}")).await;
        for name in names {
            let error = "The workspace is not provisioned yet (status: pending).";
            is_unready(scene, &member, via, name, error).await;
        }
        provision_and_retry(scene, &member, via, &names).await;
    }
}

/// A workspace whose project somebody has deleted by hand, for a server that has not seen it yet.
pub(super) async fn when_its_project_is_gone(scene: &Scene) {
    let mut member = scene.world.member("bereft").await;
    let project = member.record.coolify_project_uuid.as_ref().expect("a project");
    let path = format!("/projects/{project}");
    scene.world.operator().coolify("DELETE", &path, &Value::Null).await;
    let instance = scene.world.instance();
    member.agent = instance.agent(&member);
    let error = "The workspace's Coolify project no longer exists.";
    for via in CallStyle::ALL {
        is_unready(scene, &member, via, "apps.list", error).await;
    }
    provision_and_retry(scene, &member, CallStyle::Modern, &["apps.list"]).await;
}
