//! The companies of a person: where they work, and where else they may.

use covibe_domain::entities::Role;
use covibe_domain::{Failure, TenantId, UserId, boxed};
use covibe_store::{Membership as Own, Store};

use super::SignedIn;
use super::tenant_standing::{Standing, no_tenant, not_a_member, read_standing};
use crate::authentication_state::Identity;

/// A person's membership of a tenant.
#[derive(Clone, Debug)]
pub struct Membership {
    /// The tenant.
    pub tenant: TenantId,
    /// Its name.
    pub name: String,
    /// The role of the person there.
    pub role: Role,
}

/// The company where a person works who is signed in.
#[derive(Clone, Debug)]
pub enum Whereabouts {
    /// They are a member of no company.
    Nowhere,
    /// They are a member of several, and chose none for their session.
    Unchosen,
    /// They work there.
    At {
        /// The company.
        standing: Standing,
        /// The person's other companies.
        elsewhere: Vec<TenantId>,
    },
}

impl Identity {
    /// Returns a person's tenants, the longest-standing membership first.
    #[boxed]
    pub async fn memberships(&self, user: &UserId) -> Result<Vec<Membership>, Failure> {
        self.with_names(read_memberships(&self.store, user).await?).await
    }

    /// Returns a person's tenants as they choose among them: the one where they worked last first, which is returned,
    /// too, if they are still a member.
    #[boxed]
    pub async fn companies(
        &self,
        user: &UserId,
    ) -> Result<(Vec<Membership>, Option<TenantId>), Failure> {
        let (own, last) = self.last_used_first(user).await?;
        Ok((self.with_names(own).await?, last))
    }

    async fn with_names(&self, own: Vec<Own>) -> Result<Vec<Membership>, Failure> {
        let mut memberships = Vec::with_capacity(own.len());
        for Own { tenant, role, .. } in own {
            let mut tx = self.store.tenant_read(&tenant).await?;
            let name = tx.tenant_name().await?.unwrap_or_default();
            tx.commit().await?;
            memberships.push(Membership { tenant, name, role });
        }
        Ok(memberships)
    }

    /// Returns a person's memberships, that of the tenant where they worked last first, then the longest-standing; and
    /// that tenant, if they are still a member.
    pub(super) async fn last_used_first(
        &self,
        user: &UserId,
    ) -> Result<(Vec<Own>, Option<TenantId>), Failure> {
        let mut tx = self.store.person_read(user).await?;
        let (mut own, last) = (tx.own_memberships().await?, tx.last_tenant().await?);
        tx.commit().await?;
        own.sort_by_key(|each| Some(&each.tenant) != last.as_ref());
        let last = last.filter(|last| own.first().is_some_and(|each| each.tenant == *last));
        Ok((own, last))
    }

    /// Returns where a person works: in the tenant that they chose for their session, or in the only one that they are a
    /// member of.
    #[boxed]
    pub async fn whereabouts(&self, of: &SignedIn) -> Result<Whereabouts, Failure> {
        let mut tenants = read_tenants(&self.store, &of.user.id).await?;
        if tenants.is_empty() {
            return Ok(Whereabouts::Nowhere);
        }
        let Some(chosen) = find_chosen(&tenants, of) else { return Ok(Whereabouts::Unchosen) };
        let tenant = tenants.remove(chosen);
        Ok(match self.standing_in(&of.user.id, tenant).await? {
            Some(standing) => Whereabouts::At { standing, elsewhere: tenants },
            // They were removed at this moment.
            None => Whereabouts::Nowhere,
        })
    }

    /// Returns the tenant where a person works, without what they may do there.
    #[boxed]
    pub async fn tenant(&self, of: &SignedIn) -> Result<Option<TenantId>, Failure> {
        let mut tenants = read_tenants(&self.store, &of.user.id).await?;
        Ok(find_chosen(&tenants, of).map(|chosen| tenants.swap_remove(chosen)))
    }

