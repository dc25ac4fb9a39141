//! Gates against a stand-in for a hosted origin.

mod closed_endpoints;
mod device;
mod dns_and_tls;
mod fault_switch;
mod origin;
mod packages;
mod production;
mod reports;
mod runbook;
mod service;
mod sign_in;
mod sound_origin;
mod stalls;
