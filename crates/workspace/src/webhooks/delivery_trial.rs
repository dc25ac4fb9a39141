//! Trials of the path from Gitea to this server: a hook of a scratch repository delivers once, and its creator asks
//! this server whether the delivery arrived.

use std::collections::VecDeque;

use covibe_crypto::SecretBox;
use covibe_gitea::HookSecret;
use parking_lot::Mutex;

use super::HOOK_PATH;

/// The purpose for which the secret box derives the secret of a trial's hook.
const SECRET: &str = "gitea-hook-trial";

/// The number of hexadecimal digits of a trial's name.
const DIGITS: usize = 32;

/// The maximum number of remembered trials.
const REMEMBERED: usize = 64;

/// A trial, identified by a random name of 32 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookTrial(String);

impl HookTrial {
    /// The parameter of the hook's address that names the trial.
    pub const PARAMETER: &str = "check";

    /// Creates a trial with a random name.
    pub fn random() -> Self {
        Self(hex::encode(covibe_crypto::random::<{ DIGITS / 2 }>()))
    }

    /// Returns the trial with this name; `None` if the text is not a valid name.
    pub fn from_name(name: &str) -> Option<Self> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_name = name.len() == DIGITS && name.bytes().all(is_digit);
        is_name.then(|| Self(name.to_owned()))
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Returns the address of its hook on the server at this origin.
    pub fn address(&self, origin: &str) -> String {
        format!("{origin}{HOOK_PATH}?{}={}", Self::PARAMETER, self.0)
    }

    /// Returns the secrets that its hook may have, the one of the newest key first. Only this installation knows them,
    /// so nobody else can fill the memory of trials.
    pub fn secrets(&self, from: &SecretBox) -> Vec<HookSecret> {
        from.derived(SECRET, &self.0).into_iter().map(HookSecret::new).collect()
    }
}

/// The newest trials whose delivery has arrived.
#[derive(Debug, Default)]
pub(crate) struct ArrivedTrials(Mutex<VecDeque<HookTrial>>);

impl ArrivedTrials {
    pub(crate) fn note(&self, trial: HookTrial) {
        let mut arrived = self.0.lock();
        if arrived.contains(&trial) {
            return;
        }
        arrived.push_back(trial);
        if arrived.len() > REMEMBERED {
            arrived.pop_front();
        }
    }

    pub(crate) fn has(&self, trial: &HookTrial) -> bool {
        self.0.lock().contains(trial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_hook_trials_are_remembered() {
        let (arrived, first) = (ArrivedTrials::default(), HookTrial::random());
        arrived.note(first.clone());
        arrived.note(first.clone());
        assert!(arrived.has(&first) && arrived.0.lock().len() == 1);
        let others: Vec<_> = (0..REMEMBERED).map(|_| HookTrial::random()).collect();
        others.iter().cloned().for_each(|other| arrived.note(other));
        assert!(!arrived.has(&first) && others.iter().all(|other| arrived.has(other)));
    }

    #[test]
    fn a_trial_is_parsed_only_from_a_name_of_32_hex_digits() {
        let trial = HookTrial::random();
        assert_eq!(HookTrial::from_name(trial.name()), Some(trial));
        for wrong in ["", "0", &"0".repeat(33), &"G".repeat(32), &"\u{e9}".repeat(16)] {
            assert_eq!(HookTrial::from_name(wrong), None, "{wrong}");
        }
    }
}