    /// Returns where a person works, if they are a member of a company and chose one of several.
    #[boxed]
    pub async fn standing(&self, of: &SignedIn) -> Result<Option<Standing>, Failure> {
        match self.whereabouts(of).await? {
            Whereabouts::At { standing, .. } => Ok(Some(standing)),
            Whereabouts::Nowhere | Whereabouts::Unchosen => Ok(None),
        }
    }

    /// Returns where a person may act in these of their tenants.
    #[boxed]
    pub async fn standings(
        &self,
        user: &UserId,
        tenants: &[TenantId],
    ) -> Result<Vec<Standing>, Failure> {
        if tenants.is_empty() {
            return Ok(Vec::new());
        }
        self.read_standings(user, |own| tenants.contains(&own.tenant)).await
    }

    /// Returns where a person may act, in all of their tenants.
    #[boxed]
    pub async fn all_standings(&self, user: &UserId) -> Result<Vec<Standing>, Failure> {
        self.read_standings(user, |_| true).await
    }

    async fn read_standings(
        &self,
        user: &UserId,
        is_wanted: impl Fn(&Own) -> bool,
    ) -> Result<Vec<Standing>, Failure> {
        let mut tx = self.store.person_read(user).await?;
        let mut standings = Vec::new();
        for own in tx.own_memberships().await?.into_iter().filter(is_wanted) {
            tx.enter_membership(&own).await?;
            standings.push(read_standing(&mut tx, own).await?);
        }
        tx.commit().await?;
        Ok(standings)
    }

    /// Returns where a person works whose session has its company; with the slug of a workspace of another company of
    /// theirs, that one.
    ///
    /// # Errors
    ///
    /// Forbidden for a workspace that is not open to them, whether or not it exists, and until they have chosen one of
    /// several companies that has a workspace of theirs: its audit records the sign-in before anything is done in it.
    pub(super) async fn standing_with(
        &self,
        of: &SignedIn,
        slug: Option<&str>,
    ) -> Result<Standing, Failure> {
        let (standing, elsewhere) = match self.whereabouts(of).await? {
            Whereabouts::At { standing, elsewhere } => (standing, elsewhere),
            Whereabouts::Nowhere => return Err(no_tenant()),
            Whereabouts::Unchosen => return Err(unchosen()),
        };
        if standing.workspaces.is_empty() && !elsewhere.is_empty() {
            return Err(no_open_workspace());
        }
        let Some(slug) = slug else { return Ok(standing) };
        if standing.has_workspace(slug) {
            return Ok(standing);
        }
        for tenant in elsewhere {
            let other = self.standing_in(&of.user.id, tenant).await?;
            if let Some(other) = other.filter(|other| other.has_workspace(slug)) {
                return Ok(other);
            }
        }
        Err(not_a_member())
    }
}

/// Returns a person's memberships, the longest-standing first.
pub(crate) async fn read_memberships(store: &Store, user: &UserId) -> Result<Vec<Own>, Failure> {
    let mut tx = store.person_read(user).await?;
    let own = tx.own_memberships().await?;
    tx.commit().await?;
    Ok(own)
}

async fn read_tenants(store: &Store, user: &UserId) -> Result<Vec<TenantId>, Failure> {
    Ok(read_memberships(store, user).await?.into_iter().map(|each| each.tenant).collect())
}

/// Returns the place, among a person's tenants, of the one that they chose for their session, or of the only one.
fn find_chosen(tenants: &[TenantId], of: &SignedIn) -> Option<usize> {
    match tenants {
        [_] => Some(0),
        all => all.iter().position(|each| Some(each) == of.tenant.as_ref()),
    }
}

fn no_open_workspace() -> Failure {
    Failure::forbidden(
        "You have no access to any workspace of the company that you chose for this session.",
    )
    .hint("Choose another one at /auth/company, or ask an admin of this one to add you.")
}

fn unchosen() -> Failure {
    Failure::forbidden("You are a member of several companies, and chose none for this session.")
        .hint("Choose one at /auth/company; you reach the workspaces of all of them from there.")
}
