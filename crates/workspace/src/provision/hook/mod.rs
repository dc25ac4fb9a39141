//! The hook by which Gitea reports pushes to this server.

mod ensure;
mod place;

use covibe_domain::Failure;
use covibe_domain::entities::Rotate;

pub use self::ensure::hook_refusal;
pub(crate) use self::ensure::{PushReporting, ensure};
pub(crate) use self::place::owner;

use super::context::{ProvisionContext, StageOutcome};

/// Ensures that Gitea reports pushes. If it refuses to, or cannot, the workspace works without a
/// hook.
pub(super) async fn stage(on: &ProvisionContext) -> Result<StageOutcome, Failure> {
    let renew = on.wants.rotates(Rotate::Pat);
    match ensure(&on.platform, on.gitea()?, &on.record, renew).await? {
        PushReporting::Told => Ok(StageOutcome::Done),
        PushReporting::Untold(why) => Ok(StageOutcome::Without(why)),
    }
}
