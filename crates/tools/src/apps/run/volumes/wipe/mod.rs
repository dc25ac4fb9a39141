//! `apps.volumes.wipe`.

mod answer;
mod steps;

use covibe_coolify::{RunState, Service};
use covibe_domain::{Failure, HostedUuid};
use covibe_operation::{Operation, Route, Spec};
use covibe_policy::{Owned, confirm};
use covibe_workspace::{AnyApp, Coolify, Hosted, Removal, VolumeHolder, Workspace};
use schemars::JsonSchema;
use serde::Deserialize;

use self::answer::VolumeRemoval;
use self::steps::wipe;
use super::errors::deployment_in_progress;
use crate::apps::run::open_deployments::is_lost;
use crate::container_access::no_docker_host;
use crate::deletion::MAX_CONFIRM;

/// The noun in the journal and in messages.
const KIND: &str = "volume";

/// The tool that lists volumes.
const LIST: &str = "apps.volumes.list";

/// Remove a volume and its data for good. Stops the containers, then removes those that use it. Takes uuids from
/// apps.volumes.list.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct WipeVolume {
    uuid: HostedUuid,
    /// The volume's exact name, from apps.volumes.list.
    #[schemars(length(min = 1, max = 255))]
    #[schemars(example = &"vgsco4occ8ksgsc4s8ck4kco_db-data")]
    volume: String,
    /// The volume's exact name again: without it, nothing is wiped.
    #[serde(default)]
    #[schemars(length(max = MAX_CONFIRM))]
    #[schemars(example = &"vgsco4occ8ksgsc4s8ck4kco_db-data")]
    confirm: Option<String>,
}

impl Operation<Workspace> for WipeVolume {
    const SPEC: Spec =
        Spec::destroy("apps.volumes.wipe", Route::delete("/apps/{uuid}/volumes/{volume}"));

    type Output = VolumeRemoval;

    async fn run(self, cx: &Workspace) -> Result<VolumeRemoval, Failure> {
        let coolify = cx.coolify().await?;
        // No call of this process deploys it meanwhile.
        let _turn = coolify.source_turn(self.uuid.clone()).await;
        let holder = coolify.volume_holder(&self.uuid).await?;
        confirm(self.confirm.as_deref(), &self.volume, LIST)?;
        let host = coolify.host_of(&holder).await?.ok_or_else(no_docker_host)?;
        check_idle(&coolify, &holder).await?;
        // Without its users, the next visitor of a provider may be its first one again.
        if let VolumeHolder::Present(Hosted::Provider(service)) = &holder {
            coolify.close_provider(service).await?;
        }
        let (uuid, volume) = (holder.uuid(), self.volume.as_str());
        let entry = format!("{uuid} {volume}");
        let removal = Removal::open(cx, KIND, &entry).await?;
        let done = removal.run(wipe(&host, volume, &removal)).await?;
        coolify.note_control(uuid);
        Ok(VolumeRemoval::new(volume, done, &holder))
    }
}

/// Checks that nothing is about to start containers of the resource, as far as Coolify reports it. It does not report
/// starts of databases, which may create the container anew at any moment of this call.
async fn check_idle(coolify: &Coolify, holder: &VolumeHolder) -> Result<(), Failure> {
    let uuid = holder.uuid();
    match holder {
        VolumeHolder::Present(Hosted::App(AnyApp::Application(app))) => {
            let under_way = coolify.deployments_under_way(app).await?;
            if !under_way.iter().all(is_lost) {
                let look = format!(r#"apps.deployments {{"uuid":"{uuid}"}} shows its status"#);
                return Err(deployment_in_progress(&look));
            }
        }
        VolumeHolder::Present(
            Hosted::App(AnyApp::Service(service)) | Hosted::Provider(service),
        ) if is_starting(coolify, service) => {
            return Err(deployment_in_progress("apps.logs shows its containers"));
        }
        VolumeHolder::Present(_) | VolumeHolder::Deleted(_) => {}
    }
    Ok(())
}

/// Returns whether a start of a service is under way. A start that nobody requested lately hangs, and does not count.
fn is_starting(coolify: &Coolify, service: &Owned<Service>) -> bool {
    service.status.state == RunState::Starting && coolify.is_start_recent(service)
}
