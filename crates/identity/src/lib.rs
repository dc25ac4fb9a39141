//! Authentication: API keys, recognized, minted, listed and revoked; and people, their sessions,
//! memberships and invitations.

mod api_keys;
mod attempt_limits;
mod authentication_state;
mod caller;
mod caller_cache;
mod devices;
mod identity_provider;
mod key_authentication;
mod key_expiry;
mod last_used;
mod passwords;
mod people;
mod suspended_tenants;
mod workos;

pub use api_keys::{KeyRequest, MINTED_A_DAY, NewApiKey};
pub use attempt_limits::{Attempt, Attempts, client_network, client_site};
pub use authentication_state::Identity;
pub use caller::Caller;
pub use covibe_store::{
    Invitation, LinkPurpose, Member, PendingLink, RevokedKey, SessionRecord, User, WorkspaceMember,
};
pub use devices::{
    ApprovedDevice, DEVICE_INTERVAL, DEVICE_LIFETIME, DeliveredDevice, DevicePoll, DeviceRequest,
    NewDevice, StartedDevice, device_person,
};
pub use identity_provider::{
    CopiedChange, CopiedKind, CopyAudit, Recording, StartedCopies, StartedCopy, WorkOsSettings,
};
pub use key_authentication::{Refusal, bearer_token};
pub use key_expiry::Expiry;
pub use passwords::{Passwords, Sharer};
pub use people::{
    Appointment, BrowserOrigin, EndedKeys, EndedTenant, InvitationWithToken, KNOWN_BROWSER,
    LinkPage, MadeMembers, MemberLink, Membership, NewInvitationRequest, Newcomer, OpenInvitation,
    OpenedLink, PASSWORD_LINK, PasswordLink, PasswordSession, PasswordSignIn, Proof, ProofLink,
    RefusedSignIn, SignedIn, Standing, TakenOver, Whereabouts, email_digest, hold_session,
    provider_digest, signed_out,
};
pub use workos::{FinishedSignIn, SignInCallback, SignInRequest, StartedSignIn};
