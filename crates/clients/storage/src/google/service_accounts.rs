//! Service accounts: found by their address, and marked by their description.

use covibe_domain::boxed;
use covibe_upstream::{Cause, Conflict, Error, Transport, optional};
use serde::Deserialize;
use serde_json::json;

use super::client::GoogleStorage;
use crate::bucket_names::AccountId;
use covibe_upstream::Owner;

/// The path of all accounts.
const ACCOUNTS: &str = "/projects/{project}/serviceAccounts";

/// The path of an account.
const ACCOUNT: &str = "/projects/{project}/serviceAccounts/{email}";

/// The accounts of a page, the maximum at IAM.
const PAGE: usize = 100;

/// The maximum number of pages that are counted.
const PAGES: usize = 50;

/// A service account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its address, by which other APIs name it.
    pub email: String,
    /// Its number, which another account of the same address would not have.
    pub unique_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    email: String,
    unique_id: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    disabled: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    accounts: Vec<Counted>,
    next_page_token: Option<String>,
}

/// An account whose members are not read.
#[derive(Deserialize)]
struct Counted {}

impl GoogleStorage {
    /// Returns the address that an account of this id has.
    pub fn email(&self, id: &AccountId) -> String {
        format!("{}@{}.iam.gserviceaccount.com", id.as_str(), self.project())
    }

    /// Returns the owner's account; `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`Conflict::Exists`] for one without the owner's mark, or one that is disabled.
    #[boxed]
    pub async fn account(&self, owner: &Owner) -> Result<Option<Account>, Error> {
        let email = self.email(&AccountId::for_owner(owner));
        let request =
            |at: &Transport| at.get(ACCOUNT).segment(self.project()).segment(email.clone());
        let Some(answer) = optional(self.iam(request).await)? else { return Ok(None) };
        let unreadable = answer.malformed();
        let found: Wire = answer.json()?;
        if found.email != email {
            return Err(Error { cause: Cause::Mistaken, ..unreadable });
        }
        if found.description != mark(owner) || found.disabled {
            return Err(Error { cause: Cause::Conflict(Conflict::Exists), ..unreadable });
        }
        Ok(Some(Account { email, unique_id: found.unique_id }))
    }

    /// Creates the owner's account, which may not be found for a while; see [`super::is_unsettled`].
    ///
    /// # Errors
    ///
    /// [`Conflict::Exists`] where there is one; [`Cause::Operator`] if the quota is used up.
    #[boxed]
    pub async fn create_account(&self, owner: &Owner) -> Result<Account, Error> {
        let id = AccountId::for_owner(owner);
        let body = json!({
            "accountId": id.as_str(),
            "serviceAccount": { "displayName": "Co-Vibe workspace", "description": mark(owner) },
        });
        // The id makes it repeatable: a second account of it is refused.
        let request = |at: &Transport| {
            at.post(ACCOUNTS).segment(self.project()).body(body.clone()).repeatable()
        };
        let answer = self.iam(request).await?;
        let unreadable = answer.malformed();
        let made: Wire = answer.json()?;
        if made.email != self.email(&id) {
            return Err(Error { cause: Cause::Mistaken, ..unreadable });
        }
        Ok(Account { email: made.email, unique_id: made.unique_id })
    }

    /// Deletes the owner's account, by its number: one of the same address that is made later
    /// stays. Its HMAC keys and grants end with it.
    ///
    /// # Errors
    ///
    /// Those of [`Self::account`].
    #[boxed]
    pub async fn delete_account(&self, owner: &Owner) -> Result<(), Error> {
        let Some(account) = self.account(owner).await? else { return Ok(()) };
        let request = |at: &Transport| {
            let request = at.delete(ACCOUNT).segment(self.project());
            request.segment(account.unique_id.clone()).repeatable()
        };
        match optional(self.iam(request).await)? {
            Some(answer) => answer.check_empty_or_json(),
            None => Ok(()),
        }
    }

    /// Counts the accounts of the project, at most 100 unless Google raised the quota.
    #[boxed]
    pub async fn count_accounts(&self) -> Result<usize, Error> {
        let (mut count, mut token) = (0, None::<String>);
        for _ in 0..PAGES {
            let request = |at: &Transport| {
                let request = at.get(ACCOUNTS).segment(self.project()).query("pageSize", PAGE);
                match &token {
                    Some(token) => request.query("pageToken", token),
                    None => request,
                }
            };
            let page: Page = self.iam(request).await?.json()?;
            count += page.accounts.len();
            token = page.next_page_token.filter(|token| !token.is_empty());
            if token.is_none() {
                break;
            }
        }
        Ok(count)
    }
}

/// Returns the description that marks an account as the owner's: accounts have no labels.
fn mark(owner: &Owner) -> String {
    format!("Made by Co-Vibe for {}. It changes and deletes this account.", owner.as_str())
}
