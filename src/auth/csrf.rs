//! The form token: proof that a form was drawn for this session. A second wall behind the browser's own word
//! about where a request comes from.

use crate::seal::KeyRing;

/// Purpose of the code; a form token cannot stand in for any other code.
const PURPOSE: &str = "form";

/// The hidden field of every console form.
pub const FIELD: &str = "form_token";

/// The token for the session `jti`.
#[must_use]
pub fn form_token(keys: &KeyRing, jti: &str) -> String {
    keys.code(PURPOSE, jti)
}

/// Whether `token` was drawn for the session `jti`.
#[must_use]
pub fn is_form_token(keys: &KeyRing, jti: &str, token: &str) -> bool {
    keys.is_code(PURPOSE, jti, token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_token_is_good_for_its_own_session_only() {
        let keys = KeyRing::from_bytes(&[7; 32]);
        let token = form_token(&keys, "a");
        assert!(is_form_token(&keys, "a", &token));
        assert!(!is_form_token(&keys, "b", &token));
        assert!(!is_form_token(&keys, "a", ""));
    }
}
