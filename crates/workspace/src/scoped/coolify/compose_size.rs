//! The size limit for the compose files of a workspace.

use covibe_coolify::Service;
use covibe_domain::Failure;
use covibe_policy::Owned;

use super::Coolify;
use crate::scoped::errors::compose_size_exceeded;

/// The maximum total size of a workspace's compose files, in bytes: eight files of the maximum
/// length, or hundreds of typical ones.
///
/// Coolify's answer for an environment contains each file twice, and every list of the workspace
/// needs that answer.
const MAX_TOTAL: usize = 2 * 1024 * 1024;

impl Coolify {
    /// Fails if a file of this length would exceed the limit. `replaced` is the service whose file it
    /// replaces.
    pub(super) async fn check_compose_size(
        &self,
        length: usize,
        replaced: Option<&Owned<Service>>,
    ) -> Result<(), Failure> {
        let before = replaced.and_then(|service| service.compose()).map(str::len);
        if before.is_some_and(|before| length <= before) {
            return Ok(());
        }
        let services = self.services().await?;
        let others = services.iter().filter(|one| replaced.is_none_or(|it| it.uuid != one.uuid));
        let used: usize = others.map(|one| one.file_length()).sum();
        if used.saturating_add(length) > MAX_TOTAL {
            return Err(compose_size_exceeded(MAX_TOTAL.saturating_sub(used)));
        }
        Ok(())
    }
}
