//! The names of files with photos.

use std::fmt;
use std::str::FromStr;

/// The number of random bytes in a name, by which nobody can guess another one.
const RANDOM: usize = 16;

/// The encoding of a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Png,
    Jpeg,
}

impl Format {
    const fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
        }
    }
}

/// The name of a file with a photo: 32 hexadecimal digits and `.png` or `.jpg`. It leads nowhere but into the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoName {
    id: String,
    format: Format,
}

/// A text that is not the name of a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a photo")]
pub struct InvalidPhotoName;

impl PhotoName {
    /// Returns a new name.
    pub(crate) fn new(format: Format) -> Self {
        Self { id: hex::encode(covibe_crypto::random::<RANDOM>()), format }
    }

    /// Returns the media type of the file.
    pub const fn media_type(&self) -> &'static str {
        match self.format {
            Format::Png => "image/png",
            Format::Jpeg => "image/jpeg",
        }
    }
}

impl FromStr for PhotoName {
    type Err = InvalidPhotoName;

    fn from_str(text: &str) -> Result<Self, InvalidPhotoName> {
        let (id, ending) = text.split_once('.').ok_or(InvalidPhotoName)?;
        let format = [Format::Png, Format::Jpeg].into_iter().find(|it| it.ending() == ending);
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_id = id.len() == 2 * RANDOM && id.bytes().all(is_digit);
        let format = format.filter(|_| is_id).ok_or(InvalidPhotoName)?;
        Ok(Self { id: id.to_owned(), format })
    }
}

impl fmt::Display for PhotoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.id, self.format.ending())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn photo_names_are_random_and_parse_back() {
        let names = [Format::Png, Format::Jpeg, Format::Png].map(PhotoName::new);
        assert_ne!(names[0], names[2]);
        for name in names {
            assert_eq!(name.to_string().parse(), Ok(name));
        }
    }

    #[test]
    fn names_of_any_other_form_are_rejected() {
        let id = "0123456789abcdef0123456789abcdef";
        for bad in [
            "",
            ".",
            "..",
            "/",
            "../../etc/passwd",
            "x.png",
            &format!("../{id}.png"),
            &format!("{id}.png/.."),
            &format!("{id}.svg"),
            &format!("{id}.png\0"),
            &format!("{id}.PNG"),
            &format!("{}.png", id.to_uppercase()),
            &format!("{id}0.png"),
            &format!("{id}.jpg.html"),
            id,
        ] {
            assert_eq!(bad.parse::<PhotoName>(), Err(InvalidPhotoName), "{bad}");
        }
        assert!(format!("{id}.jpg").parse::<PhotoName>().is_ok());
    }

    proptest! {
        #[test]
        fn no_parsed_name_has_a_path_separator(text in ".{0,40}") {
            if let Ok(name) = text.parse::<PhotoName>() {
                prop_assert!(!name.to_string().contains(['/', '\\', '\0']));
                prop_assert_eq!(name.to_string(), text);
            }
        }
    }
}
