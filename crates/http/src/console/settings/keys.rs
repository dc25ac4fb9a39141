//! The keys of the workspace.

use std::time::Duration;

use covibe_console::pages::settings::keys::{Keys, Minted, keys};
use covibe_console::{Form, paths};
use covibe_domain::{Failure, Timestamp};
use serde_json::{Value, json};

use crate::console::done::Done;
use crate::console::workplace::Workplace;
use crate::people::{Answer, page};

/// Shows the page.
pub(in crate::console) async fn show(at: &Workplace) -> Answer {
    let list = at.load("keys.list", json!({})).await;
    Ok(page(200, keys(&at.frame, &Keys { list, minted: None, form: Form::default() })))
}

/// Mints a key, and shows it: this answer is the only one that has it.
pub(in crate::console) async fn mint(at: &Workplace) -> Answer {
    let minted = match params(at) {
        Ok(params) => at.call("keys.mint", params).await,
        Err(why) => Err(why),
    };
    let list = at.load("keys.list", json!({})).await;
    match minted {
        Ok(answer) => {
            let name = at.form.text("name").to_owned();
            let token = answer["token"].as_str().unwrap_or_default().to_owned();
            let minted = Some(Minted { name, token });
            Ok(page(200, keys(&at.frame, &Keys { list, minted, form: Form::default() })))
        }
        Err(why) => {
            let form = refused(at, &why);
            Workplace::refused(&why, keys(&at.frame, &Keys { list, minted: None, form }))
        }
    }
}

fn refused(at: &Workplace, why: &Failure) -> Form {
    let form = Form::refused(at.problem(why));
    let fields = ["name", "agent", "access", "days"];
    fields.into_iter().fold(form, |form, field| form.with(field, at.form.text(field)))
}

/// Returns the parameters of `keys.mint`; that checks them.
fn params(at: &Workplace) -> Result<Value, Failure> {
    let form = &at.form;
    let name = form.text("name");
    if name.is_empty() {
        return Err(Failure::invalid("The key needs a name."));
    }
    let mut params =
        json!({ "name": name, "agentType": form.text("agent"), "access": form.text("access") });
    match form.text("days") {
        "never" => params["neverExpires"] = json!(true),
        days => params["expiresAt"] = json!(in_days(days)?.to_string()),
    }
    Ok(params)
}

fn in_days(days: &str) -> Result<Timestamp, Failure> {
    let days = days.parse::<u16>().ok().filter(|days| (1..=3650).contains(days));
    let days = days.ok_or_else(|| Failure::invalid("Choose when the key expires."))?;
    Ok(Timestamp::now().after(Duration::from_hours(24) * u32::from(days)))
}

/// Revokes a key.
pub(in crate::console) async fn revoke(at: &Workplace) -> Answer {
    at.call("keys.revoke", json!({ "keyId": at.part("id") })).await?;
    at.go(paths::KEYS, Done::KeyRevoked)
}
