//! The state of an environment.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::options::{Company, Options, Settings};
use super::signing_keys::Signer;
use crate::core::clock::Clock;
use crate::core::random;

/// The time for which a code, and a sign-in that waits for a choice, is valid.
pub(super) const CODE: Duration = Duration::from_mins(10);

/// The window within which a person may authenticate [`AUTHENTICATIONS`] times.
const WINDOW: Duration = Duration::from_mins(1);

/// The number of times that a person may authenticate in a minute.
const AUTHENTICATIONS: usize = 10;

/// A person.
pub(super) struct User {
    pub(super) id: String,
    pub(super) email: String,
    pub(super) email_verified: bool,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) password: Option<String>,
    pub(super) created: String,
}

/// A company.
pub(super) struct Organization {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) external_id: Option<String>,
    pub(super) created: String,
}

/// A person in a company.
pub(super) struct Membership {
    pub(super) id: String,
    pub(super) user: String,
    pub(super) organization: String,
    pub(super) role: String,
    pub(super) status: &'static str,
    pub(super) created: String,
}

/// An invitation.
pub(super) struct Invitation {
    pub(super) id: String,
    pub(super) email: String,
    pub(super) organization: Option<String>,
    pub(super) role: String,
    pub(super) inviter: Option<String>,
    pub(super) token: String,
    /// `pending`, `accepted` or `revoked`; see [`WorkOsState::state_of`].
    pub(super) state: &'static str,
    pub(super) created: String,
    pub(super) expires: Instant,
    pub(super) expires_at: String,
}

/// The code that a browser brings back from a sign-in.
pub(super) struct Code {
    pub(super) text: String,
    pub(super) user: String,
    pub(super) organization: Option<String>,
    /// The challenge of PKCE.
    pub(super) challenge: Option<String>,
    pub(super) expires: Instant,
}

/// A sign-in that waits for the choice of an organisation.
pub(super) struct Pending {
    pub(super) token: String,
    pub(super) user: String,
    pub(super) expires: Instant,
}

/// A session.
pub(super) struct Session {
    pub(super) id: String,
    pub(super) user: String,
    pub(super) organization: Option<String>,
    /// The refresh token that is valid now.
    pub(super) refresh_token: String,
    pub(super) has_ended: bool,
    pub(super) created: String,
}

/// An address that sign-ins may come back to.
pub(super) struct RedirectUri {
    pub(super) id: String,
    pub(super) uri: String,
}

/// Everything that an environment has.
pub(super) struct WorkOsState {
    pub(super) url: String,
    pub(super) api_key: String,
    pub(super) settings: Settings,
    pub(super) clock: Clock,
    pub(super) signer: Signer,
    pub(super) users: Vec<User>,
    pub(super) organizations: Vec<Organization>,
    pub(super) memberships: Vec<Membership>,
    pub(super) invitations: Vec<Invitation>,
    pub(super) codes: Vec<Code>,
    pub(super) pending: Vec<Pending>,
    pub(super) sessions: Vec<Session>,
    pub(super) redirect_uris: Vec<RedirectUri>,
    authentications: HashMap<String, Vec<Instant>>,
}

/// Returns an id with that prefix.
pub(super) fn id(prefix: &str) -> String {
    format!("{prefix}_01{}", random::alphanumeric(24).to_ascii_uppercase())
}

