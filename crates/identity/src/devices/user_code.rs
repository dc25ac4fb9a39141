//! The code that a person enters.

use covibe_domain::KeyDigest;

/// The letters of codes: without vowels, so that no words arise, and without those that look like others (RFC 8628,
/// section 6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// The number of letters in a code: 34 bits. Few codes are open at a time, and guessing is limited.
const LENGTH: usize = 8;

/// The code of a device, as a person enters it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct UserCode(String);

impl UserCode {
    /// Creates a code. Every one is equally likely.
    pub(super) fn mint() -> Self {
        let mut letters = String::with_capacity(LENGTH);
        while letters.len() < LENGTH {
            let [byte] = covibe_crypto::random::<1>();
            // The remainder of the largest bytes would favour some letters.
            if usize::from(byte) < 256 - 256 % LETTERS.len() {
                letters.push(char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
            }
        }
        Self(letters)
    }

    /// Reads a code as people write it: capitals, spaces and dashes do not matter.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let letters = text.chars().take(4 * LENGTH).filter(|c| !matches!(c, '-' | ' '));
        let letters: String = letters.map(|c| c.to_ascii_uppercase()).collect();
        let is_code = letters.len() == LENGTH && letters.bytes().all(|b| LETTERS.contains(&b));
        is_code.then_some(Self(letters))
    }

    /// Returns the code as it is shown: `WDJB-MJHT`.
    pub(super) fn grouped(&self) -> String {
        let (first, second) = self.0.split_at(LENGTH / 2);
        format!("{first}-{second}")
    }

    /// Returns the digest by which the device is found.
    pub(super) fn digest(&self) -> KeyDigest {
        covibe_crypto::digest(&format!("user-code:{}", self.0))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn user_codes_are_parsed_without_case_spaces_and_hyphens() {
        let code = UserCode::parse("WDJB-MJHT").unwrap();
        for text in ["wdjbmjht", " wdjb mjht ", "W-D-J-B-M-J-H-T", "WDJB MJHT"] {
            assert!(UserCode::parse(text).is_some_and(|read| read == code), "{text}");
        }
        assert_eq!(code.grouped(), "WDJB-MJHT");
        let long = "WDJBMJHT".repeat(1_000);
        for text in
            ["", "WDJB-MJH", "WDJB-MJHTB", "AEIO-UAEI", "WDJB_MJHT", "WDJB-MJH1", "ẆDJBMJHT", &long]
        {
            assert!(UserCode::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn minted_codes_differ_and_use_all_letters() {
        let codes: HashSet<_> = (0..500).map(|_| UserCode::mint().grouped()).collect();
        assert_eq!(codes.len(), 500);
        let letters: HashSet<_> = codes.iter().flat_map(|code| code.bytes()).collect();
        assert_eq!(letters.len(), LETTERS.len() + 1);
        assert!(
            codes
                .iter()
                .all(|code| UserCode::parse(code).is_some_and(|read| read.grouped() == *code))
        );
    }
}
