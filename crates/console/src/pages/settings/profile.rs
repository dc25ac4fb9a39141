//! The person's own settings.

use covibe_domain::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;

use super::{Tab, page};
use crate::parts::form::{Field, csrf, destructive};
use crate::parts::layout::{panel, problem};
use crate::parts::table::table;
use crate::parts::text::{avatar, tag, time, time_or};
use crate::{Form, Frame, Loaded, paths};

/// A session of the person.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Its id.
    pub id: String,
    /// The browser's own description of itself (`User-Agent`).
    #[serde(default)]
    pub agent: Option<String>,
    /// The network address that it was last used from.
    #[serde(default)]
    pub address: Option<String>,
    /// The time when it began.
    pub created_at: Timestamp,
    /// The time when it was last used.
    #[serde(default)]
    pub last_used_at: Option<Timestamp>,
    /// True if this request belongs to it.
    #[serde(default)]
    pub is_current: bool,
}

/// The content of the page of the profile.
#[derive(Clone, Debug)]
pub struct Profile {
    /// True if the person has a password here; otherwise the company's account has it.
    pub has_password: bool,
    /// The sessions.
    pub sessions: Loaded<Vec<Session>>,
    /// The form for the name; its field is `name`.
    pub name: Form,
    /// The form for the password; its fields are `current`, `password` and `again`.
    pub password: Form,
    /// The form for the photo; its field is `photo`. Absent where photos are not kept.
    pub photo: Option<Form>,
    /// The form for leaving, which has no field.
    pub leave: Form,
}

/// Returns the page. Forms are sent to `{PROFILE}/name`, `{PROFILE}/password`, `{PROFILE}/photo` (as
/// `multipart/form-data`), `{PROFILE}/photo/remove`, `{SESSIONS}/{id}/revoke` and `{PROFILE}/leave`.
pub fn profile(frame: &Frame, view: &Profile) -> Markup {
    page(
        frame,
        Tab::Profile,
        "Profile",
        &html! {
            (name(frame, &view.name))
            @if let Some(form) = &view.photo { (photo(frame, form)) }
            @if view.has_password { (password(frame, &view.password)) }
            (sessions(frame, &view.sessions))
            (leave(frame, &view.leave))
        },
    )
}

fn action(what: &str) -> String {
    format!("{}/{what}", paths::PROFILE)
}

fn name(frame: &Frame, form: &Form) -> Markup {
    let field = Field::text("name", "name", "Name").autocomplete("name");
    let form =
        if form.is_refused() { form.clone() } else { form.clone().with("name", &frame.name) };
    panel(
        "You",
        false,
        &html! {
            p.muted { (frame.email) }
            (form.summary())
            form.stack method="post" action=(action("name")) {
                (csrf(&frame.csrf))
                (field.show(&form))
                div.row { button.button type="submit" { "Save name" } }
            }
        },
    )
}

fn photo(frame: &Frame, form: &Form) -> Markup {
    let error = form.errors.get("photo");
    let described = if error.is_some() { "photo-error photo-hint" } else { "photo-hint" };
    panel(
        "Photo",
        false,
        &html! {
            div.row { (avatar(frame.display_name(), frame.photo.as_deref(), true)) }
            (form.summary())
            form.stack method="post" action=(action("photo")) enctype="multipart/form-data" {
                (csrf(&frame.csrf))
                div.field {
                    label for="photo" { "New photo" }
                    input #photo name="photo" type="file" accept="image/png,image/jpeg" required
                        aria-describedby=(described) aria-invalid=[error.map(|_| "true")];
                    p.hint #photo-hint { "PNG or JPEG, at most 2 MB and 2048 × 2048 pixels. It is cropped to a square." }
                    @if let Some(error) = error { p.error #photo-error { (error) } }
                }
                div.row { button.button type="submit" { "Upload photo" } }
            }
            @if frame.photo.is_some() {
                (destructive(&action("photo/remove"), &frame.csrf, "Remove photo", "Remove photo", "Remove your photo?"))
            }
        },
    )
}

fn password(frame: &Frame, form: &Form) -> Markup {
    let current = Field::password("current", "current", "Current password", false);
    let new = Field::password("password", "password", "New password", true)
        .hint("At least 8 characters.");
    let again = Field::password("again", "again", "New password again", true);
    panel(
        "Password",
        false,
        &html! {
            (form.summary())
            form.stack method="post" action=(action("password")) {
                (csrf(&frame.csrf))
                input type="hidden" name="username" value=(frame.email) autocomplete="username";
                div.fields { (current.show(form)) (new.show(form)) (again.show(form)) }
                p.muted.small { "Your other sessions end." }
                div.row { button.button type="submit" { "Change password" } }
            }
        },
    )
}

fn sessions(frame: &Frame, list: &Loaded<Vec<Session>>) -> Markup {
    html! {
        section.panel.flush {
            div.panel-head { h2 { "Sessions" } }
            @match list {
                Ok(list) => { (table("Sessions", &["Browser", "Address", "Began", "Last used", ""], list.iter().map(|session| row(frame, session)))) }
                Err(why) => { (problem(why)) }
            }
        }
    }
}

fn row(frame: &Frame, session: &Session) -> Vec<Markup> {
    let agent = session.agent.as_deref().map_or_else(|| "Unknown browser".to_owned(), browser);
    let action = format!("{}/{}/revoke", paths::SESSIONS, session.id);
    vec![
        html! { (agent) @if session.is_current { " " (tag("this one")) } },
        html! { @if let Some(address) = &session.address { span.mono { (address) } } },
        time(session.created_at),
        time_or(session.last_used_at, "never"),
        html! {
            @if !session.is_current {
                (destructive(&action, &frame.csrf, "End", &format!("End the session of {agent}"), "End this session? That browser is signed out."))
            }
        },
    ]
}

/// The parts of a `User-Agent` by which browsers are recognised, most particular first: most of them claim to be
/// others, too.
const BROWSERS: [(&str, &str); 6] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];

const SYSTEMS: [(&str, &str); 6] = [
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// Returns a browser and its system in words, or the text itself if neither is known.
fn browser(agent: &str) -> String {
    let of = |known: &[(&str, &'static str)]| {
        known.iter().find(|(word, _)| agent.contains(word)).map(|(_, name)| *name)
    };
    match (of(&BROWSERS), of(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => agent.chars().take(60).collect(),
    }
}

fn leave(frame: &Frame, form: &Form) -> Markup {
    panel(
        "Leave",
        false,
        &html! {
            p.muted.prose { "You lose access to " (frame.tenant) ", and your sessions and keys end. Only an admin can bring you back." }
            (form.summary())
            div.row { (destructive(&action("leave"), &frame.csrf, "Leave company", "Leave company", &format!("Leave {}?", frame.tenant))) }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_agents_are_shown_as_browser_and_system() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 \
                    Safari/537.36 Edg/140.0";
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604";
        assert_eq!([browser(edge), browser(iphone)], ["Edge on Windows", "Safari on iPhone"]);
        assert_eq!(browser("something/1"), "something/1");
    }
}
