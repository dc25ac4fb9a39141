//! Who calls, by which method, and what that may see.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::errors;
use super::scopes;
use super::state::{Org, Repo, State, User};
use crate::wire::{Reply, Request};

/// Who calls.
pub(super) struct Caller {
    pub(super) user: i64,
    pub(super) is_admin: bool,
    /// The token's scopes; none for a password, which may do everything.
    scopes: Option<Vec<String>>,
    /// Whether it authenticated by the Basic method, be it with a token in the password's place.
    pub(super) is_basic: bool,
}

impl Caller {
    /// Refuses a token without the scope that the method needs in the category.
    pub(super) fn needs(&self, method: &str, category: &str) -> Result<(), Reply> {
        let needed = scopes::needed(method, category);
        match &self.scopes {
            Some(scopes) if !scopes::allow(scopes, &needed) => {
                let has = scopes.join(",");
                let text = format!(
                    "token does not have at least one of required scope(s), required=[{needed}], token scope={has}"
                );
                Err(errors::message(403, &text))
            }
            _ => Ok(()),
        }
    }

    /// Refuses everybody but site admins.
    pub(super) fn needs_admin(&self) -> Result<(), Reply> {
        if self.is_admin {
            Ok(())
        } else {
            Err(errors::message(403, "user should be the site admin"))
        }
    }

    pub(super) fn may_see_user(&self, user: &User) -> bool {
        self.is_admin || self.user == user.id || user.visibility == "public"
    }

    pub(super) fn is_owner(&self, org: &Org) -> bool {
        self.is_admin || org.members.contains(&self.user)
    }

    pub(super) fn may_see_org(&self, org: &Org) -> bool {
        org.visibility == "public" || self.is_owner(org)
    }

    pub(super) fn may_see_repo(&self, org: &Org, repo: &Repo) -> bool {
        self.is_owner(org) || (!repo.is_private && self.may_see_org(org))
    }
}

impl State {
    /// The caller of a request; an account that must change its password, or is shut out, may do
    /// nothing at all.
    pub(super) fn caller(&self, request: &Request) -> Result<Caller, Reply> {
        let header = request.authorization.as_deref();
        let (scheme, rest) = header
            .and_then(|header| header.split_once(' '))
            .ok_or_else(|| errors::message(401, "token is required"))?;
        let caller = match scheme.to_ascii_lowercase().as_str() {
            "token" | "bearer" => self.by_token(rest.trim(), false),
            "basic" => self.by_basic(rest.trim()),
            _ => None,
        };
        let caller = caller.ok_or_else(|| errors::refusal(401))?;
        let user = self.users.iter().find(|user| user.id == caller.user);
        if user.is_some_and(|user| !user.is_active || user.prohibit_login) {
            let text = "This account is prohibited from signing in, please contact your site administrator.";
            return Err(errors::message(403, text));
        }
        if user.is_some_and(|user| user.must_change_password) {
            let change = format!("{}/user/change_password", self.url);
            let text = format!("You must change your password. Change it at: {change}");
            return Err(errors::message(403, &text));
        }
        Ok(caller)
    }

    fn by_token(&self, sha1: &str, is_basic: bool) -> Option<Caller> {
        let token = self.tokens.iter().find(|token| token.sha1 == sha1)?;
        let user = self.users.iter().find(|user| user.id == token.user)?;
        let scopes = Some(token.scopes.clone());
        Some(Caller { user: user.id, is_admin: user.is_admin, scopes, is_basic })
    }

    /// A token may stand in the password's place, or in the user's with no password.
    fn by_basic(&self, encoded: &str) -> Option<Caller> {
        let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        let (name, password) = decoded.split_once(':')?;
        let token = if matches!(password, "" | "x-oauth-basic") { name } else { password };
        if let Some(caller) = self.by_token(token, true) {
            return Some(caller);
        }
        let user = self.users.iter().find(|user| user.login.eq_ignore_ascii_case(name))?;
        (user.password == password).then_some(Caller {
            user: user.id,
            is_admin: user.is_admin,
            scopes: None,
            is_basic: true,
        })
    }
}
