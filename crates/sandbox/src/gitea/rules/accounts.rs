//! The names and passwords of users and organisations.

use super::names;
use crate::core::wire::Reply;
use crate::gitea::errors;
use crate::gitea::model::State;

/// Refuses an invalid, reserved or taken name of a user or organisation.
pub(crate) fn check_name(state: &State, name: &str) -> Result<(), Reply> {
    if !names::is_owner(name) {
        return Err(errors::invalid(&format!("[UserName]: name is invalid [{name}]")));
    }
    if names::is_reserved(name) {
        return Err(errors::invalid(&format!("name is reserved [name: {name}]")));
    }
    if state.is_taken(name) {
        return Err(errors::invalid(&format!("user already exists [name: {name}]")));
    }
    Ok(())
}

/// Refuses an empty or short password, with status 400.
pub(crate) fn check_password(password: &str) -> Result<(), Reply> {
    if password.is_empty() {
        return Err(errors::message(400, "PasswordIsRequired"));
    }
    if password.chars().count() < 8 {
        return Err(errors::message(400, "PasswordComplexity"));
    }
    Ok(())
}
