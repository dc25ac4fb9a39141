//! People: who is signed in, what they may do, and how they come in.
//!
//! A session's token leads to a person, by the stored digest. Their membership leads to the `Standing` in one
//! tenant: of several memberships, the one that they chose for the session or whose workspace they name
//! (`Whereabouts`). The standing leads to a `Caller` whose principal has the actor `Person`. From there on a person
//! is a caller like any other: admission, permits, tenancy and the audit do not distinguish them from a key, and an
//! operation sees the difference only if it asks for it.
//!
//! Sessions and one-time links belong to a person and to no tenant. They are reached in the scope `Store::person`,
//! which PostgreSQL's policies know. A change of both at once, such as joining a tenant, which voids the person's
//! links, is one transaction in the scope `Store::tenant_and_person`; it locks the tenant first, then the person. A
//! session, link, invitation or email address that somebody presents is looked up by its digest in the scope
//! `Store::credential`, which shows that one row.

mod accounts;
mod address_proof;
mod admin_check;
mod appointments;
mod companies;
mod ended_tenants;
mod ended_work;
mod first_person;
mod invitation_acceptance;
mod invitations;
mod known_browser;
mod members;
mod members_before_takeover;
mod one_time_links;
mod people_errors;
mod profile;
mod session;
mod session_authentication;
mod sign_in;
mod tenant_standing;

pub use accounts::{email_digest, provider_digest};
pub use address_proof::{EndedKeys, PasswordSession, ProofLink, TakenOver};
pub use admin_check::hold_session;
pub use appointments::Appointment;
pub use companies::{Membership, Whereabouts};
pub use ended_tenants::EndedTenant;
pub use invitation_acceptance::{Newcomer, OpenInvitation};
pub use invitations::{InvitationWithToken, NewInvitationRequest};
pub use known_browser::KNOWN_BROWSER;
pub use members_before_takeover::MadeMembers;
pub use one_time_links::{LinkPage, MemberLink, OpenedLink, PASSWORD_LINK, PasswordLink};
pub use people_errors::signed_out;
pub use session::{BrowserOrigin, SignedIn};
pub use session_authentication::Proof;
pub use sign_in::{PasswordSignIn, RefusedSignIn};
pub use tenant_standing::Standing;
pub(crate) use tenant_standing::principal;

pub(crate) use accounts::{Origin, new_user};
pub(crate) use address_proof::take_over;
pub(crate) use companies::read_memberships;
pub(crate) use ended_work::{end_all_work, end_work_as_admin};
pub(crate) use members::is_last_admin;
pub(crate) use session::{ROTATION, start_in};
