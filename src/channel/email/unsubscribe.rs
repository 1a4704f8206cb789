//! The one-click unsubscribe token: `1.<subscriber id>.<code>`. It never expires and can do nothing else.

use crate::domain::id::SubscriberId;
use crate::seal::KeyRing;

const PURPOSE: &str = "unsubscribe";
const VERSION: &str = "1";

#[must_use]
pub fn token(keys: &KeyRing, id: SubscriberId) -> String {
    format!("{VERSION}.{id}.{}", keys.code(PURPOSE, id.as_str()))
}

/// Whose token this is; `None` for anything we did not make.
#[must_use]
pub fn read_token(keys: &KeyRing, text: &str) -> Option<SubscriberId> {
    let mut parts = text.splitn(3, '.');
    let (version, id, code) = (parts.next()?, parts.next()?, parts.next()?);
    let id = SubscriberId::parse(id).ok()?;
    (version == VERSION && keys.is_code(PURPOSE, id.as_str(), code)).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::email::letter::TOKEN_PLACEHOLDER;
    use crate::domain::id::PublicId;

    #[test]
    fn a_token_names_its_subscriber_and_nobody_else() {
        let keys = KeyRing::from_bytes(&[7; 32]);
        let id = SubscriberId(PublicId::from_random([1; 12]));
        let other = SubscriberId(PublicId::from_random([2; 12]));

        let token = token(&keys, id);

        assert_eq!(token.len(), TOKEN_PLACEHOLDER.len());
        assert_eq!(read_token(&keys, &token), Some(id));
        assert_eq!(
            read_token(&keys, &token.replace(id.as_str(), other.as_str())),
            None
        );
        assert_eq!(read_token(&KeyRing::from_bytes(&[8; 32]), &token), None);
        assert_eq!(read_token(&keys, "1.x"), None);
    }
}
