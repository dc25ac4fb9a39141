//! Gitea's rules for names, accounts and inputs, and its paging.

pub(crate) mod accounts;
pub(crate) mod names;
pub(crate) mod paging;

mod request_body;

pub(crate) use request_body::Input;
