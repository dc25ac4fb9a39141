//! Resources that Coolify created although their creation had been given up and repeated.

use covibe_domain::{Failure, Timestamp};
use covibe_policy::Owned;

use super::Coolify;
use super::origin::{Marked, is_stray};

impl Coolify {
    /// Returns a list without strays, and deletes those: nobody was told of them.
    pub(super) async fn without_strays<T: Marked>(
        &self,
        listed: Vec<Owned<T>>,
    ) -> Result<Vec<Owned<T>>, Failure> {
        if listed.iter().all(|each| each.mark().is_none()) {
            return Ok(listed);
        }
        let known = self.origins.known().await?;
        let (strays, kept): (Vec<_>, Vec<_>) =
            listed.into_iter().partition(|each| is_stray(&**each, known, Timestamp::now()));
        for stray in &strays {
            self.remove(&**stray).await;
        }
        Ok(kept)
    }

    /// Deletes a stray. One that can't be deleted stays hidden, and is deleted at a later look.
    async fn remove<T: Marked>(&self, stray: &T) {
        let (kind, uuid, name) = (T::NOUN, stray.id(), stray.name());
        let removed = async {
            self.check_server().await?;
            Ok::<_, Failure>(stray.delete(&self.client).await?)
        };
        match removed.await {
            Ok(()) => tracing::warn!(
                kind,
                uuid,
                name,
                "Coolify created a resource after its creation had been repeated; it is deleted"
            ),
            Err(error) => tracing::warn!(
                kind,
                uuid,
                name,
                %error,
                "Coolify created a resource after its creation had been repeated; it is hidden"
            ),
        }
    }
}
