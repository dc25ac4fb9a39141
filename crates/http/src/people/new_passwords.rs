//! New passwords in forms: typed twice, and good enough.

use covibe_console::Form;
use covibe_crypto::Password;

use super::form_fields::Fields;

/// Takes a new password that was typed twice. Returns the form if something is wrong with it, or with another
/// field.
pub(crate) fn new_password(fields: &mut Fields, form: Form) -> Result<(Password, Form), Form> {
    let (password, again) = (fields.secret("password"), fields.secret("again"));
    if password != again {
        return Err(form.with_error("again", "The two passwords differ."));
    }
    match Password::new(&password) {
        Ok(_) if form.is_refused() => Err(form),
        Ok(password) => Ok((password, form)),
        Err(error) => Err(form.with_error("password", error.to_string())),
    }
}
