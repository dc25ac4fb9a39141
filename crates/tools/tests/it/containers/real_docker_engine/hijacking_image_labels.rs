//! Containers whose images would route another tenant's host to them.

use std::time::Duration;

use covibe_testkit::Options;
use covibe_testkit_docker::Recipe;
use covibe_workspace::ContainerWatch;
use serde_json::json;

use super::{Host, sshd};

const IMAGE: &str = "covibe-test/hijacking";

/// A look that nothing but the clock begins comes after the test has failed.
const PATIENCE: Duration = Duration::from_mins(1);

#[tokio::test(flavor = "multi_thread")]
async fn hijacking_containers_are_killed_as_soon_as_they_start() {
    let Some(sshd) = sshd() else { return };
    let options = Options::default().with_settings(|it| it.container_watch = 2 * PATIENCE);
    let Some(host) = Host::start_with(sshd, options).await else { return };
    let app = host.site().await;
    let base = Recipe::new("hijacking", "hijacking").run(host.engine);
    let label = "LABEL traefik.http.routers.x.rule=Host(`victim.test`)";
    host.engine.cli(&["commit", "--pause=false", "--change", label, &base.id, IMAGE]);
    drop(base);
    let process = host.world.process().await;
    let watch = ContainerWatch::begin(&process.platform);
    for _ in 0..3 {
        // It would not end by itself, nor by SIGTERM.
        let program = "trap '' TERM INT HUP";
        let project = ["--label", "coolify.projectName=vibn-ws-mark"];
        let container = Recipe::of_app(&app).script(program).option(project).image(IMAGE);
        let container = container.run(host.engine);
        container
            .wait_until("{{.State.Status}} {{.State.ExitCode}}", |state| state == "exited 137");
        let logs = host.call_ok("apps.logs", json!({ "uuid": app })).await;
        assert!(logs["warnings"].to_string().contains("traefik.http.routers.x.rule"), "{logs}");
    }
    watch.stop().await;
}
