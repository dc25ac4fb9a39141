//! The standing of a person who is signed in: the tenant and workspaces where they may act, and the caller that they
//! are there.

use std::sync::Arc;

use covibe_domain::entities::{KeyAccess, KeyScope, Role};
use covibe_domain::{Actor, Failure, TenantId, UserId, boxed};
use covibe_policy::Principal;
use covibe_store::{Membership, Tx, WorkspaceRecord};

use super::SignedIn;
use crate::authentication_state::Identity;
use crate::caller::Caller;
use crate::suspended_tenants::refuse_suspended;

/// The standing of a person: a tenant, and those of its workspaces that are open to them.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The tenant.
    pub tenant: TenantId,
    /// Its name.
    pub name: String,
    /// The person's role in the tenant.
    pub role: Role,
    /// The workspaces, by slug, each with the person's role there. An admin of the tenant is one of each.
    pub workspaces: Vec<(WorkspaceRecord, Role)>,
}

impl Standing {
    /// Returns whether a workspace with this slug is open to the person here.
    pub fn has_workspace(&self, slug: &str) -> bool {
        self.workspaces.iter().any(|(record, _)| record.slug.as_str() == slug)
    }

    /// Returns the workspace with this slug; without one, that in which the person works at present, or else
    /// the first.
    pub fn workspace(&self, of: &SignedIn, slug: Option<&str>) -> Option<&(WorkspaceRecord, Role)> {
        let mut open = self.workspaces.iter();
        if let Some(slug) = slug {
            return open.find(|(record, _)| record.slug.as_str() == slug);
        }
        let is_chosen =
            |(record, _): &&(WorkspaceRecord, Role)| of.workspace.as_ref() == Some(&record.id);
        open.clone().find(is_chosen).or_else(|| open.next())
    }
}

impl Identity {
    /// Returns the standing of a person in a tenant, if they are a member.
    #[boxed]
    pub async fn standing_in(
        &self,
        user: &UserId,
        tenant: TenantId,
    ) -> Result<Option<Standing>, Failure> {
        let mut tx = self.store.tenant_read(&tenant).await?;
        let membership = tx.membership(user).await?;
        let standing = match membership {
            Some(own) => Some(read_standing(&mut tx, own).await?),
            None => None,
        };
        tx.commit().await?;
        Ok(standing)
    }

    /// Returns the caller that a person is who is signed in, in the workspace with this slug, which may be one of any of
    /// their companies; without one, in that where they work at present.
    ///
    /// # Errors
    ///
    /// Forbidden for a workspace that is not open to them, whether or not it exists, while its tenant is suspended, and
    /// until they have chosen one of several companies.
    #[boxed]
    pub async fn person_caller(
        &self,
        of: &SignedIn,
        slug: Option<&str>,
    ) -> Result<Caller, Failure> {
        let standing = self.standing_with(of, slug).await?;
        self.caller_at(of, &standing, slug).await
    }

    /// Likewise, for a person whose standing is known.
    ///
    /// # Errors
    ///
    /// Forbidden for a workspace that is not open to them, whether or not it exists.
    #[boxed]
    pub async fn caller_at(
        &self,
        of: &SignedIn,
        standing: &Standing,
        slug: Option<&str>,
    ) -> Result<Caller, Failure> {
        let Some((record, _)) = standing.workspace(of, slug) else {
            return Err(slug.map_or_else(no_workspace, |_| not_a_member()));
        };
        let mut caller = self.caller_in(&of.user.id, standing.role, record.clone()).await?;
        caller.principal.session = Some(of.session.clone());
        Ok(caller)
    }

    /// Returns the caller that a person is in the first workspace of the tenant where they worked last, or else of that
    /// which they have been a member of for longest, if there is one.
    #[boxed]
    pub async fn caller_of(&self, user: &UserId) -> Result<Option<Caller>, Failure> {
        let (own, _) = self.last_used_first(user).await?;
        let Some(first) = own.into_iter().next() else { return Ok(None) };
        let Some(standing) = self.standing_in(user, first.tenant).await? else { return Ok(None) };
        let Standing { role, workspaces, .. } = standing;
        match workspaces.into_iter().next() {
            Some((record, _)) => self.caller_in(user, role, record).await.map(Some),
            None => Ok(None),
        }
    }

    /// Returns the caller that a member with this role in the tenant is in one of its workspaces.
    ///
    /// # Errors
    ///
    /// Forbidden while the tenant is suspended.
    pub(crate) async fn caller_in(
        &self,
        user: &UserId,
        role: Role,
        record: WorkspaceRecord,
    ) -> Result<Caller, Failure> {
        let mut tx = self.store.tenant_read(&record.tenant).await?;
        let steps = tx.steps(&record.id).await?;
        let admitted = refuse_suspended(&mut tx).await;
        tx.commit().await?;
        admitted?;
        let principal = principal(user, role, &record);
        Ok(Caller { principal, workspace: Arc::new(record), steps: steps.into() })
    }
}

/// Returns the standing of a member in the tenant of the transaction.
pub(super) async fn read_standing(tx: &mut Tx, own: Membership) -> Result<Standing, Failure> {
    let Membership { user, tenant, role, .. } = own;
    let name = tx.tenant_name().await?.unwrap_or_default();
    let mut all = tx.workspaces().await?;
    let theirs = tx.workspaces_of(&user).await?;
    all.sort_by(|a, b| a.slug.cmp(&b.slug));
    let role_in = |record: &WorkspaceRecord| match role {
        Role::Admin => Some(Role::Admin),
        Role::Member => theirs.iter().find(|(id, _)| *id == record.id).map(|(_, role)| *role),
    };
    let open = |record: WorkspaceRecord| role_in(&record).map(|role| (record, role));
    let workspaces = all.into_iter().filter_map(open).collect();
    Ok(Standing { tenant, name, role, workspaces })
}

/// Returns the principal that a member with this role in the tenant is in one of its workspaces.
pub(crate) fn principal(user: &UserId, role: Role, of: &WorkspaceRecord) -> Principal {
    Principal {
        tenant: of.tenant.clone(),
        workspace: of.id.clone(),
        slug: of.slug.clone(),
        actor: Actor::Person(user.clone()),
        scope: match role {
            Role::Admin => KeyScope::Tenant,
            Role::Member => KeyScope::Workspace,
        },
        granted: KeyAccess::Full,
        session: None,
        narrowed: false,
    }
}

pub(super) fn no_tenant() -> Failure {
    Failure::forbidden("You are not a member of any company here.")
        .hint("Ask a member of the company for an invitation.")
}

fn no_workspace() -> Failure {
    Failure::forbidden("You are not a member of any workspace.")
        .hint("Ask an admin of your company to add you to one.")
}

pub(super) fn not_a_member() -> Failure {
    Failure::forbidden("You are not a member of the workspace in the path.")
        .hint("GET /api/workspaces lists yours.")
}
