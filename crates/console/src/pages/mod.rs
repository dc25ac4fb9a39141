//! The pages: for each one a view, and the function that shows it.

pub mod activity;
pub mod audit;
pub mod audit_entry;
pub mod code;
pub mod company;
pub mod device;
pub mod failure;
pub mod first_run;
pub mod home;
pub mod link;
pub mod live;
pub mod onboarding;
pub mod overview;
pub mod repositories;
pub mod settings;
pub mod sign_in;
pub mod signed_out;
pub mod taken_over;
