//! The other ways into a user's account, besides passwords, tokens and keys: OAuth applications
//! and further email addresses, each of which resets the password.
//!
//! Only the user itself can list them. With the administrator's token in the place of a password,
//! these routes would act on the administrator, so this uses a token of the user that exists only
//! during the call.

use covibe_domain::{Secret, boxed};
use covibe_upstream::ignore_not_found;
use serde::Deserialize;
use serde_json::json;

use super::Tokens;
use crate::{Client, Error, pagination};

const APPLICATIONS: &str = "/user/applications/oauth2";

const EMAILS: &str = "/user/emails";

#[derive(Deserialize)]
struct Application {
    id: i64,
}

#[derive(Deserialize)]
struct Email {
    email: String,
    primary: bool,
}

impl Tokens {
    /// Deletes the user's OAuth applications, and its email addresses except the primary one.
    /// Returns their number.
    ///
    /// `name` is the name of the token that this uses and deletes.
    #[boxed]
    pub async fn delete_ways_in(&self, name: &str) -> Result<usize, Error> {
        let token = self.create(name, &["write:user"]).await?;
        let by = Secret::new(format!("token {}", token.token.expose()));
        let deleted = delete(&self.client, &by).await;
        self.delete(token.id).await?;
        deleted
    }
}

async fn delete(client: &Client, by: &Secret) -> Result<usize, Error> {
    let transport = &client.transport;
    let list = || transport.get(APPLICATIONS).authorization(by);
    let applications: Vec<Application> = pagination::read_all(list).await?;
    for application in &applications {
        let request = transport.delete("/user/applications/oauth2/{id}");
        let request = request.segment(application.id.to_string()).authorization(by);
        ignore_not_found(request.repeatable().execute().await)?;
    }
    let emails: Vec<Email> = transport.get(EMAILS).authorization(by).json().await?;
    let others = emails.into_iter().filter(|email| !email.primary);
    let others: Vec<_> = others.map(|email| email.email).collect();
    // One at a time: Gitea deletes none if it does not find one in the list.
    for email in &others {
        let request = transport.delete(EMAILS).authorization(by).body(json!({ "emails": [email] }));
        ignore_not_found(request.repeatable().execute().await)?;
    }
    Ok(applications.len() + others.len())
}
