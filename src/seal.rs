//! Secrets at rest: sealed with a key that lives beside the database, not in it; and the digests and codes
//! by which a token is known without being kept.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::{constant_time, digest, hmac};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};

use crate::entropy;

/// Keys derived from the one master key in `data_dir/keys/master`, each for one purpose.
#[derive(Clone)]
pub struct KeyRing {
    master: hmac::Key,
}

/// The key file is unreadable or not a key, or a sealed text was not made with it.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error("key file {path}: {source}")]
    File {
        path: String,
        source: std::io::Error,
    },
    #[error(
        "key file {path} does not hold 32 bytes: restore it from a backup, or remove it to begin anew (sealed secrets are then lost)"
    )]
    NotAKey { path: String },
    #[error(
        "a sealed secret does not open with this key: is `keys/master` from the same installation?"
    )]
    DoesNotOpen,
}

impl KeyRing {
    /// Reads `data_dir/keys/master`, or makes it (owner-only) on the first start.
    ///
    /// # Errors
    /// [`SealError`] when the file cannot be read or made, or is not 32 bytes long.
    pub fn open(data_dir: &Path) -> Result<Self, SealError> {
        let path = data_dir.join("keys").join("master");
        let shown = path.display().to_string();
        let failed = |source| SealError::File {
            path: shown.clone(),
            source,
        };
        if !path.exists() {
            std::fs::create_dir_all(data_dir.join("keys")).map_err(failed)?;
            let mut file = std::fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)
                .map_err(failed)?;
            file.write_all(&entropy::bytes::<32>())
                .and_then(|()| file.sync_all())
                .map_err(failed)?;
        }
        let bytes = std::fs::read(&path).map_err(failed)?;
        if bytes.len() != 32 {
            return Err(SealError::NotAKey { path: shown });
        }
        Ok(Self::from_bytes(&bytes))
    }

    /// A ring over a key of the caller's: tests.
    #[must_use]
    pub fn from_bytes(master: &[u8]) -> Self {
        Self {
            master: hmac::Key::new(hmac::HMAC_SHA256, master),
        }
    }

    /// 32 bytes for one purpose, the same on every start.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let tag = hmac::sign(&self.master, purpose.as_bytes());
        let mut key = [0; 32];
        key.copy_from_slice(tag.as_ref());
        key
    }

    /// AES-256-GCM with a random nonce, as base64; `purpose` is bound to it.
    ///
    /// # Errors
    /// [`SealError::DoesNotOpen`] if the cipher refuses, which a 32-byte key never makes it do.
    pub fn seal(&self, purpose: &str, text: &str) -> Result<String, SealError> {
        let key = self.cipher(purpose)?;
        let mut bytes = text.as_bytes().to_vec();
        let nonce = key
            .seal_in_place_append_tag(Aad::from(purpose.as_bytes()), &mut bytes)
            .map_err(|_| SealError::DoesNotOpen)?;
        let mut sealed = nonce.as_ref().to_vec();
        sealed.extend_from_slice(&bytes);
        Ok(BASE64_STANDARD_NO_PAD.encode(sealed))
    }

    /// # Errors
    /// [`SealError::DoesNotOpen`] when the text was sealed with another key or purpose, or altered.
    pub fn open_sealed(&self, purpose: &str, sealed: &str) -> Result<String, SealError> {
        let mut bytes = BASE64_STANDARD_NO_PAD
            .decode(sealed)
            .map_err(|_| SealError::DoesNotOpen)?;
        if bytes.len() < 12 {
            return Err(SealError::DoesNotOpen);
        }
        let mut body = bytes.split_off(12);
        let nonce = Nonce::try_assume_unique_for_key(&bytes).map_err(|_| SealError::DoesNotOpen)?;
        let plain = self
            .cipher(purpose)?
            .open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut body)
            .map_err(|_| SealError::DoesNotOpen)?;
        String::from_utf8(plain.to_vec()).map_err(|_| SealError::DoesNotOpen)
    }

    /// A keyed code over `text`, 22 URL-safe characters (128 bits): one-click unsubscribe links.
    #[must_use]
    pub fn code(&self, purpose: &str, text: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.derive(purpose));
        let tag = hmac::sign(&key, text.as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(tag.as_ref().get(..16).unwrap_or_default())
    }

    /// Compares in constant time.
    #[must_use]
    pub fn is_code(&self, purpose: &str, text: &str, code: &str) -> bool {
        constant_time::verify_slices_are_equal(self.code(purpose, text).as_bytes(), code.as_bytes())
            .is_ok()
    }

    fn cipher(&self, purpose: &str) -> Result<RandomizedNonceKey, SealError> {
        RandomizedNonceKey::new(&AES_256_GCM, &self.derive(purpose))
            .map_err(|_| SealError::DoesNotOpen)
    }
}

/// SHA-256 in lower-case hex: how tokens are known without being kept.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, bytes);
    digest
        .as_ref()
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            use std::fmt::Write;
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_for_its_purpose_only() {
        let ring = KeyRing::from_bytes(&[7; 32]);

        let sealed = ring.seal("webhook", "whsec_abc").unwrap();

        assert!(!sealed.contains("whsec"));
        assert_eq!(ring.open_sealed("webhook", &sealed).unwrap(), "whsec_abc");
        assert!(ring.open_sealed("heartbeat", &sealed).is_err());
        assert!(
            KeyRing::from_bytes(&[8; 32])
                .open_sealed("webhook", &sealed)
                .is_err()
        );
    }

    #[test]
    fn a_code_is_good_for_its_text_only() {
        let ring = KeyRing::from_bytes(&[7; 32]);
        let code = ring.code("unsubscribe", "abc");
        assert!(ring.is_code("unsubscribe", "abc", &code));
        assert!(!ring.is_code("unsubscribe", "abd", &code));
        assert!(!ring.is_code("confirm", "abc", &code));
    }
}
