//! The keys of the workspace.

use std::time::Duration;

use covibe_console::pages::settings::agent_connections::Minted;
use covibe_console::pages::settings::keys::{Keys, keys};
use covibe_console::{Form, paths};
use covibe_domain::{Failure, Timestamp};
use serde_json::{Value, json};

use super::people::Members;
use crate::console::flash::CompletedAction;
use crate::console::workspace_and_rights::Workplace;
use crate::people::{PageResult, page};

/// Shows the page.
pub(in crate::console) async fn show(at: &Workplace) -> PageResult {
    Ok(page(200, keys(&at.frame, &view(at).await)))
}

/// Mints a key, and shows it: this answer is the only one that has it.
pub(in crate::console) async fn mint(at: &Workplace) -> PageResult {
    let entered = |field: &str| at.form.text(field);
    let (name, agent) = (entered("name"), entered("agent"));
    let (access, days) = (entered("access"), entered("days"));
    let minted = NewKey { name, agent, access, days }.mint(at).await;
    let view = view(at).await;
    match minted {
        Ok(minted) => Ok(page(200, keys(&at.frame, &Keys { minted: Some(minted), ..view }))),
        Err(why) => {
            let form = refused_form(at, &why);
            Workplace::refused_form(&why, keys(&at.frame, &Keys { form, ..view }))
        }
    }
}

/// Returns the content of the page with an empty form.
async fn view(at: &Workplace) -> Keys {
    let list = at.load("keys.list", json!({}));
    let members = at.load::<Members>("people.list", json!({}));
    let (list, members) = tokio::join!(list, members);
    let members = members.map(|members| members.people).unwrap_or_default();
    Keys { list, members, minted: None, form: Form::default() }
}

fn refused_form(at: &Workplace, why: &Failure) -> Form {
    let form = Form::from_problem(at.problem(why));
    let fields = ["name", "agent", "access", "days"];
    fields.into_iter().fold(form, |form, field| form.with(field, at.form.text(field)))
}

/// A key that a form asks for.
pub(super) struct NewKey<'a> {
    pub(super) name: &'a str,
    /// A word for the agent that it is for.
    pub(super) agent: &'a str,
    /// `full` or `read`.
    pub(super) access: &'a str,
    /// The days after which it expires, or `never`.
    pub(super) days: &'a str,
}

impl NewKey<'_> {
    /// Mints it as the person.
    ///
    /// # Errors
    ///
    /// Invalid without a name or with other days; those of `keys.mint`, which checks the rest.
    pub(super) async fn mint(&self, at: &Workplace) -> Result<Minted, Failure> {
        let answer = at.call("keys.mint", self.params()?).await?;
        let token = answer["token"].as_str().unwrap_or_default().to_owned();
        Ok(Minted { name: self.name.to_owned(), token })
    }

    fn params(&self) -> Result<Value, Failure> {
        let Self { name, agent, access, days } = *self;
        if name.is_empty() {
            return Err(Failure::invalid("The key needs a name."));
        }
        let mut params = json!({ "name": name, "agentType": agent, "access": access });
        match days {
            "never" => params["neverExpires"] = json!(true),
            days => params["expiresAt"] = json!(in_days(days)?.to_string()),
        }
        Ok(params)
    }
}

fn in_days(days: &str) -> Result<Timestamp, Failure> {
    let days = days.parse::<u16>().ok().filter(|days| (1..=3650).contains(days));
    let days = days.ok_or_else(|| Failure::invalid("Choose when the key expires."))?;
    Ok(Timestamp::now().after(Duration::from_hours(24) * u32::from(days)))
}

/// Revokes a key.
pub(in crate::console) async fn revoke(at: &Workplace) -> PageResult {
    let answer = at.call("keys.revoke", json!({ "keyId": at.part("id") })).await?;
    let has_others = answer["alsoRevoked"].as_array().is_some_and(|others| !others.is_empty());
    let done = if has_others { CompletedAction::KeysRevoked } else { CompletedAction::KeyRevoked };
    at.go(paths::KEYS, done)
}
