//! Gates against a stand-in for a hosted origin.

mod closed_endpoints;
mod companion_packages;
mod device_setup;
mod dns_and_tls;
mod fault_switch;
mod health_and_tools;
mod production_configuration;
mod reports;
mod runbook;
mod sign_in;
mod sound_origin;
mod stalled_endpoints;
mod stand_in_origin;
