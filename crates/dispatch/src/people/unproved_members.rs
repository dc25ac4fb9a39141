//! Removes members that an account created before the owner of its address took it over.

use std::sync::Arc;

use covibe_domain::{Failure, boxed};
use covibe_identity::{MadeMembers, SignedIn};
use serde_json::json;

use crate::call::{Call, Surface};
use crate::dispatcher::Dispatcher;
use crate::request_origin::Request;

const REMOVE: &str = "people.remove";

impl Dispatcher {
    /// Removes the members that a person's account created before the person proved its address, in the companies where
    /// the person is an admin. Each is removed before their own creator, because the search needs the creator. Each
    /// removal is a call of `people.remove`, with its entry in the audit. Safe to repeat.
    ///
    /// # Errors
    ///
    /// Those of the first removal that fails; the ones before it are done.
    #[boxed]
    pub async fn remove_made_members<'a>(
        self: &'a Arc<Self>,
        of: &'a SignedIn,
        request: &'a Arc<Request>,
    ) -> Result<(), Failure> {
        let made = self.identity().members_made_before_proof(&of.user).await?;
        for made in made.into_iter().filter(|made| made.is_admin) {
            self.remove_members(of, made, request).await?;
        }
        Ok(())
    }

    async fn remove_members(
        self: &Arc<Self>,
        of: &SignedIn,
        made: MadeMembers,
        request: &Arc<Request>,
    ) -> Result<(), Failure> {
        let standing = self.identity().standing_in(&of.user.id, made.tenant).await?;
        let Some(standing) = standing else { return Ok(()) };
        let caller = self.identity().caller_at(of, &standing, None).await?;
        let (caller, mut place) = self.enter_as(caller, Arc::clone(request)).await?;
        self.begin(&caller, &mut place).await?;
        let place = Arc::new(place);
        let mut operations = self.registry().operations();
        let tool = operations.find(|tool| tool.spec.name == REMOVE).cloned();
        let tool = tool.ok_or_else(|| Failure::not_found("This server does not remove people."))?;
        for member in made.members.into_iter().rev() {
            let call = Call {
                caller: caller.clone(),
                tool: Arc::clone(&tool),
                params: json!({ "userId": member.user.id }),
                surface: Surface::Console,
                slug: None,
                progress: None,
                place: Some(Arc::clone(&place)),
            };
            self.call(call).await?;
        }
        Ok(())
    }
}
