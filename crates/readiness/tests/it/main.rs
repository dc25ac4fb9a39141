//! Gates against a stand-in for a hosted origin.

mod closed;
mod device;
mod dns_and_tls;
mod origin;
mod packages;
mod production;
mod reports;
mod runbook;
mod service;
mod sign_in;
mod sound;
mod stalls;
mod switch;
