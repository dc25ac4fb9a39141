//! Reading Coolify's answers: members, lists, and refusals.

mod fields;
mod listing;
mod refusal;
mod sentence;
pub(crate) mod trouble;

pub(crate) use fields::{Created, flag, hosts, lenient, moment, name, number, text, urls};
pub(crate) use listing::{Listing, list};
pub(crate) use refusal::classify;
pub(crate) use sentence::Sentence;
