//! The names, addresses and passwords of users and organisations.

use super::names;
use crate::core::request_types::Reply;
use crate::gitea::errors;
use crate::gitea::model::GiteaState;
use crate::gitea::options::Settings;

/// Refuses what can't be the name of a user or organisation; `field` is its name in Go.
pub(crate) fn check_format(name: &str, field: &str) -> Result<(), Reply> {
    if name.len() > names::MAX_OWNER {
        return Err(errors::invalid(&format!("[{field}]: MaxSize")));
    }
    if !names::is_owner(name) {
        return Err(errors::invalid(&format!("[{field}]: invalid username")));
    }
    Ok(())
}

/// Refuses a reserved or taken name of a user or organisation.
pub(crate) fn check_name(state: &GiteaState, name: &str) -> Result<(), Reply> {
    if names::is_reserved(name) {
        return Err(errors::invalid(&format!("name is reserved [name: {name}]")));
    }
    if state.is_taken(name) {
        return Err(errors::invalid(&format!("user already exists [name: {name}]")));
    }
    Ok(())
}

/// Refuses an invalid address, and with `status` one that another user than `of` has.
pub(crate) fn check_address(
    state: &GiteaState,
    email: &str,
    of: Option<i64>,
    status: u16,
) -> Result<(), Reply> {
    let Some((_, domain)) = email.split_once('@') else {
        return Err(errors::invalid("[Email]: Email"));
    };
    let is_it = |other: &String| other.eq_ignore_ascii_case(email);
    let mut others = state.users.iter().filter(|user| Some(user.id) != of);
    if others.any(|user| is_it(&user.email) || user.other_emails.iter().any(is_it)) {
        return Err(errors::message(status, &format!("e-mail already in use [email: {email}]")));
    }
    let allowed = &state.settings.email_domains;
    if !allowed.is_empty() && !allowed.iter().any(|one| one.eq_ignore_ascii_case(domain)) {
        return Err(errors::invalid(&format!("e-mail is not allowed [email: {email}]")));
    }
    Ok(())
}

/// Refuses an empty, short or leaked password, with status 400.
pub(crate) fn check_password(settings: &Settings, password: &str) -> Result<(), Reply> {
    if password.chars().count() < settings.min_password_length {
        return Err(errors::message(400, "PasswordIsRequired"));
    }
    if settings.leaked_passwords {
        return Err(errors::message(400, "PasswordPwned"));
    }
    Ok(())
}
