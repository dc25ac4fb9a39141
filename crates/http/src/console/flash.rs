//! The message of the next page about a completed action. A cookie keeps it as a word: the texts are the
//! server's, so that no link can make a page say anything.

use actix_web::HttpRequest;
use actix_web::http::header::COOKIE;
use covibe_console::{Flash, Frame};

const NAME: &str = "covibe_done";

/// An action that a person completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CompletedAction {
    Switched,
    Provisioned,
    KeyRevoked,
    KeysRevoked,
    InvitationRevoked,
    LinkRevoked,
    RoleChanged,
    PersonRemoved,
    NameChanged,
    PasswordChanged,
    SessionEnded,
}

impl CompletedAction {
    const ALL: [Self; 11] = [
        Self::Switched,
        Self::Provisioned,
        Self::KeyRevoked,
        Self::KeysRevoked,
        Self::InvitationRevoked,
        Self::LinkRevoked,
        Self::RoleChanged,
        Self::PersonRemoved,
        Self::NameChanged,
        Self::PasswordChanged,
        Self::SessionEnded,
    ];

    const fn word(self) -> &'static str {
        match self {
            Self::Switched => "switched",
            Self::Provisioned => "provisioned",
            Self::KeyRevoked => "key-revoked",
            Self::KeysRevoked => "keys-revoked",
            Self::InvitationRevoked => "invitation-revoked",
            Self::LinkRevoked => "link-revoked",
            Self::RoleChanged => "role-changed",
            Self::PersonRemoved => "person-removed",
            Self::NameChanged => "name-changed",
            Self::PasswordChanged => "password-changed",
            Self::SessionEnded => "session-ended",
        }
    }

    /// Returns the action before a request.
    pub(super) fn before(request: &HttpRequest) -> Option<Self> {
        let cookies = request.headers().get_all(COOKIE).filter_map(|value| value.to_str().ok());
        let mut pairs =
            cookies.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, word) = pairs.find(|(name, _)| *name == NAME)?;
        Self::ALL.into_iter().find(|done| done.word() == word)
    }

    /// Returns the message of the page.
    pub(super) fn flash(self, frame: &Frame) -> Flash {
        Flash::success(match self {
            Self::Switched => return switched_workspace(frame),
            Self::Provisioned => "The workspace is provisioned.",
            Self::KeyRevoked => "The key was revoked. It stops working within two seconds.",
            Self::KeysRevoked => {
                "The key and the keys that were minted with it were revoked. They stop working \
                 within two seconds."
            }
            Self::InvitationRevoked => "The invitation was revoked. Its link no longer works.",
            Self::LinkRevoked => "The link was revoked. It no longer works.",
            Self::RoleChanged => "The role was changed.",
            Self::PersonRemoved => "The person was removed. Their sessions and keys have ended.",
            Self::NameChanged => "Your name was changed.",
            Self::PasswordChanged => "Your password was changed. Your other sessions have ended.",
            Self::SessionEnded => "The session has ended.",
        })
    }

    /// Returns the value of the `Set-Cookie` header that keeps it for the next page, or forgets it.
    pub(super) fn set_cookie(done: Option<Self>, origin: &str) -> String {
        let secure = if origin.starts_with("https://") { "; Secure" } else { "" };
        let (word, age) = done.map_or(("", 0), |done| (done.word(), 60));
        format!("{NAME}={word}; Path=/console; HttpOnly; SameSite=Lax; Max-Age={age}{secure}")
    }
}

fn switched_workspace(frame: &Frame) -> Flash {
    let slug = frame.workspace.as_deref().unwrap_or_default();
    let choice = frame.workspaces.iter().find(|choice| choice.slug == slug);
    Flash::success(format!("You are now in {}.", choice.map_or(slug, |choice| &choice.name)))
}
