//! The members whom an account made before the owner of its address took it over.

use std::collections::HashSet;

use covibe_domain::entities::Role;
use covibe_domain::{Failure, TenantId, Timestamp, UserId, boxed};
use covibe_store::{Member, User};

use crate::authentication_state::Identity;

/// The members of a company whom an account made before it was taken over, and those whom they made.
#[derive(Clone, Debug)]
pub struct MadeMembers {
    /// The tenant.
    pub tenant: TenantId,
    /// Its name.
    pub company: String,
    /// True if the person who asks is an admin there, and so may remove them.
    pub is_admin: bool,
    /// The members, each after their maker.
    pub members: Vec<Member>,
}

impl Identity {
    /// Returns the members whom a person's account made before they proved its address, by company: a member has the
    /// credentials of workspaces, too.
    #[boxed]
    pub async fn members_made_before_proof(&self, of: &User) -> Result<Vec<MadeMembers>, Failure> {
        let Some(proved_at) = of.proved_at else { return Ok(Vec::new()) };
        let mut made = Vec::new();
        for own in self.memberships(&of.id).await? {
            let mut tx = self.store.tenant_read(&own.tenant).await?;
            let all = tx.members().await?;
            tx.commit().await?;
            let members = made_by(&all, &of.id, proved_at);
            if !members.is_empty() {
                let (tenant, company, is_admin) = (own.tenant, own.name, own.role == Role::Admin);
                made.push(MadeMembers { tenant, company, is_admin, members });
            }
        }
        Ok(made)
    }
}

/// Returns those among members whom somebody made up to a time, and whom these made at any time. Each comes after their
/// maker.
fn made_by(members: &[Member], maker: &UserId, until: Timestamp) -> Vec<Member> {
    let (mut known, mut makers) = (HashSet::from([maker]), HashSet::from([maker]));
    let mut made = Vec::new();
    while !makers.is_empty() {
        let is_of = |member: &&Member| match &member.made_by {
            Some(by) if by == maker => makers.contains(by) && member.made_at <= until,
            Some(by) => makers.contains(by),
            None => false,
        };
        let next = members.iter().filter(is_of).filter(|member| known.insert(&member.user.id));
        let next: Vec<&Member> = next.collect();
        makers = next.iter().map(|member| &member.user.id).collect();
        made.extend(next);
    }
    made.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> UserId {
        format!("usr_{name}0").parse().unwrap()
    }

    fn admin(name: &str, made_by: Option<&str>, made_at: i64) -> Member {
        let email = format!("{name}@example.com").parse().unwrap();
        let made_at = Timestamp::from_millis(made_at);
        let user = User {
            id: id(name),
            email,
            name: name.to_owned(),
            photo: None,
            created_at: made_at,
            proved_at: None,
            made_in: None,
        };
        Member { user, role: Role::Admin, since: made_at, made_by: made_by.map(id), made_at }
    }

    #[test]
    fn members_made_by_made_members_are_found_and_those_made_later_are_not() {
        let member = Member { role: Role::Member, ..admin("dave", Some("carol"), 1) };
        let members = [
            admin("carol", Some("fred"), 1),
            admin("zoe", Some("fred"), 90),
            admin("fred", Some("carol"), 5),
            admin("gina", Some("carol"), 11),
            admin("hugo", None, 2),
            admin("ivan", Some("hugo"), 3),
            member,
        ];
        let found = made_by(&members, &id("carol"), Timestamp::from_millis(10));
        let names: Vec<_> = found.iter().map(|one| one.user.name.as_str()).collect();
        assert_eq!(names, ["fred", "dave", "zoe"]);
    }

    #[test]
    fn a_demoted_admin_and_the_members_they_made_are_found() {
        let eve = Member { role: Role::Member, ..admin("eve", Some("carol"), 1) };
        let members = [eve, admin("fred", Some("eve"), 2), admin("gina", Some("fred"), 99)];
        let found = made_by(&members, &id("carol"), Timestamp::from_millis(10));
        let names: Vec<_> = found.iter().map(|one| one.user.name.as_str()).collect();
        assert_eq!(names, ["eve", "fred", "gina"]);
    }

    #[test]
    fn a_chain_of_a_thousand_made_members_is_found_in_order() {
        let name = |number: usize| format!("p{number}p");
        let made = |number: usize| admin(&name(number), Some(&name(number + 1)), 1);
        let members: Vec<_> = (0..1000).map(made).collect();
        let found = made_by(&members, &id(&name(1000)), Timestamp::from_millis(10));
        let names: Vec<_> = found.into_iter().map(|one| one.user.name).collect();
        assert_eq!(names, (0..1000).rev().map(name).collect::<Vec<_>>());
    }
}
