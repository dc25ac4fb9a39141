//! Signing in with WorkOS: a whole server, a simulated WorkOS, and browsers between them.

mod appointments;
mod attacks;
mod audited_copies;
mod browser;
mod companies;
mod cookies;
mod members;
mod membership_copies;
mod profile_changes;
mod rate_budget;
mod session_renewal;
mod sign_in;
mod tokens;
mod workos_server;
