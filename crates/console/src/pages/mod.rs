//! The pages: for each one a view, and the function that shows it.

pub mod account_takeover;
pub mod activity;
pub mod agent_sessions;
pub mod audit;
pub mod audit_entries_table;
pub mod company_choice;
pub mod device_approval;
pub mod error_pages;
pub mod first_run;
pub mod gitea_repositories;
pub mod home;
pub mod onboarding;
pub mod one_time_links;
pub mod overview;
pub mod resources;
pub mod settings;
pub mod sign_in;
pub mod signed_out;
