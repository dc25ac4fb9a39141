//! People: who is signed in, what they may do, and how they come in.

mod acceptance;
mod admins;
mod appointed;
mod authenticate;
mod companies;
mod credentials;
mod errors;
mod invitations;
mod keys;
mod known_browser;
mod links;
mod made;
mod made_admins;
mod members;
mod ownership;
mod pending_links;
mod profile;
mod proof;
mod session;
mod sessions;
mod sign_in;
mod standing;
mod takeover;

pub use acceptance::OpenInvitation;
pub use appointed::Appointed;
pub use authenticate::{Proof, signed_out};
pub use companies::{Membership, Whereabouts};
pub use credentials::{email_digest, provider_digest};
pub use invitations::{Invited, NewInvitationRequest};
pub use known_browser::KNOWN_BROWSER;
pub use links::{LinkPage, Opened, PASSWORD_LINK};
pub use made_admins::MadeAdmins;
pub use pending_links::MemberLink;
pub use proof::ProofLink;
pub use session::{BrowserOrigin, SignedIn};
pub use sign_in::{PasswordSignIn, RefusedSignIn};
pub use standing::Standing;
pub(crate) use standing::principal;
pub use takeover::{Entered, TakenOver};

pub(crate) use companies::read_memberships;
pub(crate) use made::{end_all_work, end_work_as_admin};
pub(crate) use members::is_last_admin;
pub(crate) use ownership::{Origin, new_user};
pub(crate) use session::{ROTATION, start_in};
pub(crate) use takeover::take_over;
