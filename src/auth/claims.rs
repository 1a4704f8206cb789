//! What a session cookie carries: a JWT under one fixed algorithm, bound to one purpose.
//!
//! A good signature is not enough: its `jti` must still stand in the session table (see [`super::session`]).

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::domain::id::OperatorId;
use crate::domain::timestamp::Timestamp;
use crate::seal::{KeyRing, sha256_hex};

/// The one algorithm: a token that names another is refused before its signature is looked at.
const ALGORITHM: Algorithm = Algorithm::HS256;
const ISSUER: &str = "allclear";
/// Bound to one purpose, so that a token made for another door does not open this one.
const AUDIENCE: &str = "console";
/// Purpose of the derived key; a rotation adds `session.2` in front and keeps this one for reading.
const PURPOSES: [&str; 1] = ["session"];

/// Every claim is required, and each has its one type: `exp` as a string is not a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    pub iss: String,
    pub aud: String,
    /// The operator.
    pub sub: String,
    /// The row in the session table.
    pub jti: String,
    /// Seconds since 1970.
    pub iat: i64,
    pub exp: i64,
}

impl Claims {
    #[must_use]
    pub fn new(operator: OperatorId, jti: &str, issued: Timestamp, expires: Timestamp) -> Self {
        Self {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: operator.to_string(),
            jti: jti.to_owned(),
            iat: issued.as_seconds(),
            exp: expires.as_seconds(),
        }
    }
}

/// Signs with the first key and reads with any of them, chosen by `kid`.
#[derive(Clone)]
pub struct Signer {
    keys: Vec<Key>,
}

#[derive(Clone)]
struct Key {
    kid: String,
    secret: [u8; 32],
}

/// The token is not one of ours, or no longer good. Deliberately without detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this session token is not valid")]
pub struct BadToken;

impl Signer {
    #[must_use]
    pub fn new(ring: &KeyRing) -> Self {
        let keys = PURPOSES
            .iter()
            .map(|purpose| ring.derive(purpose))
            .map(|secret| Key {
                kid: sha256_hex(&secret).chars().take(8).collect(),
                secret,
            })
            .collect();
        Self { keys }
    }

    /// # Errors
    /// [`BadToken`] when signing fails, which HMAC does not.
    pub fn sign(&self, claims: &Claims) -> Result<String, BadToken> {
        let key = self.keys.first().ok_or(BadToken)?;
        let mut header = Header::new(ALGORITHM);
        header.kid = Some(key.kid.clone());
        let secret = EncodingKey::from_secret(&key.secret);
        jsonwebtoken::encode(&header, claims, &secret).map_err(|_| BadToken)
    }

    /// Signature, algorithm, type, key, issuer, audience and time; the caller then asks the session table.
    ///
    /// # Errors
    /// [`BadToken`], whichever of them is wrong.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, BadToken> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| BadToken)?;
        if header.alg != ALGORITHM || header.typ.as_deref() != Some("JWT") {
            return Err(BadToken);
        }
        let named = |key: &&Key| Some(&key.kid) == header.kid.as_ref();
        let key = self.keys.iter().find(named).ok_or(BadToken)?;
        let secret = DecodingKey::from_secret(&key.secret);
        let claims = jsonwebtoken::decode::<Claims>(token, &secret, &validation())
            .map_err(|_| BadToken)?
            .claims;
        // The library would read the clock itself; time is passed in here.
        let now = now.as_seconds();
        if claims.exp <= now || claims.iat > now + 60 {
            return Err(BadToken);
        }
        Ok(claims)
    }
}

