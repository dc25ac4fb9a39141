//! `/auth/taken-over`: what ended when a person took an account over, and whom it had made a member before.

use std::sync::Arc;

use covibe_console::pages::account_takeover::{
    Company, Ended, Member, TakenOver as View, taken_over,
};
use covibe_console::paths;
use covibe_identity::{MadeMembers, PasswordSession, SignedIn, TakenOver, signed_out};

use super::browser_request::{PageResult, Visit};
use super::page_response::{page, see_other};

/// Signs a person in who has chosen a password. Whoever took an account over is shown what was done with it.
pub(super) async fn enter(visit: &mut Visit, entered: PasswordSession) -> PageResult {
    visit.sign_in(&entered.session);
    let Some(ended) = entered.taken_over else { return Ok(see_other(paths::OVERVIEW)) };
    let of = visit.identity().session(entered.session.expose(), false).await?;
    let of = of.ok_or_else(signed_out)?;
    let made = visit.identity().members_made_before_proof(&of.user).await?;
    if ended.ended_nothing() && made.is_empty() {
        return Ok(see_other(paths::OVERVIEW));
    }
    Ok(page(200, taken_over(&view(&of, Some(ended), made))))
}

/// Shows the members whom the account of the person had made before. Whoever has not proved the address is led to the
/// overview: nothing is known of them.
pub(super) async fn show(visit: &mut Visit) -> PageResult {
    let of = visit.person()?;
    if of.user.proved_at.is_none() {
        return Ok(see_other(paths::OVERVIEW));
    }
    let made = visit.identity().members_made_before_proof(&of.user).await?;
    Ok(page(200, taken_over(&view(of, None, made))))
}

/// Removes those of companies where the person is an admin.
pub(super) async fn submit(visit: &mut Visit) -> PageResult {
    visit.own_form().await?;
    let dispatcher = Arc::clone(&visit.app.dispatcher);
    dispatcher.remove_made_members(visit.person()?, &visit.identified).await?;
    Ok(see_other(paths::TAKEN_OVER))
}

fn view(of: &SignedIn, ended: Option<TakenOver>, made: Vec<MadeMembers>) -> View {
    let shown = |member: covibe_identity::Member| Member {
        email: member.user.email.to_string(),
        role: member.role.as_str(),
    };
    let company = |made: MadeMembers| Company {
        name: made.company,
        can_remove: made.is_admin,
        members: made.members.into_iter().map(shown).collect(),
    };
    View {
        email: of.user.email.to_string(),
        ended: ended.map(|TakenOver { keys, sessions, links, invitations }| Ended {
            keys,
            sessions,
            links,
            invitations,
        }),
        companies: made.into_iter().map(company).collect(),
        csrf: of.csrf.clone(),
    }
}
