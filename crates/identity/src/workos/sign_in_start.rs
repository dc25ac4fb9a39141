//! Starting a sign-in: the address that the browser is sent to, and the cookie that it takes along.

use covibe_domain::{Failure, Secret};
use covibe_workos::{Authorization, Screen};
use url::Url;

use super::pending_sign_in::Pending;
use crate::identity_provider::Provider;

/// The longest token of an invitation, in bytes; real ones have 25.
const TOKEN: usize = 128;

/// The parameters of a sign-in.
#[derive(Clone, Copy, Debug, Default)]
pub struct SignInRequest<'a> {
    /// Where it leads: a path of this server, which the caller has checked.
    pub return_to: &'a str,
    /// True if the page that creates an account is shown first.
    pub signs_up: bool,
    /// The token of an invitation at WorkOS.
    pub invitation_token: Option<&'a str>,
}

/// A sign-in that was started.
#[derive(Debug)]
pub struct StartedSignIn {
    /// The address of AuthKit.
    pub location: Url,
    /// The cookie that the browser has to bring back, valid for at most ten minutes.
    pub cookie: Secret,
}

impl Provider {
    /// Starts a sign-in.
    pub(crate) fn begin(&self, request: SignInRequest<'_>) -> Result<StartedSignIn, Failure> {
        let pending = Pending::start(request.return_to);
        let sealed = pending.seal(&self.seals);
        let cookie = sealed.ok_or_else(|| Failure::unready("The sign-in could not be started."))?;
        let is_token = |text: &&str| {
            (1..=TOKEN).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        let invitation = request.invitation_token.filter(is_token).map(Secret::new);
        let location = self.client.authorization_url(&Authorization {
            redirect_uri: &self.callback,
            state: &pending.state,
            verifier: &pending.verifier,
            screen: if request.signs_up { Screen::SignUp } else { Screen::SignIn },
            organization: None,
            login_hint: None,
            invitation_token: invitation.as_ref(),
        });
        Ok(StartedSignIn { location, cookie })
    }
}
