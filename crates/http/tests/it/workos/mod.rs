//! Signing in by WorkOS: a whole server, a simulated WorkOS, and browsers between them.

mod appointments;
mod attacks;
mod browser;
mod changes;
mod companies;
mod cookies;
mod members;
mod renewal;
mod scene;
mod sign_in;
mod tokens;
