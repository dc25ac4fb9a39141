//! The fields of a patch that are not texts: volumes, the health check and limits.

use covibe_coolify::{Application, HealthCheck, Limits};
use covibe_domain::Failure;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace};

use super::patch_parameter::AppPatch;
use crate::apps::manage::runtime_settings::{self, Volume};
use crate::patch_outcome::PatchOutcome;

/// The reason why a compose app, or one whose repository holds a compose file, has none of these
/// members.
const IN_FILE: &str = "the compose file declares it: change the file";

/// The reason why it has no limits.
const LIMITS_IN_FILE: &str =
    "the compose file declares them: change mem_limit and cpus of a service there";

/// The changes to these members.
#[derive(Default)]
pub(super) struct Lasting {
    volumes: Option<Vec<Volume>>,
    pub(super) health_check: Option<HealthCheck>,
    pub(super) limits: Limits,
}

impl Lasting {
    /// Reports the members in a patch of a compose file's app as ignored: it has none of them.
    pub(super) fn ignore_members(patch: &AppPatch, fates: &mut PatchOutcome) {
        if patch.volumes.is_some() {
            fates.add_ignored("volumes", IN_FILE);
        }
        if patch.health_check.is_some() {
            fates.add_ignored("healthCheck", IN_FILE);
        }
        if patch.limits.is_some() {
            fates.add_ignored("limits", LIMITS_IN_FILE);
        }
    }

    /// Returns the members of a patch that this application has.
    pub(super) fn from_patch(
        cx: &Workspace,
        patch: &AppPatch,
        app: &Application,
        fates: &mut PatchOutcome,
    ) -> Result<Self, Failure> {
        if app.is_compose() {
            Self::ignore_members(patch, fates);
            return Ok(Self::default());
        }
        let health_check = patch.health_check.as_ref();
        let health_check = health_check.map(|check| check.to_request("patch.healthCheck"));
        let volumes = patch.volumes.as_deref();
        let volumes =
            volumes.map(|volumes| runtime_settings::parse_volumes("patch.volumes", volumes));
        let limits = patch.limits.clone().unwrap_or_default();
        Ok(Self {
            volumes: volumes.transpose()?,
            health_check: health_check.transpose()?,
            limits: limits.check_within(&cx.settings().compose, "patch.limits")?,
        })
    }

    /// Returns whether there is nothing to change.
    pub(super) fn is_empty(&self) -> bool {
        self.volumes.is_none() && self.health_check.is_none() && self.limits.is_empty()
    }

    /// Writes the volumes. Returns a hint about those that are no longer mounted.
    pub(super) async fn write_volumes(
        &self,
        coolify: &Coolify,
        app: &Owned<Application>,
    ) -> Result<Option<String>, Failure> {
        let Some(wanted) = &self.volumes else { return Ok(None) };
        let unmounted = runtime_settings::write(coolify, app, wanted).await?;
        Ok((!unmounted.is_empty()).then(|| {
            format!(
                "No longer mounted after the next deployment: {}. The data is kept: pass the same \
                 name to mount it again.",
                unmounted.join(", ")
            )
        }))
    }

    /// Compares the wanted values with those of an application.
    pub(super) async fn compare_with(
        &self,
        coolify: &Coolify,
        app: &Owned<Application>,
    ) -> Result<KeptValues, Failure> {
        let volumes = match &self.volumes {
            Some(wanted) => {
                Some(runtime_settings::is_same_set(wanted, &coolify.volumes(app).await?))
            }
            None => None,
        };
        let health_check = self.health_check.as_ref().map(|it| it.is_of(app));
        Ok(KeptValues { volumes, health_check, limits: self.limits.compare(app) })
    }
}

/// For each wanted value, whether an application has it; `None` if it is not wanted.
#[derive(Clone, Copy)]
pub(super) struct KeptValues {
    volumes: Option<bool>,
    health_check: Option<bool>,
    /// The memory, and the CPUs.
    limits: [Option<bool>; 2],
}

impl KeptValues {
    /// Reports what Coolify has kept. Returns whether that was different before.
    pub(super) fn report(self, before: Self, fates: &mut PatchOutcome) -> bool {
        let members = [
            ("volumes", self.volumes, before.volumes),
            ("healthCheck", self.health_check, before.health_check),
            ("limits.memory", self.limits[0], before.limits[0]),
            ("limits.cpus", self.limits[1], before.limits[1]),
        ];
        let mut is_changed = false;
        for (name, now, before) in members {
            if let Some(is_kept) = now {
                fates.add_compared(name, is_kept);
                is_changed |= is_kept && before == Some(false);
            }
        }
        is_changed
    }
}
