//! Reading Coolify's answers: members, lists, and refusals.

mod error_answers;
mod error_sentences;
pub(crate) mod errors_for_operator;
mod fields;
mod team_lists;

pub(crate) use error_answers::classify;
pub(crate) use error_sentences::Sentence;
pub(crate) use fields::{Created, flag, hosts, lenient, moment, name, number, text, urls};
pub(crate) use team_lists::{Listing, list};
