//! The person whom WorkOS has signed in, as we know them.

use covibe_domain::{Email, Failure};
use covibe_store::{Error, Tx, User, UserCredentials};
use covibe_workos as workos;

use super::errors::{other_account, unusable_address, unverified};
use crate::people::{email_digest, new_user, provider_digest};
use crate::provider::Provider;

/// The longest name, in characters.
const NAME: usize = 100;

impl Provider {
    /// Finds a person by their id at WorkOS, or else by their address if WorkOS has verified that it is theirs;
    /// creates them if they are new.
    ///
    /// # Errors
    ///
    /// Forbidden for an address that is not verified and belongs to somebody; conflict if that person has
    /// another account at WorkOS.
    pub(super) async fn person(&self, account: &workos::User) -> Result<User, Failure> {
        let digest = provider_digest(account.id.as_str());
        let mut tx = self.store.credential(&digest).await?;
        if let Some((user, _)) = known(&mut tx).await? {
            return Ok(user);
        }
        let email: Email = account.email.parse().map_err(|_| unusable_address())?;
        let mut tx = self.store.credential(&email_digest(&email)).await?;
        let Some((user, _)) = known(&mut tx).await? else {
            return self.create(account, &email).await;
        };
        if !account.email_verified {
            return Err(unverified());
        }
        let mut tx = self.store.person(&user.id).await?;
        let is_theirs = tx.set_provider(account.id.as_str(), &digest).await;
        match is_theirs {
            Ok(true) => tx.commit().await?,
            Ok(false) | Err(Error::Conflict) => return Err(other_account()),
            Err(error) => return Err(error.into()),
        }
        Ok(user)
    }

    async fn create(&self, account: &workos::User, email: &Email) -> Result<User, Failure> {
        let user = new_user(email, &name(account, email));
        let id = account.id.as_str();
        let by = UserCredentials {
            email: email_digest(email),
            provider: Some((id.to_owned(), provider_digest(id))),
            password: None,
        };
        let mut tx = self.store.person(&user.id).await?;
        match tx.insert_user(&user, &by).await {
            Ok(()) => tx.commit().await?,
            // Somebody took the address, or another sign-in of the same person came first.
            Err(Error::Conflict) => return self.raced(account).await,
            Err(error) => return Err(error.into()),
        }
        Ok(user)
    }

    async fn raced(&self, account: &workos::User) -> Result<User, Failure> {
        let mut tx = self.store.credential(&provider_digest(account.id.as_str())).await?;
        known(&mut tx).await?.map(|(user, _)| user).ok_or_else(other_account)
    }
}

async fn known(tx: &mut Tx) -> Result<Option<(User, Option<covibe_domain::Secret>)>, Failure> {
    Ok(tx.user_by_credential().await?)
}

/// Returns a person's name as it can be shown; without one, what is before the `@` of their address.
fn name(account: &workos::User, email: &Email) -> String {
    let parts = [&account.first_name, &account.last_name].into_iter().flatten();
    let name = parts.map(String::as_str).collect::<Vec<_>>().join(" ");
    let shown: String = name.chars().filter(|c| !c.is_control()).take(NAME).collect();
    match shown.trim() {
        "" => email.as_str().split('@').next().unwrap_or_default().to_owned(),
        shown => shown.to_owned(),
    }
}
