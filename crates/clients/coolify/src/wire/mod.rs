//! Reading Coolify's answers: members, lists, and refusals.

mod error_sentences;
mod fields;
pub(crate) mod operator_errors;
mod refusal;
mod team_lists;

pub(crate) use error_sentences::Sentence;
pub(crate) use fields::{Created, flag, hosts, lenient, moment, name, number, text, urls};
pub(crate) use refusal::classify;
pub(crate) use team_lists::{Listing, list};
