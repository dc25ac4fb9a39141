//! The hook by which Gitea reports pushes to this server.

mod ensure;
mod place;

use covibe_domain::Failure;
use covibe_domain::entities::Rotate;

pub use self::ensure::hook_refusal;
pub(crate) use self::ensure::{Ensured, ensure};
pub(crate) use self::place::owner;

use super::ground::{Ended, Ground};

/// Ensures that Gitea reports pushes. If it refuses to, or cannot, the workspace works without a
/// hook.
pub(super) async fn stage(on: &Ground) -> Result<Ended, Failure> {
    let renew = on.wants.rotates(Rotate::Pat);
    match ensure(&on.platform, on.gitea()?, &on.record, renew).await? {
        Ensured::Told => Ok(Ended::Done),
        Ensured::Untold(why) => Ok(Ended::Without(why)),
    }
}