impl WorkOsState {
    pub(super) fn new(
        options: Options,
        (url, api_key): (String, String),
        clock: Clock,
    ) -> Result<Self, &'static str> {
        let Options { settings, redirect_uris } = options;
        let redirect_uris = redirect_uris.into_iter();
        Ok(Self {
            url,
            api_key,
            settings,
            clock,
            signer: Signer::new()?,
            users: Vec::new(),
            organizations: Vec::new(),
            memberships: Vec::new(),
            invitations: Vec::new(),
            codes: Vec::new(),
            pending: Vec::new(),
            sessions: Vec::new(),
            redirect_uris: redirect_uris.map(|uri| RedirectUri { id: id("redir"), uri }).collect(),
            authentications: HashMap::new(),
        })
    }

    pub(super) fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|one| one.id == id)
    }

    pub(super) fn user_by_email(&self, email: &str) -> Option<&User> {
        self.users.iter().find(|one| one.email.eq_ignore_ascii_case(email))
    }

    pub(super) fn organization(&self, id: &str) -> Option<&Organization> {
        self.organizations.iter().find(|one| one.id == id)
    }

    /// Adds a person, and returns their id.
    pub(super) fn add_user(
        &mut self,
        email: &str,
        names: (Option<String>, Option<String>),
    ) -> String {
        let (first_name, last_name) = names;
        let user = User {
            id: id("user"),
            email: email.to_owned(),
            email_verified: self.settings.verifies_email,
            first_name,
            last_name,
            password: None,
            created: self.now(),
        };
        self.users.push(user);
        self.users.last().map(|user| user.id.clone()).unwrap_or_default()
    }

    /// Removes a person with everything that belongs to them.
    pub(super) fn remove_user(&mut self, id: &str) {
        self.users.retain(|one| one.id != id);
        self.memberships.retain(|one| one.user != id);
        self.sessions.retain(|one| one.user != id);
    }

    /// Adds an organisation, and returns its id.
    pub(super) fn add_organization(&mut self, name: &str, external_id: Option<String>) -> String {
        let (id, created) = (id("org"), self.now());
        let name = name.to_owned();
        self.organizations.push(Organization { id: id.clone(), name, external_id, created });
        id
    }

    /// Gives a person an active membership, whatever they had before, and returns its id.
    pub(super) fn add_membership(&mut self, user: &str, organization: &str, role: &str) -> String {
        let mut all = self.memberships.iter_mut();
        let known = all.find(|one| one.user == user && one.organization == organization);
        if let Some(known) = known {
            (known.status, known.role) = ("active", role.to_owned());
            return known.id.clone();
        }
        let (id, created) = (id("om"), self.now());
        self.memberships.push(Membership {
            id: id.clone(),
            user: user.to_owned(),
            organization: organization.to_owned(),
            role: role.to_owned(),
            status: "active",
            created,
        });
        id
    }

    /// Adds a company with its people.
    pub(super) fn arrange(&mut self, company: Company) {
        let organization = self.add_organization(&company.name, company.external_id);
        for (email, role) in company.members {
            let known = self.user_by_email(&email).map(|user| user.id.clone());
            let user = known.unwrap_or_else(|| self.add_user(&email, (None, None)));
            self.add_membership(&user, &organization, &role);
        }
    }

    /// Returns the active membership of a person in an organisation.
    pub(super) fn active(&self, user: &str, organization: &str) -> Option<&Membership> {
        self.active_of(user).find(|one| one.organization == organization)
    }

    /// Returns the active memberships of a person.
    pub(super) fn active_of(&self, user: &str) -> impl Iterator<Item = &Membership> {
        let own = self.memberships.iter().filter(move |one| one.user == user);
        own.filter(|one| one.status == "active")
    }

    /// Returns the state of an invitation.
    pub(super) fn state_of(&self, invitation: &Invitation) -> &'static str {
        match invitation.state {
            "pending" if invitation.expires <= self.clock.now() => "expired",
            state => state,
        }
    }

    /// Accepts an invitation in the name of a person with its address; `None` if that is not possible.
    pub(super) fn accept(&mut self, token: &str, user: &str) -> Option<()> {
        let email = self.user(user)?.email.clone();
        let invitation = self.invitations.iter().find(|one| one.token == token)?;
        let is_theirs = invitation.email.eq_ignore_ascii_case(&email);
        if !is_theirs || self.state_of(invitation) != "pending" {
            return None;
        }
        let (organization, role) = (invitation.organization.clone(), invitation.role.clone());
        if let Some(organization) = organization {
            self.add_membership(user, &organization, &role);
        }
        let mut all = self.invitations.iter_mut();
        all.find(|one| one.token == token)?.state = "accepted";
        Some(())
    }

    /// Returns whether a person may authenticate once more in this minute, and counts it.
    pub(super) fn may_authenticate(&mut self, user: &str) -> bool {
        let now = self.clock.now();
        let recent = self.authentications.entry(user.to_owned()).or_default();
        recent.retain(|at| *at + WINDOW > now);
        recent.push(now);
        recent.len() <= AUTHENTICATIONS
    }

    /// Returns the present as the API writes it.
    pub(super) fn now(&self) -> String {
        self.format_moment(self.clock.now())
    }

    /// Returns a moment as the API writes it.
    pub(super) fn format_moment(&self, moment: Instant) -> String {
        self.clock.timestamp_at(moment).to_string()
    }
}

impl User {
    /// Returns the person as the API shows them.
    pub(super) fn view(&self) -> Value {
        json!({
            "object": "user",
            "id": self.id,
            "email": self.email,
            "email_verified": self.email_verified,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "profile_picture_url": null,
            "last_sign_in_at": null,
            "external_id": null,
            "metadata": {},
            "locale": null,
            "created_at": self.created,
            "updated_at": self.created,
        })
    }
}
