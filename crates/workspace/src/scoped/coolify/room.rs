//! How much of the team's lists a workspace may take up with its compose files.

use covibe_coolify::Service;
use covibe_domain::{Failure, Kind};
use covibe_policy::Owned;

use super::Coolify;

/// The most that the compose files of a workspace may have together, in bytes: eight of the longest
/// that pass, or hundreds of the usual ones.
///
/// Coolify answers every file of the team in its lists of services, which each workspace needs; a
/// workspace without a bound could make them longer than can be read.
const MOST: usize = 2 * 1024 * 1024;

impl Coolify {
    /// Fails when there is no room for a file of that length; `but` is the service it is to replace
    /// the file of.
    pub(super) async fn check_room(
        &self,
        length: usize,
        but: Option<&Owned<Service>>,
    ) -> Result<(), Failure> {
        let before = but.and_then(|service| service.compose()).map(str::len);
        if before.is_some_and(|before| length <= before) {
            return Ok(());
        }
        let services = self.services().await?;
        let others = services.iter().filter(|one| but.is_none_or(|but| but.uuid != one.uuid));
        let taken: usize = others.map(|one| one.file_length()).sum();
        if taken.saturating_add(length) <= MOST { Ok(()) } else { Err(full(taken)) }
    }
}

fn full(taken: usize) -> Failure {
    let left = MOST.saturating_sub(taken) / 1024;
    let text = "The compose files of a workspace may have 2 MiB together.";
    Failure::new(Kind::TooLarge, format!("{text} {left} KiB are left."))
        .hint("Pass a shorter file, or delete with apps.delete what is not needed any more.")
}
