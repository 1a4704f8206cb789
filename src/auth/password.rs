//! Passwords: argon2id, 19 MiB, two passes, one lane; at most as many at once as the caller's permits allow.
//!
//! Checked against length and the commonest choices, and against nothing else: composition rules make worse passwords.

use argon2::password_hash::{PasswordHash as Parsed, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use crate::entropy;

/// OWASP's least: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Length is what makes a password hard to guess.
const SHORTEST: usize = 12;

/// A bound on work and memory, far above any pass phrase.
const LONGEST: usize = 512;

/// The commonest choices of twelve characters and more, in lower case; shorter ones fail on length.
const COMMON: &str = include_str!("common_passwords.txt");

/// In PHC form, made by us.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PasswordHash(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("a password has at least {SHORTEST} characters")]
    TooShort,
    #[error("a password has at most {LONGEST} characters")]
    TooLong,
    #[error("this password is one of the commonest: choose another")]
    TooCommon,
    #[error("this is not an argon2id hash")]
    NotAHash,
    #[error("passwords cannot be hashed now: {0}")]
    Failed(String),
}

impl PasswordHash {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PasswordHash {
    type Error = PasswordError;

    fn try_from(text: String) -> Result<Self, PasswordError> {
        match Parsed::new(&text) {
            Ok(parsed) if parsed.algorithm.as_str() == "argon2id" => Ok(Self(text)),
            Ok(_) | Err(_) => Err(PasswordError::NotAHash),
        }
    }
}

impl From<PasswordHash> for String {
    fn from(hash: PasswordHash) -> Self {
        hash.0
    }
}

/// Never printed.
impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// Checks `password`, waits for a permit, and hashes it on a blocking thread.
pub async fn hash(permits: &Semaphore, password: String) -> Result<PasswordHash, PasswordError> {
    judge(&password)?;
    let work = move || digest(&password).map(PasswordHash);
    at_most(permits, work).await?
}

/// Whether `password` made `hash`. With no hash the same work is done for nothing, so that time does not tell who
/// has an account.
pub async fn verify(
    permits: &Semaphore,
    password: String,
    hash: Option<String>,
) -> Result<bool, PasswordError> {
    let work = move || {
        let known = matches(&password, hash.as_deref().unwrap_or(NOBODY));
        known && hash.is_some()
    };
    at_most(permits, work).await
}

/// Of no password anybody has, at our cost.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ib2R5$\
                      AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The argon2id digest in PHC form. Takes a core for tens of milliseconds: run it on a blocking thread.
///
/// # Errors
/// [`PasswordError::Failed`] when argon2 refuses.
pub fn digest(password: &str) -> Result<String, PasswordError> {
    let salt = SaltString::encode_b64(&entropy::bytes::<16>()).map_err(failed)?;
    let digest = argon2id()?
        .hash_password(password.as_bytes(), &salt)
        .map_err(failed)?;
    Ok(digest.to_string())
}

/// Whether `password` is the one behind `digest`; a digest that cannot be read matches nothing. Blocks like [`digest`].
#[must_use]
pub fn matches(password: &str, digest: &str) -> bool {
    let bounded: String = password.chars().take(LONGEST + 1).collect();
    match (argon2id(), Parsed::new(digest)) {
        (Ok(argon2id), Ok(parsed)) => argon2id
            .verify_password(bounded.as_bytes(), &parsed)
            .is_ok(),
        (Err(_), _) | (_, Err(_)) => false,
    }
}

/// Long enough, not absurdly long, and not what everybody chooses.
pub fn judge(password: &str) -> Result<(), PasswordError> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(PasswordError::TooShort);
    }
    if length > LONGEST {
        return Err(PasswordError::TooLong);
    }
    let lower = password.to_lowercase();
    let same = |c: char| lower.chars().all(|other| other == c);
    if lower.chars().next().is_some_and(same) || COMMON.lines().any(|common| common == lower) {
        return Err(PasswordError::TooCommon);
    }
    Ok(())
}

async fn at_most<T: Send + 'static>(
    permits: &Semaphore,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, PasswordError> {
    let _permit = permits.acquire().await.map_err(failed)?;
    tokio::task::spawn_blocking(work).await.map_err(failed)
}

fn argon2id() -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn failed(why: impl std::fmt::Display) -> PasswordError {
    PasswordError::Failed(why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_opens_its_own_hash_only() {
        let permits = Semaphore::new(1);
        let hash = hash(&permits, "correct horse battery".to_owned())
            .await
            .unwrap();

        assert!(Parsed::new(NOBODY).is_ok());
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let stored = Some(hash.as_str().to_owned());
        let right = verify(&permits, "correct horse battery".to_owned(), stored.clone()).await;
        let wrong = verify(&permits, "correct horse batterx".to_owned(), stored).await;
        let nobody = verify(&permits, "correct horse battery".to_owned(), None).await;
        assert_eq!((right, wrong, nobody), (Ok(true), Ok(false), Ok(false)));
    }

    #[test]
    fn short_endless_and_common_passwords_are_refused() {
        assert_eq!(judge("short"), Err(PasswordError::TooShort));
        assert_eq!(judge(&"ab".repeat(300)), Err(PasswordError::TooLong));
        assert_eq!(judge("Password1234"), Err(PasswordError::TooCommon));
        assert_eq!(judge("aaaaaaaaaaaa"), Err(PasswordError::TooCommon));
        assert_eq!(judge("a pass phrase of mine"), Ok(()));
    }
}
