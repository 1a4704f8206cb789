//! Public ids: twelve lower-case alphanumerics, given once and kept for ever.
//!
//! An id is what URLs, Statuspage v2 documents and rows carry; the configuration file speaks in keys.
//! Random bytes come from the caller: the domain draws no lots.

use std::fmt;

/// Letters and digits an id is made of: 36^12 is 62 bits, enough for random ids never to meet.
const ALPHABET: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// The text is not twelve lower-case alphanumerics.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id: twelve characters, each 0-9 or a-z")]
pub struct InvalidId(pub String);

/// Twelve lower-case alphanumerics, copied freely.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicId([u8; 12]);

impl PublicId {
    /// Makes an id of random bytes. Each byte picks one letter; the bias of `% 36` costs 0.1 bit in all.
    #[must_use]
    pub fn from_random(bytes: [u8; 12]) -> Self {
        Self(bytes.map(|byte| ALPHABET[usize::from(byte % 36)]))
    }

    /// # Errors
    /// [`InvalidId`] when `text` has another length or another letter.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let bytes: [u8; 12] = text
            .as_bytes()
            .try_into()
            .map_err(|_| InvalidId(text.to_owned()))?;
        if bytes.iter().all(|byte| ALPHABET.contains(byte)) {
            return Ok(Self(bytes));
        }
        Err(InvalidId(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        // The constructors admit ASCII only.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for PublicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for PublicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for PublicId {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for PublicId {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(from)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// One newtype per kind of thing, so that a component's id cannot stand where a check's is wanted.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub PublicId);

        impl $name {
            /// # Errors
            /// [`InvalidId`] when the text is not an id.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                PublicId::parse(text).map(Self)
            }

            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    ComponentId,
    GroupId,
    CheckId,
    ObjectiveId,
    PageId,
    IncidentId,
    UpdateId,
    MaintenanceId,
    SubscriberId,
    OperatorId,
    TokenId,
    PinId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_own_text() {
        let id = PublicId::from_random([0, 35, 36, 71, 255, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(PublicId::parse(id.as_str()), Ok(id));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "abc", "ABCDEFGHIJKL", "abcdefghijk-", "abcdefghijklm"] {
            assert!(PublicId::parse(text).is_err(), "{text}");
        }
    }
}
