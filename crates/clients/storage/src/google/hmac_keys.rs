//! HMAC keys of service accounts, for access over S3.

use covibe_domain::{Secret, boxed};
use covibe_upstream::{Cause, Error, Transport, ignore_not_found, optional};
use serde::Deserialize;
use serde_json::json;

use super::client::GoogleStorage;
use super::service_accounts::Account;

const KEYS: &str = "/projects/{project}/hmacKeys";
const KEY: &str = "/projects/{project}/hmacKeys/{accessId}";

/// The maximum number of pages of keys. An account can have ten keys, so one page is expected.
const PAGES: usize = 10;

/// The state of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum KeyState {
    /// It can be used.
    Active,
    /// It can't be used until it is made active again.
    Inactive,
    /// It can never be used again.
    Deleted,
}

/// A key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HmacKey {
    /// Its id, which is not secret.
    pub access_id: String,
    /// The address of its account.
    pub service_account_email: String,
    /// Its state.
    pub state: KeyState,
}

/// A key that was made, with its secret, which Google shows only once.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Its id.
    pub access_id: String,
    /// Its secret.
    pub secret: Secret,
}

#[derive(Deserialize)]
struct Made {
    metadata: HmacKey,
    secret: Secret,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    items: Vec<HmacKey>,
    next_page_token: Option<String>,
}

impl GoogleStorage {
    /// Lists the keys of an account that are not deleted. A key that was made a moment ago may be missing.
    #[boxed]
    pub async fn keys(&self, account: &Account) -> Result<Vec<HmacKey>, Error> {
        let (mut keys, mut token) = (Vec::new(), None::<String>);
        for _ in 0..PAGES {
            let request = |at: &Transport| {
                let request = at.get(KEYS).segment(self.project());
                let request = request.query("serviceAccountEmail", &account.email);
                match &token {
                    Some(token) => request.query("pageToken", token),
                    None => request,
                }
            };
            let page: Page = self.storage(request).await?.json()?;
            keys.extend(page.items);
            token = page.next_page_token.filter(|token| !token.is_empty());
            if token.is_none() {
                break;
            }
        }
        keys.retain(|key| {
            key.service_account_email == account.email && key.state != KeyState::Deleted
        });
        Ok(keys)
    }

    /// Makes a key of an account. It can take a minute until it is accepted everywhere.
    ///
    /// # Errors
    ///
    /// With [`Effect::Possible`](crate::Effect::Possible) there may be a key whose secret nobody
    /// knows: it is among [`Self::keys`]. [`Cause::NotFound`] while the account is not known there.
    #[boxed]
    pub async fn create_key(&self, account: &Account) -> Result<NewKey, Error> {
        let request = |at: &Transport| {
            let request = at.post(KEYS).segment(self.project());
            request.query("serviceAccountEmail", &account.email)
        };
        let answer = self.storage(request).await?;
        let unreadable = answer.malformed();
        let Made { metadata, secret } = answer.json()?;
        let is_usable = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        if metadata.service_account_email != account.email {
            return Err(Error { cause: Cause::Mistaken, ..unreadable });
        }
        if !is_usable(&metadata.access_id) || !is_usable(secret.expose()) {
            return Err(unreadable);
        }
        Ok(NewKey { access_id: metadata.access_id, secret })
    }

    /// Deactivates and deletes a key; succeeds when it is gone. Google deletes only inactive keys,
    /// and its servers may accept one for up to three minutes more.
    #[boxed]
    pub async fn delete_key(&self, access_id: &str) -> Result<(), Error> {
        match self.end_key(access_id).await {
            // A key that was deleted, by an earlier call or by an attempt whose answer was lost, is
            // refused.
            Err(error) if matches!(error.cause, Cause::Refused(_)) => {
                if self.is_deleted(access_id).await? { Ok(()) } else { Err(error) }
            }
            outcome => ignore_not_found(outcome),
        }
    }

    async fn end_key(&self, access_id: &str) -> Result<(), Error> {
        self.deactivate(access_id).await?;
        let request =
            |at: &Transport| at.delete(KEY).segment(self.project()).segment(access_id).repeatable();
        self.storage(request).await?.check_empty_or_json()
    }

    async fn is_deleted(&self, access_id: &str) -> Result<bool, Error> {
        let request = |at: &Transport| at.get(KEY).segment(self.project()).segment(access_id);
        let Some(answer) = optional(self.storage(request).await)? else { return Ok(true) };
        Ok(answer.json::<HmacKey>()?.state == KeyState::Deleted)
    }

    async fn deactivate(&self, access_id: &str) -> Result<(), Error> {
        let request = |at: &Transport| {
            let request = at.put(KEY).segment(self.project()).segment(access_id);
            request.body(json!({ "state": "INACTIVE" })).repeatable()
        };
        self.storage(request).await?.check_empty_or_json()
    }
}