fn validation() -> Validation {
    let mut validation = Validation::new(ALGORITHM);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.validate_exp = false;
    validation
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use jsonwebtoken::Algorithm;
    use serde_json::{Value, json};

    use super::*;
    use crate::entropy;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn ring() -> KeyRing {
        KeyRing::from_bytes(&[7; 32])
    }

    fn good_claims() -> Value {
        json!({ "iss": "allclear", "aud": "console", "sub": entropy::id().to_string(), "jti": "j1",
                "iat": NOW.as_seconds() - 10, "exp": NOW.as_seconds() + 600 })
    }

    fn good_header(signer: &Signer) -> Header {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(signer.keys[0].kid.clone());
        header
    }

    fn signed(header: &Header, claims: &Value, secret: &[u8]) -> String {
        jsonwebtoken::encode(header, claims, &EncodingKey::from_secret(secret)).unwrap()
    }

    #[test]
    fn our_own_token_is_believed_until_it_expires() {
        let signer = Signer::new(&ring());
        let claims = Claims::new(
            OperatorId(entropy::id()),
            "j1",
            NOW,
            NOW + std::time::Duration::from_mins(1),
        );

        let token = signer.sign(&claims).unwrap();

        assert_eq!(signer.verify(&token, NOW), Ok(claims));
        let later = NOW + std::time::Duration::from_mins(1);
        assert_eq!(signer.verify(&token, later), Err(BadToken));
    }

    #[test]
    fn forged_claims_are_refused_even_when_the_signature_is_right() {
        let signer = Signer::new(&ring());
        let with = |key: &str, value: Value| {
            let mut claims = good_claims();
            claims[key] = value;
            claims
        };
        let without = |key: &str| {
            let mut claims = good_claims();
            claims.as_object_mut().unwrap().remove(key);
            claims
        };
        let secret = signer.keys[0].secret;
        let header = good_header(&signer);
        assert!(
            signer
                .verify(&signed(&header, &good_claims(), &secret), NOW)
                .is_ok()
        );

        let forged = [
            with("exp", json!("9999999999")),
            with("exp", json!(NOW.as_seconds() - 1)),
            with("exp", json!(1.0e99)),
            with("exp", Value::Null),
            with("iat", json!(NOW.as_seconds() + 3600)),
            with("iat", json!("1")),
            with("aud", json!("confirm")),
            with("aud", json!(["console", "agent"])),
            with("aud", json!("")),
            with("iss", json!("someone")),
            with("role", json!("owner")),
            with("nbf", json!("x")),
            without("exp"),
            without("iat"),
            without("aud"),
            without("iss"),
            without("sub"),
            without("jti"),
            json!([]),
            json!("console"),
        ];

        for claims in forged {
            assert_eq!(
                signer.verify(&signed(&header, &claims, &secret), NOW),
                Err(BadToken),
                "{claims}"
            );
        }
    }

    #[test]
    fn forged_headers_and_keys_are_refused() {
        let signer = Signer::new(&ring());
        let (claims, secret) = (good_claims(), signer.keys[0].secret);
        let with = |change: fn(&mut Header)| {
            let mut header = good_header(&signer);
            change(&mut header);
            signed(&header, &claims, &secret)
        };
        let forged = [
            with(|header| header.alg = Algorithm::HS384),
            with(|header| header.alg = Algorithm::HS512),
            with(|header| header.typ = Some("at+jwt".to_owned())),
            with(|header| header.typ = None),
            with(|header| header.kid = None),
            with(|header| header.kid = Some("../../dev/null".to_owned())),
            signed(&good_header(&signer), &claims, &[8; 32]),
            signed(&good_header(&signer), &claims, b""),
        ];

        for token in forged {
            assert_eq!(signer.verify(&token, NOW), Err(BadToken), "{token}");
        }
    }

    #[test]
    fn a_token_without_an_algorithm_is_refused() {
        let signer = Signer::new(&ring());
        let kid = &signer.keys[0].kid;
        let body = BASE64_URL_SAFE_NO_PAD.encode(good_claims().to_string());
        for alg in ["none", "NONE", "None", "", "RS256", "EdDSA"] {
            let header = json!({ "alg": alg, "typ": "JWT", "kid": kid }).to_string();
            let header = BASE64_URL_SAFE_NO_PAD.encode(header);
            for token in [
                format!("{header}.{body}."),
                format!("{header}.{body}"),
                format!("{header}.{body}.AAAA"),
            ] {
                assert_eq!(signer.verify(&token, NOW), Err(BadToken), "{token}");
            }
        }
        for token in ["", ".", "..", "a.b.c", "\u{0}"] {
            assert_eq!(signer.verify(token, NOW), Err(BadToken), "{token}");
        }
    }
}
