//! Passwords: argon2id digests, and what makes a password good enough.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::entropy;

/// Length is what makes a password hard to guess; NIST asks for no more than this.
const SHORTEST: usize = 12;
/// Longer than any passphrase, short enough to digest.
const LONGEST: usize = 128;
/// OWASP's least: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// Why a password cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("a password needs at least {SHORTEST} characters")]
    TooShort,
    #[error("a password may have at most {LONGEST} characters")]
    TooLong,
    #[error("this password is among the first that are tried; choose another")]
    TooCommon,
    #[error("the password could not be digested: {0}")]
    Digest(String),
}

/// Of twelve characters or more, what everybody tries first.
const COMMON: [&str; 12] = [
    "passwordpassword",
    "password1234",
    "password12345",
    "123456789012",
    "1234567890123",
    "qwertyuiop123",
    "administrator",
    "letmeinletmein",
    "changemechangeme",
    "allclearallclear",
    "correcthorsebatterystaple",
    "qwertyuiopasdfghjkl",
];

/// Judges a new password before it is digested.
///
/// # Errors
/// [`PasswordError`] says what is wrong with it.
pub fn judge(password: &str) -> Result<(), PasswordError> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(PasswordError::TooShort);
    }
    if length > LONGEST {
        return Err(PasswordError::TooLong);
    }
    let lower = password.to_lowercase();
    let is_one_letter = lower
        .chars()
        .all(|letter| Some(letter) == lower.chars().next());
    if is_one_letter || COMMON.contains(&lower.as_str()) {
        return Err(PasswordError::TooCommon);
    }
    Ok(())
}

/// The argon2id digest in PHC form. Takes a core for tens of milliseconds: run it on a blocking thread.
///
/// # Errors
/// [`PasswordError::Digest`] when argon2 refuses.
pub fn digest(password: &str) -> Result<String, PasswordError> {
    let failed = |error: argon2::password_hash::Error| PasswordError::Digest(error.to_string());
    let salt = SaltString::encode_b64(&entropy::bytes::<16>()).map_err(failed)?;
    let digest = argon2()?
        .hash_password(password.as_bytes(), &salt)
        .map_err(failed)?;
    Ok(digest.to_string())
}

/// Whether `password` is the one behind `digest`; a digest that cannot be read matches nothing.
#[must_use]
pub fn matches(password: &str, digest: &str) -> bool {
    let (Ok(digest), Ok(argon2)) = (PasswordHash::new(digest), argon2()) else {
        return false;
    };
    argon2.verify_password(password.as_bytes(), &digest).is_ok()
}

fn argon2() -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None)
        .map_err(|error| PasswordError::Digest(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_its_own_digest_only() {
        let digest = digest("a long enough phrase").unwrap();
        assert!(
            digest.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{digest}"
        );
        assert!(matches("a long enough phrase", &digest));
        assert!(!matches("a long enough phrasE", &digest));
        assert!(!matches("a long enough phrase", "rubbish"));
    }

    #[test]
    fn short_and_common_passwords_are_refused() {
        assert_eq!(judge("short"), Err(PasswordError::TooShort));
        assert_eq!(judge(&"x".repeat(200)), Err(PasswordError::TooLong));
        assert_eq!(judge("aaaaaaaaaaaaaa"), Err(PasswordError::TooCommon));
        assert_eq!(judge("Password1234"), Err(PasswordError::TooCommon));
        assert_eq!(judge("four unusual words here"), Ok(()));
    }
}
