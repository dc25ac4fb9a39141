//! The failures of signing in with WorkOS.

use covibe_domain::{Failure, Kind};
use covibe_workos::{SignInError, Step};

const START_AGAIN: &str = "Start again at /auth/sign-in.";

/// The browser has not started the sign-in that came back.
pub(super) fn not_started() -> Failure {
    Failure::forbidden(
        "This sign-in was not started in this browser, took too long, or was already completed.",
    )
    .hint(START_AGAIN)
}

/// WorkOS ended the sign-in, or the person did.
pub(super) fn not_signed_in() -> Failure {
    Failure::new(Kind::Unauthenticated, "WorkOS did not sign you in.").hint(START_AGAIN)
}

/// The task that finishes a sign-in ended without an outcome.
pub(super) fn lost_sign_in() -> Failure {
    Failure::unready("The sign-in was interrupted.").hint(START_AGAIN)
}

/// WorkOS has not verified that the email address of an account belongs to the person who signs in.
pub(super) fn unverified() -> Failure {
    Failure::forbidden("The email address of this sign-in is not verified.")
        .hint("Verify it at WorkOS, then start again at /auth/sign-in.")
}

/// Somebody at WorkOS acts in a person's name.
pub(super) fn impersonated() -> Failure {
    Failure::forbidden("This sign-in is an impersonation: somebody at WorkOS acts on your behalf.").hint(
        "Sign in as yourself at /auth/sign-in. The operator can allow impersonation with COVIBE_WORKOS_IMPERSONATION=allow.",
    )
}

/// An admin created the account here for another email address than that of the account at WorkOS.
pub(super) fn other_address() -> Failure {
    Failure::forbidden("An admin created your account here for another email address.").hint(
        "Verify that address at WorkOS and start again at /auth/sign-in, or ask the admin to add you with your \
         current address.",
    )
}

/// The email address belongs to somebody with another account at WorkOS.
pub(super) fn other_account() -> Failure {
    Failure::conflict("Somebody with this email address signs in with another account.")
        .hint("Sign in with that account, or tell the operator.")
}

/// WorkOS returned an email address that can't be one.
pub(super) fn unusable_address() -> Failure {
    Failure::new(Kind::Upstream, "WorkOS failed: the email address of the account can't be used.")
        .permanent()
        .hint("Change the address at WorkOS, then start again at /auth/sign-in.")
}

/// Converts the error of a sign-in that was not completed.
pub(super) fn failed_sign_in(error: SignInError) -> Failure {
    match error {
        SignInError::Call(error) => Failure::from(error),
        SignInError::Spent => not_started(),
        SignInError::Refused | SignInError::Choose(_) => not_signed_in(),
        SignInError::Unfinished(step) => unfinished(step),
        SignInError::Token(error) => {
            tracing::warn!(%error, "a sign-in was refused");
            Failure::new(Kind::Unauthenticated, "The answer of WorkOS can't be trusted.")
                .hint("Start again at /auth/sign-in. If it fails again, tell the operator.")
        }
    }
}

fn unfinished(step: Step) -> Failure {
    let message = match step {
        Step::EmailVerification => "WorkOS has not verified your email address yet.",
        Step::SecondFactor => "WorkOS asks for a second factor.",
        Step::SingleSignOn => "Your organisation signs in with its own provider.",
    };
    Failure::new(Kind::Unauthenticated, message).hint(START_AGAIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_texts_contain_no_double_spaces() {
        let all = [
            not_started(),
            not_signed_in(),
            lost_sign_in(),
            unverified(),
            impersonated(),
            other_address(),
            other_account(),
            unusable_address(),
        ];
        for failure in all {
            let told = format!("{} {}", failure.message, failure.hint.unwrap_or_default());
            assert!(!told.contains("  "), "{told}");
        }
    }
}
