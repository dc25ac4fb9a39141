//! The person's own settings.

use covibe_console::pages::settings::profile::{Profile, Session, profile};
use covibe_console::{Form, paths};
use covibe_crypto::Password;
use covibe_domain::Failure;
use serde::Deserialize;
use serde_json::json;

use crate::console::flash::CompletedAction;
use crate::console::workspace_and_rights::Workplace;
use crate::people::{PageResult, page, see_other};

/// The answer of `sessions.list`.
#[derive(Default, Deserialize)]
struct Sessions {
    sessions: Vec<Session>,
}

/// Shows the page.
pub(in crate::console) async fn show(at: &Workplace) -> PageResult {
    Ok(page(200, profile(&at.frame, &view(at).await)))
}

async fn view(at: &Workplace) -> Profile {
    let sessions = at.load::<Sessions>("sessions.list", json!({})).await;
    let own = at.signed_in.session.to_string();
    let marked = |session: Session| Session { is_current: session.id == own, ..session };
    Profile {
        has_password: at.has_passwords,
        sessions: sessions.map(|list| list.sessions.into_iter().map(marked).collect()),
        name: Form::default(),
        password: Form::default(),
        photo: Some(Form::default()),
        leave: Form::default(),
    }
}

/// Changes the person's name.
pub(in crate::console) async fn rename(at: &Workplace) -> PageResult {
    let name = at.form.text("name");
    match at.call("profile.update", json!({ "name": name })).await {
        Ok(_) => at.go(paths::PROFILE, CompletedAction::NameChanged),
        Err(why) => {
            let form = Form::from_problem(at.problem(&why)).with("name", name);
            let view = Profile { name: form, ..view(at).await };
            Workplace::refused_form(&why, profile(&at.frame, &view))
        }
    }
}

/// Changes the person's password. It is not an operation, because only a page of the person may send it.
pub(in crate::console) async fn change_password(at: &Workplace) -> PageResult {
    let (form, why) = match try_password_change(at).await {
        Ok(()) => return at.go(paths::PROFILE, CompletedAction::PasswordChanged),
        Err(refused) => *refused,
    };
    let view = Profile { password: form, ..view(at).await };
    Workplace::refused_form(&why, profile(&at.frame, &view))
}

async fn try_password_change(at: &Workplace) -> Result<(), Box<(Form, Failure)>> {
    let [current, new, again] =
        ["current", "password", "again"].map(|name| at.form.copy_secret(name));
    let wrong = |field: &str, text: String| {
        Box::new((
            Form::default().with_error(field, text),
            Failure::invalid("The form is not complete."),
        ))
    };
    if new != again {
        return Err(wrong("again", "The two passwords differ.".to_owned()));
    }
    let new = Password::new(&new).map_err(|error| wrong("password", error.to_string()))?;
    let changed = at.dispatcher.change_password(&at.signed_in, current, new, &at.identified).await;
    changed.map_err(|why| Box::new((Form::from_problem(at.problem(&why)), why)))
}

/// Ends another session of the person.
pub(in crate::console) async fn end_session(at: &Workplace) -> PageResult {
    at.call("sessions.revoke", json!({ "sessionId": at.part("id") })).await?;
    at.go(paths::PROFILE, CompletedAction::SessionEnded)
}

/// Leaves the company.
pub(in crate::console) async fn leave(at: &Workplace) -> PageResult {
    match at.call("people.leave", json!({})).await {
        Ok(_) => Ok(see_other(paths::ONBOARDING)),
        Err(why) => {
            let view = Profile { leave: Form::from_problem(at.problem(&why)), ..view(at).await };
            Workplace::refused_form(&why, profile(&at.frame, &view))
        }
    }
}
