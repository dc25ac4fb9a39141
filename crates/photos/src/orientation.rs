//! The way in which a camera was held: the tag `Orientation` of EXIF 2.3, with which an image is turned when it is shown.

/// The tag of EXIF.
const TAG: u16 = 0x0112;

/// The maximum number of entries of a directory that are searched; cameras write some twenty.
const MAX_ENTRIES: usize = 512;

/// One of the eight ways in which pixels are turned or mirrored; 1 leaves them as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Orientation(u8);

impl Orientation {
    /// Reads the orientation; without a readable tag, the pixels stay as they are.
    pub(crate) fn from_exif(exif: Option<&[u8]>) -> Self {
        let known = exif.and_then(find_tag).filter(|value| (1..=8).contains(value));
        Self(known.and_then(|value| value.try_into().ok()).unwrap_or(1))
    }

    /// Turns the pixels of a square of `side` lines.
    pub(crate) fn turn<T: Copy>(self, pixels: &[T], side: usize) -> Vec<T> {
        let last = side - 1;
        let source = |x, y| match self.0 {
            2 => (last - x, y),
            3 => (last - x, last - y),
            4 => (x, last - y),
            5 => (y, x),
            6 => (y, last - x),
            7 => (last - y, last - x),
            8 => (last - y, x),
            _ => (x, y),
        };
        let places = (0..side).flat_map(|y| (0..side).map(move |x| source(x, y)));
        places.filter_map(|(x, y)| pixels.get(y * side + x)).copied().collect()
    }
}

/// Finds the tag in the first directory of a TIFF, as EXIF has it.
fn find_tag(exif: &[u8]) -> Option<u16> {
    let is_little = match exif.get(..4)? {
        [b'I', b'I', 42, 0] => true,
        [b'M', b'M', 0, 42] => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes = exif.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let offset = exif.get(4..8)?.try_into().ok()?;
    let offset = if is_little { u32::from_le_bytes(offset) } else { u32::from_be_bytes(offset) };
    let directory = usize::try_from(offset).ok()?;
    let count = usize::from(short(directory)?).min(MAX_ENTRIES);
    // An entry has 12 bytes: its tag, its type, its count, and from the eighth on its value.
    let mut entries = (0..count).filter_map(|entry| directory.checked_add(2 + 12 * entry));
    entries.find(|at| short(*at) == Some(TAG)).and_then(|at| short(at.checked_add(8)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIDE: usize = 3;

    /// EXIF with one entry, in either order of bytes.
    fn exif(orientation: u16, is_little: bool) -> Vec<u8> {
        let short = |n: u16| if is_little { n.to_le_bytes() } else { n.to_be_bytes() };
        let long = |n: u32| if is_little { n.to_le_bytes() } else { n.to_be_bytes() };
        let mark: &[u8] = if is_little { b"II*\0" } else { b"MM\0*" };
        let entry = [&short(TAG)[..], &short(3), &long(1), &short(orientation), &[0, 0]].concat();
        [mark, &long(8), &short(1), &entry].concat()
    }

    #[test]
    fn exif_orientation_is_read_in_both_byte_orders() {
        for value in 1..=8 {
            for is_little in [true, false] {
                let read = Orientation::from_exif(Some(&exif(value, is_little)));
                assert_eq!(u16::from(read.0), value);
            }
        }
        assert_eq!(Orientation::from_exif(Some(&exif(9, true))), Orientation(1));
        assert_eq!(Orientation::from_exif(None), Orientation(1));
    }

    /// The places of the top left and the top right pixel of what was taken, of EXIF 2.3, table 4.6.4.
    #[test]
    fn each_orientation_moves_the_corners_as_exif_says() {
        let square: Vec<_> = (0..SIDE * SIDE).collect();
        let (left, right, low, high) = (0, SIDE - 1, SIDE * (SIDE - 1), SIDE * SIDE - 1);
        for (orientation, first, second) in [
            (1, left, right),
            (2, right, left),
            (3, high, low),
            (4, low, high),
            (5, left, low),
            (6, right, high),
            (7, high, right),
            (8, low, left),
        ] {
            let turned = Orientation(orientation).turn(&square, SIDE);
            assert_eq!((turned[first], turned[second]), (left, right), "{orientation}");
        }
    }

    proptest! {
        #[test]
        fn any_exif_bytes_yield_a_valid_orientation(
            head in prop::sample::select(vec![&b"II*\0"[..], b"MM\0*"]),
            rest in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            let read = Orientation::from_exif(Some(&[head, &rest].concat()));
            prop_assert!((1..=8).contains(&read.0));
        }
    }
}
