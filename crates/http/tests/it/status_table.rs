//! The table of statuses, with every case of each: the error and what the hint tells the agent to
//! do, the same on every surface and with every release of Coolify.

mod cases;
mod failing_call;
mod filled_workspaces;
mod surface_specific_cases;
mod unprovisioned_workspace;

use std::collections::BTreeSet;

use covibe_sandbox::coolify::Version;
use filled_workspaces::Scene;
use futures_util::future::join_all;
use serde_json::json;

use crate::support::{CallStyle, tool};

/// The lines of the table: the status, its code over MCP, and whether the same call may succeed
/// later.
const TABLE: [(u16, &str, bool); 8] = [
    (400, "invalid", false),
    (401, "unauthenticated", false),
    (403, "forbidden", false),
    (404, "not_found", false),
    (409, "conflict", false),
    (422, "rejected", false),
    (502, "upstream", true),
    (503, "unready", true),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_status_of_the_table_reports_what_happened_and_what_to_do() {
    join_all(Version::ALL.map(every_line)).await;
}

async fn every_line(version: Version) {
    let scene = Scene::on(version).await;
    let cases = cases::all(&scene);
    for case in &cases {
        case.run(&scene).await;
    }
    surface_specific_cases::no_key(&scene).await;
    surface_specific_cases::unreadable_bodies(&scene).await;
    surface_specific_cases::paths_of_others(&scene).await;
    surface_specific_cases::unknown_tools(&scene).await;
    unprovisioned_workspace::before_it_is_provisioned(&scene).await;
    unprovisioned_workspace::when_its_project_is_gone(&scene).await;
    let met: BTreeSet<_> = cases.iter().map(|case| case.status).chain([401, 503]).collect();
    assert_eq!(met, TABLE.map(|(status, ..)| status).into(), "each line has its cases");
    names_are_fetched_and_confirm(&scene).await;
    scene.world.stop().await;
}

/// Follows the hint of each 409: fetches the name, and confirms with it.
async fn names_are_fetched_and_confirm(scene: &Scene) {
    let agent = &scene.own.agent;
    for (deletion, via) in cases::deletions(scene).into_iter().zip(CallStyle::ALL) {
        let (delete, uuid, look) = deletion;
        let found = via.call(agent, &tool(&scene.world, look), &json!({ "uuid": uuid })).await;
        let params = json!({ "uuid": uuid, "confirm": found.result(look)["name"] });
        let told = via.call(agent, &tool(&scene.world, delete), &params).await;
        assert_eq!(told.result(delete)["deleted"], true);
    }
}
