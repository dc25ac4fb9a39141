//! Authentication, and the rights of a caller.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::scopes;
use crate::core::request_types::{Reply, Request};
use crate::gitea::errors;
use crate::gitea::model::{GiteaState, Org, Owner, Repo, Right, User};

/// The caller of a request: an authenticated user, or an anonymous one.
pub(crate) struct Caller {
    /// The user's id; 0 without credentials.
    pub(crate) user: i64,
    pub(crate) is_admin: bool,
    /// The token's scopes; `None` for a password, which may do everything.
    scopes: Option<Vec<String>>,
    /// True if the Basic method was used, with a password or a token in its place.
    pub(crate) is_basic: bool,
}

impl Caller {
    const ANONYMOUS: Self = Self { user: 0, is_admin: false, scopes: None, is_basic: false };

    /// Returns an administrator, who sees everything.
    pub(crate) fn administrator(user: i64) -> Self {
        Self { user, is_admin: true, scopes: None, is_basic: false }
    }

    /// Returns whether there were no credentials.
    pub(crate) fn is_anonymous(&self) -> bool {
        self.user == 0
    }

    /// Refuses a token without the scope that the method needs in the category.
    pub(crate) fn require_scope(&self, method: &str, category: &str) -> Result<(), Reply> {
        let required = scopes::required_scope(method, category);
        match &self.scopes {
            Some(scopes) if !scopes::allow(scopes, &required) => {
                let scopes = scopes.join(",");
                let text = format!(
                    "token does not have at least one of required scope(s), required=[{required}], token scope={scopes}"
                );
                Err(errors::message(403, &text))
            }
            _ => Ok(()),
        }
    }

    /// Refuses everybody but site admins.
    pub(crate) fn require_admin(&self) -> Result<(), Reply> {
        if self.is_admin {
            Ok(())
        } else {
            Err(errors::message(403, "user should be the site admin"))
        }
    }

    /// Refuses everybody but the organisation's owners and site admins.
    pub(crate) fn require_owner(&self, org: &Org) -> Result<(), Reply> {
        if self.is_owner(org) {
            Ok(())
        } else {
            Err(errors::message(403, "Must be an organization owner"))
        }
    }

    /// Refuses everybody with a lesser right to a repository.
    pub(crate) fn require_right(
        &self,
        owner: Owner<'_>,
        repo: &Repo,
        needed: Right,
    ) -> Result<(), Reply> {
        if self.right_to(owner, repo) >= needed {
            return Ok(());
        }
        Err(errors::message(403, "user should have specific permission or be an admin"))
    }

    pub(crate) fn is_owner(&self, org: &Org) -> bool {
        self.is_admin || org.owners().contains(&self.user)
    }

    /// Returns the caller's right to a repository.
    pub(crate) fn right_to(&self, owner: Owner<'_>, repo: &Repo) -> Right {
        if self.is_admin {
            return Right::Owner;
        }
        let invited = repo.collaborators.iter().filter(|(user, _)| *user == self.user);
        let invited = invited.map(|(_, right)| *right).max().unwrap_or(Right::None);
        let open = !repo.is_private && self.may_see_owner(owner);
        let open = if open { Right::Read } else { Right::None };
        owner.right_of(self.user).max(invited).max(open)
    }

    /// Returns whether the caller may see a user; members of one organisation see each other.
    pub(crate) fn may_see_user(&self, state: &GiteaState, user: &User) -> bool {
        let shares = |org: &Org| org.is_member(self.user) && org.is_member(user.id);
        match user.visibility.as_str() {
            "public" => true,
            "limited" if !self.is_anonymous() => true,
            _ => self.is_admin || self.user == user.id || state.orgs.iter().any(shares),
        }
    }

    /// Returns whether the caller may see a user's address.
    pub(crate) fn may_see_address(&self, user: &User) -> bool {
        self.is_admin || self.user == user.id || user.visibility == "public"
    }

    pub(crate) fn may_see_org(&self, org: &Org) -> bool {
        match org.visibility.as_str() {
            "public" => true,
            "limited" if !self.is_anonymous() => true,
            _ => self.is_admin || org.is_member(self.user),
        }
    }

    fn may_see_owner(&self, owner: Owner<'_>) -> bool {
        match owner {
            Owner::Org(org) => self.may_see_org(org),
            Owner::User(user) => user.visibility == "public" || user.id == self.user,
        }
    }
}

/// Returns the caller of a request, who may be anonymous. Wrong credentials are refused.
///
/// An account that is disabled or has to change its password is refused everything.
pub(crate) fn authenticate(state: &GiteaState, request: &Request) -> Result<Caller, Reply> {
    let Some(header) = request.authorization.as_deref() else { return Ok(Caller::ANONYMOUS) };
    let (scheme, credentials) = header.split_once(' ').ok_or_else(|| errors::refusal(401))?;
    let caller = match scheme.to_ascii_lowercase().as_str() {
        "token" | "bearer" => by_token(state, credentials.trim(), false),
        "basic" => by_basic(state, credentials.trim()),
        _ => None,
    };
    let caller = caller.ok_or_else(|| errors::refusal(401))?;
    let user = state.user_by_id(caller.user);
    if user.is_some_and(|user| !user.is_active || user.prohibit_login) {
        let text =
            "This account is prohibited from signing in, please contact your site administrator.";
        return Err(errors::message(403, text));
    }
    if user.is_some_and(|user| user.must_change_password) {
        let change = format!("{}/user/change_password", state.url);
        let text = format!("You must change your password. Change it at: {change}");
        return Err(errors::message(403, &text));
    }
    Ok(caller)
}

fn by_token(state: &GiteaState, sha1: &str, is_basic: bool) -> Option<Caller> {
    let token = state.tokens.iter().find(|token| token.sha1 == sha1)?;
    let user = state.user_by_id(token.user)?;
    let scopes = Some(token.scopes.clone());
    Some(Caller { user: user.id, is_admin: user.is_admin, scopes, is_basic })
}

/// Reads Basic credentials. A token may stand in the password's place, or in the user's with an
/// empty password.
fn by_basic(state: &GiteaState, encoded: &str) -> Option<Caller> {
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (name, password) = decoded.split_once(':')?;
    let token = if matches!(password, "" | "x-oauth-basic") { name } else { password };
    if let Some(caller) = by_token(state, token, state.settings.tokens_by_token) {
        return Some(caller);
    }
    if !state.settings.passwords {
        return None;
    }
    let user = state.user(name).ok()?;
    (user.password == password).then_some(Caller {
        user: user.id,
        is_admin: user.is_admin,
        scopes: None,
        is_basic: true,
    })
}
