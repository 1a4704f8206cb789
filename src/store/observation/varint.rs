//! Whole numbers in as few bytes as they need: seven bits a byte, the high bit says that more follow (LEB128).

/// The bytes end in the middle, or say something no packing of ours says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("packed observations are torn")]
pub struct Torn;

pub(super) fn write(into: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        // The low seven bits and the mark.
        into.push(u8::try_from(number & 0x7f).unwrap_or_default() | 0x80);
        number >>= 7;
    }
    into.push(u8::try_from(number).unwrap_or_default());
}

/// Takes one number from the front of `bytes`.
pub(super) fn read(bytes: &mut &[u8]) -> Result<u64, Torn> {
    let mut number: u64 = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or(Torn)?;
        *bytes = rest;
        let part = u64::from(byte & 0x7f);
        if shift == 63 && part > 1 {
            return Err(Torn);
        }
        number |= part << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(Torn)
}

/// Small numbers of either sign become small numbers: 0, -1, 1, -2 … are 0, 1, 2, 3 …
pub(super) const fn fold(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

pub(super) const fn unfold(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_number_comes_back_and_takes_no_more_than_it_wrote(number: u64, rest: Vec<u8>) {
            let mut bytes = Vec::new();
            write(&mut bytes, number);
            bytes.extend(&rest);
            let mut left = bytes.as_slice();
            prop_assert_eq!(read(&mut left), Ok(number));
            prop_assert_eq!(left, rest.as_slice());
        }

        #[test]
        fn a_folded_number_unfolds(number: i64) {
            prop_assert_eq!(unfold(fold(number)), number);
        }

        #[test]
        fn torn_bytes_never_panic(bytes: Vec<u8>) {
            let mut left = bytes.as_slice();
            while read(&mut left).is_ok() {}
        }
    }
}
