//! The hook by which Gitea tells this server of pushes.

use covibe_domain::Failure;
use covibe_domain::entities::Rotate;

use super::ground::{Ended, Ground};
use crate::hooks::{self, Ensured};

/// Ensures that Gitea tells of pushes. Where it refuses to, or can't, the workspace works without.
pub(super) async fn ensure(on: &Ground) -> Result<Ended, Failure> {
    let renew = on.wants.rotates(Rotate::Pat);
    match hooks::ensure(&on.platform, on.gitea()?, &on.record, renew).await? {
        Ensured::Told => Ok(Ended::Done),
        Ensured::Untold(why) => Ok(Ended::Without(why)),
    }
}
